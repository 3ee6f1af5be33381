"""The store's statements, as plain functions over a connection: one code path for both databases.

None of them commits, awaits or keeps anything; `sql_store.py` runs them in a transaction, on the driver's thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from . import bulk_sql, quarantine_table
from .errors import StoreRefused
from .kinds import Kind, kind_of
from .rows import Applied, Changes, HistoryRow, Ids, Loaded, OutboxRow, SagaFilter, SagaRow, id_range
from .schema import HISTORY, OPEN, OUTBOX, REPLICA, SAGA

_SAGA_COLUMNS = [SAGA.c[name] for name in SagaRow.__slots__]
_HISTORY_COLUMNS = [HISTORY.c[name] for name in HistoryRow.__slots__]
_OUTBOX_COLUMNS = [OUTBOX.c[name] for name in OutboxRow.__slots__]
_SAVED = ("status", "state", "seq", "wake_at", "updated_at")


def load(connection: Connection, ids: Collection[UUID]) -> Loaded:
    """Locks and reads the sagas; those that another transaction has locked are distinguished from missing ones."""
    dialect = connection.dialect
    rows = bulk_sql.rows(connection, _locking(dialect), {"ids": bulk_sql.id_list(list(ids), dialect)})
    sagas = {row.id: row for row in (SagaRow(*values) for values in rows)}
    missing = [saga_id for saga_id in ids if saga_id not in sagas]
    return Loaded(sagas, _busy(connection, missing) if missing else frozenset())


def _busy(connection: Connection, passed_over: Sequence[UUID]) -> frozenset[UUID]:
    """Returns the sagas that exist, and so are locked by another transaction."""
    kind = kind_of(connection.dialect)
    match kind:
        case Kind.POSTGRESQL:
            ids = {"ids": bulk_sql.id_list(passed_over, connection.dialect)}
            return frozenset(connection.execute(_existing(connection.dialect), ids).scalars())
        case Kind.SQLITE:
            return frozenset()  # the one writer has locked them all
        case _:
            assert_never(kind)


def due(connection: Connection, now: datetime, limit: int) -> list[SagaRow]:
    """Locks and reads the sagas that are due, the longest waiting first."""
    return [SagaRow(*values) for values in bulk_sql.rows(connection, _DUE, {"now": now, "limit": limit})]


def apply(connection: Connection, changes: Changes, owner: str, ids: Ids) -> Applied:
    """Writes everything, in at most six statements on PostgreSQL."""
    new = sorted(changes.new, key=lambda row: row.id)  # one order for all replicas: two that insert never deadlock
    returned = bulk_sql.insert(connection, SAGA, new, clause=" ON CONFLICT (id) DO NOTHING RETURNING id")
    inserted = frozenset(row_id if isinstance(row_id, UUID) else UUID(row_id) for row_id in returned)
    lost = {row.id for row in new} - inserted
    history, outbox = changes.history, changes.outbox
    if lost:
        history = tuple(row for row in history if row.saga_id not in lost)
        outbox = tuple(row for row in outbox if row.saga_id not in lost)
    outbox = tuple(replace(row, id=ids.next()) for row in outbox)
    _save(connection, changes.saved)
    bulk_sql.insert(connection, HISTORY, history)
    bulk_sql.insert(connection, OUTBOX, outbox, {"owner": owner})
    quarantined = quarantine_table.insert_rows(connection, changes.quarantined, ids)
    if changes.sent:
        connection.execute(_sent(connection.dialect), {"ids": bulk_sql.id_list(changes.sent, connection.dialect)})
    return Applied(inserted, outbox, quarantined)


def _save(connection: Connection, saved: Sequence[SagaRow]) -> None:
    if saved and bulk_sql.update(connection, SAGA, saved, _SAVED) != len(saved):
        raise StoreRefused("a saga that is not in the store, or is twice in one batch, cannot be saved")


def entries(connection: Connection, keys: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], HistoryRow]:
    """Reads the history rows with these `(saga id, seq)`; those that do not exist are left out."""
    wanted = tuple_(HISTORY.c.saga_id, HISTORY.c.seq).in_(list(keys))
    rows = connection.execute(select(*_HISTORY_COLUMNS).where(wanted)) if keys else ()
    return {(row.saga_id, row.seq): row for row in (HistoryRow(*values) for values in rows)}


def saga(connection: Connection, saga_id: UUID) -> SagaRow | None:
    values = connection.execute(select(*_SAGA_COLUMNS).where(SAGA.c.id == saga_id)).first()
    return SagaRow(*values) if values is not None else None


def sagas(connection: Connection, limit: int, wanted: SagaFilter) -> list[SagaRow]:
    query = select(*_SAGA_COLUMNS).order_by(SAGA.c.created_at.desc(), SAGA.c.id).limit(limit)
    return [SagaRow(*values) for values in connection.execute(query.where(*_conditions(wanted)))]


def _conditions(wanted: SagaFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.statuses:
        yield SAGA.c.status.in_(wanted.statuses)
    if wanted.since is not None:
        yield SAGA.c.created_at >= wanted.since
    if wanted.dry_run is not None:
        yield SAGA.c.dry_run.is_(wanted.dry_run)
    if wanted.prefix is not None:
        yield SAGA.c.id.between(*id_range(wanted.prefix))


def open_count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(SAGA).where(OPEN)).scalar_one()


def next_wake(connection: Connection) -> datetime | None:
    earliest = select(SAGA.c.wake_at).where(SAGA.c.wake_at.is_not(None)).order_by(SAGA.c.wake_at).limit(1)
    return connection.execute(earliest).scalar_one_or_none()


def history(connection: Connection, saga_id: UUID, after_seq: int, limit: int) -> list[HistoryRow]:
    query = select(*_HISTORY_COLUMNS).where(HISTORY.c.saga_id == saga_id, HISTORY.c.seq > after_seq)
    return [HistoryRow(*values) for values in connection.execute(query.order_by(HISTORY.c.seq).limit(limit))]


def last(connection: Connection, saga_id: UUID, event: str) -> HistoryRow | None:
    query = select(*_HISTORY_COLUMNS).where(HISTORY.c.saga_id == saga_id, HISTORY.c.event == event)
    values = connection.execute(query.order_by(HISTORY.c.seq.desc()).limit(1)).first()
    return HistoryRow(*values) if values is not None else None


def pending(connection: Connection, owner: str, limit: int, after: UUID | None) -> list[OutboxRow]:
    query = select(*_OUTBOX_COLUMNS).where(OUTBOX.c.owner == owner).order_by(OUTBOX.c.id).limit(limit)
    query = query if after is None else query.where(OUTBOX.c.id > after)
    return [OutboxRow(*values) for values in connection.execute(query)]


def beat(connection: Connection, owner: str, now: datetime) -> None:
    """Records that `owner` lives."""
    seen = connection.execute(update(REPLICA).where(REPLICA.c.owner == owner).values(seen_at=now))
    if seen.rowcount == 0:
        connection.execute(insert(REPLICA).values(owner=owner, seen_at=now))


def adopt(connection: Connection, owner: str, now: datetime, silent_since: datetime, limit: int) -> int:
    """Records that `owner` lives, and gives it rows of owners not seen since `silent_since`; returns how many."""
    beat(connection, owner, now)
    orphans = select(OUTBOX.c.id).where(OUTBOX.c.owner != owner).order_by(OUTBOX.c.id)
    if silent_since < now:  # else those of all owners, whatever the clock was when they were last seen
        orphans = orphans.where(OUTBOX.c.owner.not_in(select(REPLICA.c.owner).where(REPLICA.c.seen_at > silent_since)))
    taken = connection.execute(orphans.limit(limit).with_for_update(skip_locked=True)).scalars().all()
    mine = update(OUTBOX).where(bulk_sql.among(OUTBOX.c.id, "ids", connection.dialect)).values(owner=owner)
    connection.execute(mine, {"ids": bulk_sql.id_list(taken, connection.dialect)})
    dead = select(REPLICA.c.owner).where(REPLICA.c.seen_at <= silent_since, REPLICA.c.owner != owner)
    connection.execute(delete(REPLICA).where(REPLICA.c.owner.in_(dead.with_for_update(skip_locked=True))))
    return len(taken)


@cache
def _locking(dialect: Dialect) -> Select[Any]:
    query = select(*_SAGA_COLUMNS).where(bulk_sql.among(SAGA.c.id, "ids", dialect)).order_by(SAGA.c.id)
    return query.with_for_update(skip_locked=True)


@cache
def _existing(dialect: Dialect) -> Select[Any]:
    return select(SAGA.c.id).where(bulk_sql.among(SAGA.c.id, "ids", dialect))


@cache
def _sent(dialect: Dialect) -> Any:
    return delete(OUTBOX).where(bulk_sql.among(OUTBOX.c.id, "ids", dialect))


_DUE = (
    select(*_SAGA_COLUMNS)
    .where(SAGA.c.wake_at.is_not(None), SAGA.c.wake_at <= bindparam("now"))
    .order_by(SAGA.c.wake_at, SAGA.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
