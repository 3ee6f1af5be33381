"""Pruning: sagas that ended long ago are deleted in small batches; open and needed ones are kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from creatorflow_orchestrator.shell.store import Changes, QuarantineFilter, SagaRow, Store
from creatorflow_orchestrator.shell.store.rows import FINAL_STATUSES

from tests.waiting import eventually

from .conftest import Opener
from .samples import NOW, event, quarantined_row, saga

OLD = NOW - timedelta(days=40)
LIMIT = NOW - timedelta(days=30)


def ended_saga(parent_id: UUID | None = None, updated_at: datetime = OLD, status: str = "completed") -> SagaRow:
    return saga(status=status, wake_at=None, updated_at=updated_at, parent_id=parent_id)


async def put(store: Store, *rows: SagaRow, events: int = 2) -> None:
    history = tuple(event(row.id, seq) for row in rows for seq in range(1, events + 1))
    async with store.transaction() as transaction:
        await transaction.conclude(Changes(new=rows, history=history))


async def remaining_ids(store: Store) -> set[UUID]:
    return {row.id for row in await store.sagas(10_000)}


async def test_an_old_final_saga_is_deleted_with_its_history(store: Store) -> None:
    rows = [ended_saga(status=status) for status in FINAL_STATUSES]
    await put(store, *rows)
    assert await store.prunable(LIMIT, 10) == 3
    assert await store.prune(LIMIT, 10) == 3
    assert await remaining_ids(store) == set()
    assert [await store.history(row.id) for row in rows] == [[], [], []]
    assert await store.prune(LIMIT, 10) == 0


@pytest.mark.parametrize(
    "kept",
    [
        saga(updated_at=OLD, created_at=OLD),
        saga(updated_at=OLD, status="compensating"),
        ended_saga(updated_at=LIMIT),
        ended_saga(updated_at=NOW),
    ],
    ids=["open for long", "compensating", "just not old enough", "of today"],
)
async def test_open_and_recent_sagas_are_kept_with_their_history(store: Store, kept: SagaRow) -> None:
    await put(store, kept, ended_saga())
    assert await store.prune(LIMIT, 10) == 1
    assert await remaining_ids(store) == {kept.id}
    assert len(await store.history(kept.id)) == 2


async def test_a_child_is_kept_as_long_as_its_parent(store: Store) -> None:
    parent = saga(parent_id=None)
    child = ended_saga(parent.id)
    await put(store, parent, child)
    assert (await store.prunable(LIMIT, 10), await store.prune(LIMIT, 10)) == (0, 0)
    parent = replace(parent, status="failed", updated_at=NOW)
    async with store.transaction() as transaction:
        await transaction.conclude(Changes(saved=(parent,)))
    assert await store.prune(LIMIT, 10) == 0
    later = NOW + timedelta(days=31)
    assert await store.prunable(later, 10) == 2
    assert await store.prune(later, 10) == 2


async def test_sagas_that_ended_first_are_deleted_first_up_to_the_limit(store: Store) -> None:
    rows = [ended_saga(updated_at=OLD + timedelta(hours=hour)) for hour in range(5)]
    await put(store, *rows[::-1])
    assert await store.prunable(LIMIT, 3) == 3
    assert await store.prune(LIMIT, 2) == 2
    assert await remaining_ids(store) == {row.id for row in rows[2:]}


async def test_thousands_are_deleted_in_batches_that_do_not_block_writes(store: Store) -> None:
    """Writes go on beside the pruning: none waits for half of the batches, however slow the machine."""
    rows = [ended_saga() for _ in range(3_000)]
    for start in range(0, 3_000, 500):
        await put(store, *rows[start : start + 500], events=10)
    waits: list[int] = []
    pruned, batches = 0, list[int]()

    async def writes() -> None:
        while True:
            begun = len(batches)
            await put(store, saga())
            waits.append(len(batches) - begun)
            await asyncio.sleep(0.005)

    writer = asyncio.create_task(writes())
    await eventually(lambda: waits, "a write over its own connection")
    while deleted := await store.prune(LIMIT, 50):
        pruned += deleted
        batches.append(deleted)
        await asyncio.sleep(0)
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    assert pruned == 3_000
    assert max(batches) == 50
    assert len(waits) > 5
    assert max(waits) < len(batches) / 2, waits


async def test_two_replicas_prune_side_by_side(shared_database: str, opener: Opener) -> None:
    first, second = await opener(shared_database), await opener(shared_database)
    await put(first, *(ended_saga() for _ in range(200)))

    async def prune(store: Store) -> int:
        return sum([await store.prune(LIMIT, 20) for _ in range(10)])

    assert sum(await asyncio.gather(prune(first), prune(second))) == 200
    assert await remaining_ids(first) == set()


async def test_resolved_messages_are_deleted_after_their_retention_and_unresolved_ones_are_kept(store: Store) -> None:
    async with store.transaction() as transaction:
        applied = await transaction.apply(Changes(quarantined=tuple(quarantined_row() for _ in range(4))))
        ids = [row.id for row in applied.quarantined if row.id]
        await transaction.mark_resolved(ids[:1], "redriven", OLD)
        await transaction.mark_resolved(ids[1:2], "dropped", OLD)
        await transaction.mark_resolved(ids[2:3], "dropped", NOW)
    assert await store.prune_resolved(LIMIT, 1) == 1
    assert await store.prune_resolved(LIMIT, 10) == 1
    assert await store.prune_resolved(LIMIT, 10) == 0
    assert set(await store.quarantine_named([*ids, uuid4()])) == set(ids[2:])
    assert [entry.id for entry in await store.quarantine_entries(QuarantineFilter(), 10)] == ids[3:]
