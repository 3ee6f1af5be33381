"""The store: sagas, their history, the outbox and the quarantine, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Self, TypeVar
from uuid import UUID

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from . import maintenance, quarantine_table, statements
from .databases import Database, Postgres, Session, Sqlite
from .errors import StoreError, StoreMisconfigured
from .migrate import migrate
from .rows import (
    Applied,
    Changes,
    HistoryRow,
    Ids,
    Loaded,
    OutboxRow,
    QuarantineEntry,
    QuarantineFilter,
    QuarantineGroup,
    QuarantinePart,
    QuarantineRow,
    Resolution,
    SagaFilter,
    SagaRow,
    StoreCounts,
)

EVERY_SAGA: Final = SagaFilter()

T = TypeVar("T")


class Transaction:
    """The operations inside `Store.transaction`. After an error every further one fails: the transaction is lost."""

    def __init__(self, session: Session, owner: str, ids: Ids) -> None:
        self._session, self._owner, self._ids = session, owner, ids
        self._failure: StoreError | None = None
        self._concluded = False

    async def load(self, ids: Collection[UUID]) -> Loaded:
        """Locks and reads sagas by id."""
        return await self._run(lambda connection: statements.load(connection, ids)) if ids else Loaded({})

    async def due(self, now: datetime, limit: int) -> list[SagaRow]:
        """Locks and reads at most `limit` sagas whose `wake_at` is not after `now`, the longest waiting first.

        Sagas that another replica has locked are passed over, so the list may be empty though `next_wake` is past.
        """
        return await self._run(lambda connection: statements.due(connection, now, limit))

    async def entries(self, keys: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], HistoryRow]:
        """Reads the history rows with these `(saga id, seq)`."""
        return await self._run(lambda connection: statements.entries(connection, keys)) if keys else {}

    async def mark_resolved(self, ids: Sequence[UUID], resolution: Resolution, at: datetime) -> frozenset[UUID]:
        """Marks quarantined messages as `redriven` or `dropped`; returns those that were unresolved until now."""
        return await self._run(lambda connection: quarantine_table.mark_resolved(connection, ids, resolution, at))

    async def apply(self, changes: Changes) -> Applied:
        """Writes everything; `StoreRefused` when any of it cannot be stored."""
        return await self._run(lambda connection: statements.apply(connection, changes, self._owner, self._ids))

    async def conclude(self, changes: Changes) -> Applied:
        """Writes everything and commits, in one step, which ends the transaction. Raises as `apply` and `commit` do."""
        write = partial(statements.apply, changes=changes, owner=self._owner, ids=self._ids)
        applied = await self._run(write, finish=True)
        self._concluded = True
        return applied

    async def commit(self) -> None:
        """Called by `Store.transaction` at its end. A failed transaction fails again, even if its error was caught."""
        if self._failure is not None:
            raise self._failure
        if not self._concluded:
            await self._session.commit()

    async def _run(self, work: Callable[[Connection], T], *, finish: bool = False) -> T:
        if self._failure is not None:
            raise self._failure
        if self._concluded:
            raise RuntimeError("the transaction is over")
        try:
            return await (self._session.finish(work) if finish else self._session.run(work))
        except StoreError as error:
            self._failure = error
            raise


class Store:
    """An open store. `owner` names this process: give each start a new one, for its outbox rows are found by it."""

    def __init__(self, database: Database, owner: str) -> None:
        self.owner = owner
        self._database = database
        self._ids = Ids()

    @property
    def exclusive(self) -> bool:
        """Whether no other process can use the database: then all rows of the outbox are this one's to send."""
        return self._database.exclusive

    @classmethod
    async def open(cls, url: str, owner: str) -> Self:
        """Opens `sqlite:///path` or `postgresql://user:password@host/database` and migrates it.

        Raises `StoreUnusable` (`StoreLocked`, `StoreNewer`, `StoreMisconfigured`) or `StoreUnavailable`.
        """
        database = _database(url, owner)
        try:
            async with database.writing() as session:
                await session.run(migrate)
                await session.run(lambda connection: statements.beat(connection, owner, datetime.now(UTC)))
                await session.commit()
        except BaseException:
            await database.close()
            raise
        return cls(database, owner)

    async def close(self) -> None:
        """Waits for the running transaction, then closes the database."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Opens a transaction: committed when the block ends, rolled back when it raises.

        `StoreUnavailable` from the end of the block leaves open if it was committed: process the same messages
        again, and read `pending`.
        """
        async with self._database.writing() as session:
            transaction = Transaction(session, self.owner, self._ids)
            yield transaction
            await transaction.commit()

    async def saga(self, saga_id: UUID) -> SagaRow | None:
        """Reads one saga as last committed."""
        return await self._read(lambda connection: statements.saga(connection, saga_id))

    async def sagas(self, limit: int, wanted: SagaFilter = EVERY_SAGA) -> list[SagaRow]:
        """Reads the sagas that the filter selects, by the time they were created, the newest first."""
        return await self._read(lambda connection: statements.sagas(connection, limit, wanted))

    async def open_count(self) -> int:
        """Counts the sagas that are not final."""
        return await self._read(statements.open_count)

    async def counts(self) -> StoreCounts:
        """Counts the rows of the store, for the metrics of the service."""
        return await self._read(maintenance.store_counts)

    async def next_wake(self) -> datetime | None:
        """Reads the earliest `wake_at` of all sagas."""
        return await self._read(statements.next_wake)

    async def history(self, saga_id: UUID, after_seq: int = 0, limit: int = 1000) -> list[HistoryRow]:
        """Reads a saga's history in order, from the row after `after_seq`."""
        return await self._read(lambda connection: statements.history(connection, saga_id, after_seq, limit))

    async def last(self, saga_id: UUID, event: str) -> HistoryRow | None:
        """Reads a saga's latest history row of this event."""
        return await self._read(lambda connection: statements.last(connection, saga_id, event))

    async def pending(self, limit: int, after: UUID | None = None) -> list[OutboxRow]:
        """Reads this owner's outbox rows in order of id, from the row after `after`."""
        return await self._read(lambda connection: statements.pending(connection, self.owner, limit, after))

    async def adopt(self, now: datetime, silence: timedelta, limit: int = 1000) -> int:
        """Records that this owner lives, and takes over outbox rows of owners silent for `silence`; returns how many.

        Call it several times within `silence`, which must exceed the difference between the replicas' clocks. Zero
        takes over all rows: right where the store is `exclusive`. Read them with `pending`.
        """
        return await self._write(lambda c: statements.adopt(c, self.owner, now, now - silence, limit))

    async def quarantine_rows(self, ids: Sequence[UUID]) -> list[QuarantineRow]:
        """Reads the quarantined messages with these ids, with their bodies, the oldest first."""
        return await self._read(lambda connection: quarantine_table.rows(connection, ids))

    async def quarantine_entries(
        self, wanted: QuarantineFilter, limit: int, after: UUID | None = None
    ) -> list[QuarantineEntry]:
        """Reads quarantined messages without their bodies, the oldest first, from the row after `after`."""
        return await self._read(lambda connection: quarantine_table.entries(connection, wanted, limit, after))

    async def quarantine_named(self, ids: Sequence[UUID]) -> dict[UUID, QuarantineEntry]:
        """Reads the quarantined messages with these ids, without their bodies; unknown ids are left out."""
        return await self._read(lambda connection: quarantine_table.named(connection, ids))

    async def quarantine_part(self, row_id: UUID, offset: int, length: int) -> QuarantinePart | None:
        """Reads one quarantined message with `length` bytes of its body, from `offset`."""
        return await self._read(lambda connection: quarantine_table.part(connection, row_id, offset, length))

    async def quarantine_groups(self, wanted: QuarantineFilter, limit: int) -> list[QuarantineGroup]:
        """Counts quarantined messages by code, agent and contract, the largest group first."""
        return await self._read(lambda connection: quarantine_table.groups(connection, wanted, limit))

    async def prunable(self, ended_before: datetime, limit: int) -> int:
        """Counts the sagas that `prune` would delete, up to `limit`."""
        return await self._read(lambda connection: maintenance.prunable(connection, ended_before, limit))

    async def prune(self, ended_before: datetime, limit: int) -> int:
        """Deletes, in one transaction, at most `limit` sagas that ended before a time, with their history.

        Returns their number.
        """
        return await self._write(lambda connection: maintenance.prune(connection, ended_before, limit))

    async def prune_resolved(self, before: datetime, limit: int) -> int:
        """Deletes at most `limit` quarantined messages that were resolved before a time; returns their number."""
        return await self._write(lambda connection: maintenance.prune_resolved(connection, before, limit))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        async with self._database.writing() as session:
            return await session.finish(work)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        async with self._database.reading() as session:
            return await session.run(work)


def _database(url: str, owner: str) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreMisconfigured("the store's address is not a URL: give sqlite:///path or postgresql://...") from error
    kind = parsed.drivername.partition("+")[0]
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return Sqlite(Path(parsed.database), owner)
    if kind in ("postgresql", "postgres"):
        return Postgres(parsed, owner)
    raise StoreMisconfigured(f"the store cannot be {kind!r} without a file: give sqlite:///path or postgresql://...")
