"""Observers of the worker: each batch is told once, after its commit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.store import StoreUnavailable, Transaction

from .orchestrator_in_memory import AGENT, House

STEP: dict[str, object] = {"id": "schema", "agent": AGENT}


async def test_an_observer_sees_a_committed_batch_with_its_deliveries_and_rows(house: House) -> None:
    seen: list[tuple[str, int, list[str]]] = []

    def observe(done: CommittedBatch) -> None:
        [saga_id] = done.state.commands
        seen.append((house.status(saga_id), len(done.deliveries), [row.type for row in done.outbox]))

    house.observers.append(observe)
    house.submit(STEP)
    await house.worker.process(await house.inbox.take())
    assert seen == [("running", 1, ["agent-task.v1", "saga-events.v1"])]


async def test_a_batch_with_a_failed_commit_is_observed_once_after_it_is_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failing = house.store.transaction, [True]
    observed: list[CommittedBatch] = []

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Transaction]:
        async with real() as tx:
            yield tx
        if failing:
            failing.clear()
            raise StoreUnavailable("it may have been committed")

    monkeypatch.setattr(house.store, "transaction", transaction)
    house.observers.append(observed.append)
    house.submit(STEP)
    await house.settle()
    assert len([done for done in observed if done.deliveries]) == 1
