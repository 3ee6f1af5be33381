"""Any sequence of transactions leaves the same contents in the store as in a model of dictionaries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from creatorflow_orchestrator.shell.store import (
    Applied,
    Changes,
    HistoryRow,
    OutboxRow,
    SagaRow,
    Store,
    StoreRefused,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SAGAS = 4
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)
times = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.timezones())  # noqa: DTZ001
saga_numbers = st.integers(0, SAGAS - 1)


class RolledBack(Exception):
    """Raised in a transaction, to roll it back."""


@st.composite
def sagas(draw: st.DrawFn) -> tuple[int, dict[str, Any]]:
    status = draw(st.sampled_from(["running", "completed", "failed", "cancelled"]))
    wake_at = draw(st.none() | times)
    return draw(saga_numbers), {
        "status": status,
        "state": draw(texts),
        "seq": draw(st.integers(0, 2**63 - 1)),
        "wake_at": wake_at,
    }


@dataclass(frozen=True)
class TransactionSpec:
    """A transaction: sagas by number, outbox rows to mark as sent by their position among the pending ones."""

    new: list[tuple[int, dict[str, Any]]]
    saved: list[tuple[int, dict[str, Any]]]
    history: list[tuple[int, int, str]]
    outbox: list[tuple[int, bytes]]
    sent: list[int]
    rolled_back: bool


steps = st.builds(
    TransactionSpec,
    new=st.lists(sagas(), max_size=3),
    saved=st.lists(sagas(), max_size=2),
    history=st.lists(st.tuples(saga_numbers, st.integers(1, 8), texts), max_size=3),
    outbox=st.lists(st.tuples(saga_numbers, st.binary(max_size=20)), max_size=3),
    sent=st.lists(st.integers(0, 3), max_size=3),
    rolled_back=st.booleans(),
)


def in_utc(row: SagaRow) -> SagaRow:
    """The row with its time in UTC: in Python ambiguous local times are unequal to all others."""
    return replace(row, wake_at=row.wake_at and row.wake_at.astimezone(UTC))


@dataclass
class Model:
    """A model of the store: dictionaries."""

    sagas: dict[UUID, SagaRow] = field(default_factory=dict)
    history: dict[tuple[UUID, int], HistoryRow] = field(default_factory=dict)
    outbox: dict[UUID, OutboxRow] = field(default_factory=dict)

    def accepts(self, changes: Changes) -> bool:
        """True if a database accepts the changes."""
        lost = {row.id for row in changes.new if row.id in self.sagas}
        keys = [(row.saga_id, row.seq) for row in changes.history if row.saga_id not in lost]
        saved = [row.id for row in changes.saved]
        known = {*self.sagas, *(row.id for row in changes.new)}
        twice = len(set(saved)) < len(saved) or len(set(keys)) < len(keys)
        return not twice and known.issuperset(saved) and self.history.keys().isdisjoint(keys)

    def apply(self, changes: Changes, applied: Applied) -> None:
        lost = {row.id for row in changes.new} - applied.inserted
        assert lost == {row.id for row in changes.new if row.id in self.sagas}
        for row in changes.new:
            self.sagas.setdefault(row.id, in_utc(row))
        self.history |= {(row.saga_id, row.seq): row for row in changes.history if row.saga_id not in lost}
        self.outbox |= {row.id: row for row in applied.outbox if row.id}
        bare = [replace(row, id=None) for row in applied.outbox]
        assert bare == [row for row in changes.outbox if row.saga_id not in lost]
        for row in changes.saved:
            self.sagas[row.id] = replace(
                in_utc(row), digest=self.sagas[row.id].digest, created_at=self.sagas[row.id].created_at, parent_id=None
            )
        for row_id in changes.sent:
            self.outbox.pop(row_id, None)


def changes_of(step: TransactionSpec, ids: list[UUID], model: Model, number: int) -> Changes:
    def row(of: int, fields: dict[str, Any]) -> SagaRow:
        at = datetime(2026, 1, 1, microsecond=number, tzinfo=UTC)
        return SagaRow(id=ids[of], digest=f"digest {number}", created_at=at, updated_at=at, **fields)

    at = datetime(2026, 1, 1, tzinfo=UTC)
    waiting = list(model.outbox)
    return Changes(
        new=tuple(row(*drawn) for drawn in step.new),
        saved=tuple(row(*drawn) for drawn in step.saved),
        history=tuple(HistoryRow(ids[of], seq, at, "event", data) for of, seq, data in step.history),
        outbox=tuple(OutboxRow(ids[of], "", "key", "type", body, at, {"a": "b"}) for of, body in step.outbox),
        sent=tuple(waiting[position] for position in step.sent if position < len(waiting)),
    )


async def run_steps(database: str, transactions: list[TransactionSpec]) -> None:
    model, ids = Model(), [uuid4() for _ in range(SAGAS)]
    async with await Store.open(database, owner=f"play-{uuid4().hex[:8]}") as store:
        for number, step in enumerate(transactions):
            await try_step(store, model, changes_of(step, ids, model, number), step.rolled_back)
            await compare(store, model, ids)


async def try_step(store: Store, model: Model, changes: Changes, rolled_back: bool) -> None:
    try:
        async with store.transaction() as transaction:
            applied = await transaction.apply(changes)
            if rolled_back:
                raise RolledBack
    except StoreRefused:
        assert not model.accepts(changes)
    except RolledBack:
        assert model.accepts(changes)
    else:
        assert model.accepts(changes)
        model.apply(changes, applied)


async def compare(store: Store, model: Model, ids: list[UUID]) -> None:
    async with store.transaction() as transaction:
        assert dict((await transaction.load(ids)).sagas) == model.sagas
    for saga_id in ids:
        assert await store.saga(saga_id) == model.sagas.get(saga_id)
        expected = sorted((row for row in model.history.values() if row.saga_id == saga_id), key=lambda row: row.seq)
        assert await store.history(saga_id) == expected
        assert await store.last(saga_id, "event") == (expected[-1] if expected else None)
    assert await store.pending(1000) == sorted(model.outbox.values(), key=lambda row: str(row.id))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=st.lists(steps, max_size=8))
def test_any_sequence_of_transactions_leaves_the_contents_of_the_model(
    database: str, transactions: list[TransactionSpec]
) -> None:
    asyncio.run(run_steps(database, transactions))
