"""Observers of the worker are called once for each batch, after its commit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.store import StoreUnavailable, Transaction

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT}


async def test_an_observer_sees_a_committed_batch_with_its_deliveries_and_rows(
    orchestrator: InMemoryOrchestrator,
) -> None:
    seen: list[tuple[str, int, list[str]]] = []

    def observe(done: CommittedBatch) -> None:
        [saga_id] = done.state.commands
        seen.append((orchestrator.status(saga_id), len(done.deliveries), [row.type for row in done.outbox]))

    orchestrator.observers.append(observe)
    orchestrator.submit(STEP)
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    assert seen == [("running", 1, ["agent-task.v1", "saga-events.v1"])]


async def test_a_batch_with_a_failed_commit_is_observed_once_after_it_is_stored(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failing = orchestrator.store.transaction, [True]
    observed: list[CommittedBatch] = []

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Transaction]:
        async with real() as tx:
            yield tx
        if failing:
            failing.clear()
            raise StoreUnavailable("it may have been committed")

    monkeypatch.setattr(orchestrator.store, "transaction", transaction)
    orchestrator.observers.append(observed.append)
    orchestrator.submit(STEP)
    await orchestrator.process_all()
    assert len([done for done in observed if done.deliveries]) == 1
