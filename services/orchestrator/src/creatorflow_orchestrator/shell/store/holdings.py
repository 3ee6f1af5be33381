"""What the store holds, counted for the service's figures, as a plain function over a connection (see `operations.py`).

Each count ends at a bound, so that a store with a million rows is read no longer than one with a hundred thousand.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from .rows import Holdings
from .schema import OPEN, OUTBOX, QUARANTINE, RESTING, SAGA

COUNTED = 100_000
"""Rows of each kind at most."""


def holdings(connection: Connection) -> Holdings:
    """Open sagas, unsent rows and resting messages, in four statements."""
    by_age = select(SAGA.c.status, SAGA.c.created_at).where(OPEN).order_by(SAGA.c.created_at).limit(COUNTED).subquery()
    sagas = connection.execute(
        select(by_age.c.status, func.count(), func.min(by_age.c.created_at)).group_by(by_age.c.status)
    )
    unsent = select(OUTBOX.c.id).limit(COUNTED).subquery()
    resting = select(QUARANTINE.c.code).where(RESTING).order_by(QUARANTINE.c.id).limit(COUNTED).subquery()
    codes = connection.execute(select(resting.c.code, func.count()).group_by(resting.c.code))
    return Holdings(
        sagas={status: (count, since) for status, count, since in sagas},
        outbox=connection.execute(select(func.count()).select_from(unsent)).scalar_one(),
        outbox_since=_oldest_unsent(connection),
        quarantine=dict(codes.all()),
    )


def _oldest_unsent(connection: Connection) -> datetime | None:
    """Ids grow with time."""
    return connection.execute(select(OUTBOX.c.created_at).order_by(OUTBOX.c.id).limit(1)).scalar_one_or_none()
