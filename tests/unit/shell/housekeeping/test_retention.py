"""Sagas that ended long ago are deleted automatically, a few at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from creatorflow_orchestrator.shell.environment import utc_now
from creatorflow_orchestrator.shell.housekeeping import retention
from creatorflow_orchestrator.shell.housekeeping.retention import Retention, prune_sagas
from creatorflow_orchestrator.shell.store import Changes, SagaRow, Store, StoreUnavailable

from tests.integration.store.samples import quarantined_row, saga
from tests.unit.shell.orchestrator_in_memory import InMemoryOrchestrator
from tests.waiting import patient

LONG_AGO = utc_now() - timedelta(days=31)
KEEP = timedelta(days=30)


def ended(number: int) -> SagaRow:
    return saga(status="completed", wake_at=None, parent_id=None, updated_at=LONG_AGO + timedelta(seconds=number))


async def put(store: Store, *rows: SagaRow) -> None:
    async with store.transaction() as tx:
        await tx.conclude(Changes(new=rows))


async def left(orchestrator: InMemoryOrchestrator, table: str, rows: int) -> None:
    """Wait until a table has this number of rows."""
    async with asyncio.timeout(patient()):
        while len(orchestrator.query(f"SELECT id FROM {table}")) != rows:  # noqa: ASYNC110, S608 - the store cannot ring
            await asyncio.sleep(0.01)


async def test_ended_sagas_are_deleted_after_their_retention_with_resolved_messages(
    orchestrator: InMemoryOrchestrator,
) -> None:
    young = saga(status="failed", wake_at=None, updated_at=utc_now())
    await put(orchestrator.store, young, saga(updated_at=LONG_AGO), *map(ended, range(130)))
    async with orchestrator.store.transaction() as tx:
        rows = (await tx.apply(Changes(quarantined=(quarantined_row(), quarantined_row())))).quarantined
        await tx.mark_resolved([row.id for row in rows[:1] if row.id], "redriven", LONG_AGO)
    keeping = asyncio.create_task(Retention(orchestrator.store, KEEP, utc_now).run())
    await left(orchestrator, "saga", 2)
    await left(orchestrator, "quarantine", 1)
    keeping.cancel()


async def test_no_transaction_deletes_more_than_a_batch_and_no_more_than_asked_are_deleted(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(orchestrator.store, *map(ended, range(130)))
    sizes: list[int] = []
    real = orchestrator.store.prune

    async def prune(before: object, limit: int) -> int:
        sizes.append(limit)
        return await real(before, limit)  # type: ignore[arg-type]

    monkeypatch.setattr(orchestrator.store, "prune", prune)
    assert await prune_sagas(orchestrator.store, utc_now() - KEEP, 120) == 120
    assert sizes == [retention.BATCH] * 6 == [20] * 6
    assert await prune_sagas(orchestrator.store, utc_now() - KEEP, 120) == 10


async def test_an_unavailable_store_is_tried_again(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(orchestrator.store, ended(0))
    failures = [1, 1]
    real = orchestrator.store.prune

    async def prune(before: object, limit: int) -> int:
        if failures:
            failures.pop()
            raise StoreUnavailable("away")
        return await real(before, limit)  # type: ignore[arg-type]

    monkeypatch.setattr(orchestrator.store, "prune", prune)
    keep = timedelta(milliseconds=10)
    monkeypatch.setattr(retention, "SHORTEST_INTERVAL", keep)
    keeping = asyncio.create_task(Retention(orchestrator.store, keep, utc_now).run())
    await left(orchestrator, "saga", 0)
    keeping.cancel()
