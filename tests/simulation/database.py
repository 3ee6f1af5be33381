"""A database in memory, and each replica's store over it: transactions with locks, and how they fail.

As in the real store (`shell/store`): all of a transaction or nothing; rows that a transaction has locked are
busy for the others; of two inserts of a saga one wins; rows of the outbox belong to an owner until they are marked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from creatorflow_orchestrator.shell.store import (
    Applied,
    Changes,
    HistoryRow,
    Loaded,
    OutboxRow,
    SagaRow,
    StoreUnavailable,
)
from creatorflow_orchestrator.shell.store.rows import FINAL_STATUSES

if TYPE_CHECKING:
    from .replicas import Replica


class Database:
    """The tables that all replicas share."""

    def __init__(self) -> None:
        self.sagas: dict[UUID, SagaRow] = {}
        self.history: dict[tuple[UUID, int], HistoryRow] = {}
        self.outbox: dict[UUID, tuple[str, OutboxRow]] = {}
        """Owner and row, by row id."""
        self.seen_at: dict[str, datetime] = {}
        """Time of each owner's last sign of life, by its own clock."""
        self.locks: dict[UUID, object] = {}
        self._rows = 0

    def apply(self, changes: Changes, owner: str) -> Applied:
        """Writes all changes; returns what was inserted."""
        new = {row.id: row for row in changes.new if row.id not in self.sagas}
        lost = {row.id for row in changes.new} - new.keys()
        self.sagas.update(new)
        self.sagas.update((row.id, row) for row in changes.saved)
        self.history.update(((row.saga_id, row.seq), row) for row in changes.history if row.saga_id not in lost)
        outbox = tuple(replace(row, id=self._next()) for row in changes.outbox if row.saga_id not in lost)
        self.outbox.update((row.id, (owner, row)) for row in outbox if row.id is not None)
        for row_id in changes.sent:
            self.outbox.pop(row_id, None)
        return Applied(frozenset(new), outbox)

    def _next(self) -> UUID:
        self._rows += 1
        return UUID(int=self._rows)


class FakeTransaction:
    """One transaction of a replica."""

    def __init__(self, replica: Replica, database: Database) -> None:
        self._replica = replica
        self._database = database

    async def load(self, ids: Collection[UUID]) -> Loaded:
        """Locks and reads sagas."""
        known = [saga_id for saga_id in ids if saga_id in self._database.sagas]
        busy = frozenset(saga_id for saga_id in known if not self._lock(saga_id))
        return Loaded({saga_id: self._database.sagas[saga_id] for saga_id in known if saga_id not in busy}, busy)

    async def due(self, now: datetime, limit: int) -> list[SagaRow]:
        """Locks and reads the sagas that are due."""
        due = [row for row in self._database.sagas.values() if row.wake_at is not None and row.wake_at <= now]
        due.sort(key=lambda row: (row.wake_at, row.id))
        return [row for row in due[:limit] if self._lock(row.id)]

    async def entries(self, keys: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], HistoryRow]:
        """Reads rows of the history."""
        return {key: self._database.history[key] for key in keys if key in self._database.history}

    async def conclude(self, changes: Changes) -> Applied:
        """Commits; injects the faults of before, during and after a commit."""
        replica, rng = self._replica, self._replica.world.rng
        await asyncio.sleep(rng.number(0, 5) / 1000)
        if rng.fault("orchestrator", 0.01):
            replica.world.observe("fault lost_commit")
            replica.world.disturbed_at = replica.world.timeline.now
            if rng.maybe(0.5):
                await replica.kill()
            raise StoreUnavailable("the commit is lost")
        applied = self._database.apply(changes, replica.owner)
        replica.committed(changes, applied)
        if rng.fault("orchestrator", 0.01):
            replica.world.observe("fault crash_after_commit")
            await replica.kill()
        if rng.fault("orchestrator", 0.005):
            replica.world.observe("fault commit_in_doubt")
            replica.world.disturbed_at = replica.world.timeline.now
            raise StoreUnavailable("the connection is lost")
        return applied

    def unlock(self) -> None:
        """Releases the locks of this transaction."""
        locks = self._database.locks
        for saga_id in [saga_id for saga_id, by in locks.items() if by is self]:
            del locks[saga_id]

    def _lock(self, saga_id: UUID) -> bool:
        if self._database.locks.setdefault(saga_id, self) is not self:
            self._replica.world.observe("saga busy")
            return False
        return True


class FakeStore:
    """A replica's store."""

    def __init__(self, replica: Replica, database: Database) -> None:
        self._replica = replica
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        """Opens a transaction; its locks end with it."""
        self._replica.transitions.clear()
        transaction = FakeTransaction(self._replica, self._database)
        try:
            yield transaction
        finally:
            transaction.unlock()

    async def next_wake(self) -> datetime | None:
        """The earliest `wake_at` of all sagas."""
        return min((row.wake_at for row in self._database.sagas.values() if row.wake_at is not None), default=None)

    async def open_count(self) -> int:
        """The number of sagas that are not final."""
        return sum(row.status not in FINAL_STATUSES for row in self._database.sagas.values())

    async def pending(self, limit: int, after: UUID | None = None) -> list[OutboxRow]:
        """This replica's rows of the outbox."""
        mine = (row for owner, row in self._database.outbox.values() if owner == self._replica.owner)
        return [row for row in mine if after is None or (row.id is not None and row.id > after)][:limit]

    async def adopt(self, now: datetime, silence: timedelta) -> int:
        """Takes over the rows of owners without a sign of life for `silence`; returns their number."""
        database, me = self._database, self._replica.owner
        database.seen_at[me] = now
        living = {owner for owner, at in database.seen_at.items() if at > now - silence or owner == me}
        orphans = [row for owner, row in database.outbox.values() if owner not in living]
        database.outbox.update((row.id, (me, row)) for row in orphans if row.id is not None)
        return len(orphans)
