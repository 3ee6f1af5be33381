"""Prunes and counts the store's rows, as plain functions over a connection (see `statements.py`).

A saga is pruned with its history. An open one never is, and a child only when its parent is pruned or is about to be:
an open parent may submit its child again, which would then begin anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, or_, select

from . import bulk_sql
from .rows import FINAL_STATUSES, StoreCounts
from .schema import FINAL, HISTORY, OPEN, OUTBOX, QUARANTINE, RESOLVED, SAGA, UNRESOLVED

_PARENT = SAGA.alias("parent")


def prune(connection: Connection, ended_before: datetime, limit: int) -> int:
    """Deletes at most `limit` sagas, those that ended first, but none that is locked; returns their number."""
    expired = connection.execute(_expired(ended_before).limit(limit).with_for_update(skip_locked=True, of=SAGA))
    ids = {"ids": bulk_sql.id_list(expired.scalars().all(), connection.dialect)}
    connection.execute(delete(HISTORY).where(bulk_sql.among(HISTORY.c.saga_id, "ids", connection.dialect)), ids)
    return connection.execute(delete(SAGA).where(bulk_sql.among(SAGA.c.id, "ids", connection.dialect)), ids).rowcount


def prunable(connection: Connection, ended_before: datetime, limit: int) -> int:
    """Counts the sagas that `prune` would delete, up to `limit`."""
    expired = _expired(ended_before).limit(limit).subquery()
    return connection.execute(select(func.count()).select_from(expired)).scalar_one()


def prune_resolved(connection: Connection, before: datetime, limit: int) -> int:
    """Deletes at most `limit` quarantined messages that were resolved before a time; returns their number."""
    old = select(QUARANTINE.c.id).where(RESOLVED, QUARANTINE.c.settled_at < before).order_by(QUARANTINE.c.settled_at)
    expired = connection.execute(old.limit(limit).with_for_update(skip_locked=True)).scalars().all()
    ids = {"ids": bulk_sql.id_list(expired, connection.dialect)}
    deletion = delete(QUARANTINE).where(bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect))
    return connection.execute(deletion, ids).rowcount


def _expired(ended_before: datetime) -> Select[Any]:
    needed = exists().where(
        _PARENT.c.id == SAGA.c.parent_id,
        or_(_PARENT.c.status.not_in(FINAL_STATUSES), _PARENT.c.updated_at >= ended_before),
    )
    old = select(SAGA.c.id).where(FINAL, SAGA.c.updated_at < ended_before, ~needed)
    return old.order_by(SAGA.c.updated_at)


COUNTED = 100_000
"""Most rows of a kind to count."""


def store_counts(connection: Connection) -> StoreCounts:
    """Counts open sagas, unsent rows and unresolved quarantined messages, in four statements."""
    by_age = select(SAGA.c.status, SAGA.c.created_at).where(OPEN).order_by(SAGA.c.created_at).limit(COUNTED).subquery()
    sagas = connection.execute(
        select(by_age.c.status, func.count(), func.min(by_age.c.created_at)).group_by(by_age.c.status)
    )
    unsent = select(OUTBOX.c.id).limit(COUNTED).subquery()
    unresolved = select(QUARANTINE.c.code).where(UNRESOLVED).order_by(QUARANTINE.c.id).limit(COUNTED).subquery()
    codes = connection.execute(select(unresolved.c.code, func.count()).group_by(unresolved.c.code))
    return StoreCounts(
        sagas={status: (count, since) for status, count, since in sagas},
        outbox=connection.execute(select(func.count()).select_from(unsent)).scalar_one(),
        outbox_since=_oldest_unsent(connection),
        quarantine=dict(codes.all()),
    )


def _oldest_unsent(connection: Connection) -> datetime | None:
    """Reads when the first row was written: ids grow with time."""
    return connection.execute(select(OUTBOX.c.created_at).order_by(OUTBOX.c.id).limit(1)).scalar_one_or_none()
