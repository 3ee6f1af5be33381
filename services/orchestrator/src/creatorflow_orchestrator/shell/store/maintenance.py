"""Forgetting what ended long ago, as plain functions over a connection (see `operations.py`).

A saga goes with its history. One that is open never goes, and a child only when its parent is gone or is due to go
too: an open parent may ask for its child again, and would find it as new.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, or_, select

from . import bulk_sql
from .rows import FINAL_STATUSES, StoreCounts
from .schema import FINAL, HISTORY, OPEN, OUTBOX, QUARANTINE, RESTING, SAGA, SETTLED

_PARENT = SAGA.alias("parent")


def prune(connection: Connection, ended_before: datetime, limit: int) -> int:
    """Forgets at most `limit` sagas, those that ended first; how many. Another replica's are passed over."""
    doomed = connection.execute(_doomed(ended_before).limit(limit).with_for_update(skip_locked=True, of=SAGA))
    ids = {"ids": bulk_sql.id_list(doomed.scalars().all(), connection.dialect)}
    connection.execute(delete(HISTORY).where(bulk_sql.among(HISTORY.c.saga_id, "ids", connection.dialect)), ids)
    return connection.execute(delete(SAGA).where(bulk_sql.among(SAGA.c.id, "ids", connection.dialect)), ids).rowcount


def prunable(connection: Connection, ended_before: datetime, limit: int) -> int:
    """How many sagas `prune` would forget, counted to `limit`."""
    found = _doomed(ended_before).limit(limit).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def prune_resolved(connection: Connection, before: datetime, limit: int) -> int:
    """Forgets at most `limit` quarantined messages that were redriven or dropped before a time; how many."""
    old = select(QUARANTINE.c.id).where(SETTLED, QUARANTINE.c.settled_at < before).order_by(QUARANTINE.c.settled_at)
    doomed = connection.execute(old.limit(limit).with_for_update(skip_locked=True)).scalars().all()
    ids = {"ids": bulk_sql.id_list(doomed, connection.dialect)}
    gone = delete(QUARANTINE).where(bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect))
    return connection.execute(gone, ids).rowcount


def _doomed(ended_before: datetime) -> Select[Any]:
    needed = exists().where(
        _PARENT.c.id == SAGA.c.parent_id,
        or_(_PARENT.c.status.not_in(FINAL_STATUSES), _PARENT.c.updated_at >= ended_before),
    )
    old = select(SAGA.c.id).where(FINAL, SAGA.c.updated_at < ended_before, ~needed)
    return old.order_by(SAGA.c.updated_at)


COUNTED = 100_000
"""Rows of each kind at most."""


def store_counts(connection: Connection) -> StoreCounts:
    """Open sagas, unsent rows and resting messages, in four statements."""
    by_age = select(SAGA.c.status, SAGA.c.created_at).where(OPEN).order_by(SAGA.c.created_at).limit(COUNTED).subquery()
    sagas = connection.execute(
        select(by_age.c.status, func.count(), func.min(by_age.c.created_at)).group_by(by_age.c.status)
    )
    unsent = select(OUTBOX.c.id).limit(COUNTED).subquery()
    resting = select(QUARANTINE.c.code).where(RESTING).order_by(QUARANTINE.c.id).limit(COUNTED).subquery()
    codes = connection.execute(select(resting.c.code, func.count()).group_by(resting.c.code))
    return StoreCounts(
        sagas={status: (count, since) for status, count, since in sagas},
        outbox=connection.execute(select(func.count()).select_from(unsent)).scalar_one(),
        outbox_since=_oldest_unsent(connection),
        quarantine=dict(codes.all()),
    )


def _oldest_unsent(connection: Connection) -> datetime | None:
    """Ids grow with time."""
    return connection.execute(select(OUTBOX.c.created_at).order_by(OUTBOX.c.id).limit(1)).scalar_one_or_none()
