"""A saga that another replica is processing: messages about it wait, and none of them is acknowledged or marked."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from creatorflow_orchestrator.core.state.events import TaskFailed
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind
from creatorflow_orchestrator.shell.batch.work_queue import Batch, InternalEvent
from creatorflow_orchestrator.shell.store import Loaded, Transaction

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


async def test_an_unroutable_task_of_a_busy_saga_keeps_its_outbox_row_until_its_failure_is_written(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    saga_id = orchestrator.submit(STEP)
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    ((row_id,),) = orchestrator.query("SELECT id FROM outbox WHERE type = 'agent-task.v1'")
    (row,) = [row for row in await orchestrator.store.pending(10) if str(row.id) == row_id]
    event = TaskFailed(datetime.now(UTC), uuid4(), Failure(FailureKind.AGENT_UNAVAILABLE, "nobody"))
    real = Transaction.load

    async def busy(tx: Transaction, ids: object) -> Loaded:
        return Loaded({}, frozenset({saga_id}))

    monkeypatch.setattr(Transaction, "load", busy)
    await orchestrator.worker.process(Batch([InternalEvent(saga_id, event, row.id)]))
    assert orchestrator.query("SELECT count(*) FROM outbox WHERE id = ?", row_id) == [(1,)]
    monkeypatch.setattr(Transaction, "load", real)
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    assert orchestrator.query("SELECT count(*) FROM outbox WHERE id = ?", row_id) == [(0,)]


async def test_a_message_about_a_busy_saga_is_not_acknowledged_and_is_processed_again_despite_a_slow_broker(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    saga_id = orchestrator.submit(STEP)
    await orchestrator.process_all()
    tag = orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[0]))
    real = Transaction.load

    async def busy(tx: Transaction, ids: object) -> Loaded:
        return Loaded({}, frozenset({saga_id}))

    monkeypatch.setattr(Transaction, "load", busy)
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    assert tag not in orchestrator.channel.acked
    monkeypatch.setattr(Transaction, "load", real)
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    await orchestrator.process_all()
    assert orchestrator.status(saga_id) == "completed"
    assert tag in orchestrator.channel.acked
