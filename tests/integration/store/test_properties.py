"""Whatever is done in whatever order, the store holds what a few dictionaries would hold."""

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
which = st.integers(0, SAGAS - 1)


class Undone(Exception):
    """Raised in a transaction, to undo it."""


@st.composite
def sagas(draw: st.DrawFn) -> tuple[int, dict[str, Any]]:
    status = draw(st.sampled_from(["running", "completed", "failed", "cancelled"]))
    wake_at = draw(st.none() | times)
    return draw(which), {
        "status": status,
        "state": draw(texts),
        "seq": draw(st.integers(0, 2**63 - 1)),
        "wake_at": wake_at,
    }


@dataclass(frozen=True)
class Step:
    """One transaction to try; sagas by number, outbox rows to mark as sent by position among those that wait."""

    new: list[tuple[int, dict[str, Any]]]
    saved: list[tuple[int, dict[str, Any]]]
    history: list[tuple[int, int, str]]
    outbox: list[tuple[int, bytes]]
    sent: list[int]
    undone: bool


steps = st.builds(
    Step,
    new=st.lists(sagas(), max_size=3),
    saved=st.lists(sagas(), max_size=2),
    history=st.lists(st.tuples(which, st.integers(1, 8), texts), max_size=3),
    outbox=st.lists(st.tuples(which, st.binary(max_size=20)), max_size=3),
    sent=st.lists(st.integers(0, 3), max_size=3),
    undone=st.booleans(),
)


def in_utc(row: SagaRow) -> SagaRow:
    """The same, comparable: Python finds no ambiguous local time equal to any other."""
    return replace(row, wake_at=row.wake_at and row.wake_at.astimezone(UTC))


@dataclass
class Model:
    """The store as dictionaries."""

    sagas: dict[UUID, SagaRow] = field(default_factory=dict)
    history: dict[tuple[UUID, int], HistoryRow] = field(default_factory=dict)
    outbox: dict[UUID, OutboxRow] = field(default_factory=dict)

    def takes(self, changes: Changes) -> bool:
        """Whether a database accepts the changes."""
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
        for one in changes.sent:
            self.outbox.pop(one, None)


def changes_of(step: Step, ids: list[UUID], model: Model, number: int) -> Changes:
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


async def play(database: str, played: list[Step]) -> None:
    model, ids = Model(), [uuid4() for _ in range(SAGAS)]
    async with await Store.open(database, owner=f"play-{uuid4().hex[:8]}") as store:
        for number, step in enumerate(played):
            await try_step(store, model, changes_of(step, ids, model, number), step.undone)
            await compare(store, model, ids)


async def try_step(store: Store, model: Model, changes: Changes, undone: bool) -> None:
    try:
        async with store.transaction() as transaction:
            applied = await transaction.apply(changes)
            if undone:
                raise Undone
    except StoreRefused:
        assert not model.takes(changes)
    except Undone:
        assert model.takes(changes)
    else:
        assert model.takes(changes)
        model.apply(changes, applied)


async def compare(store: Store, model: Model, ids: list[UUID]) -> None:
    async with store.transaction() as transaction:
        assert dict((await transaction.load(ids)).sagas) == model.sagas
    for one in ids:
        assert await store.saga(one) == model.sagas.get(one)
        expected = sorted((row for row in model.history.values() if row.saga_id == one), key=lambda row: row.seq)
        assert await store.history(one) == expected
        assert await store.last(one, "event") == (expected[-1] if expected else None)
    assert await store.pending(1000) == sorted(model.outbox.values(), key=lambda row: str(row.id))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(played=st.lists(steps, max_size=8))
def test_any_sequence_of_transactions_leaves_what_dictionaries_would(database: str, played: list[Step]) -> None:
    asyncio.run(play(database, played))
