"""Planning of other requests delays no message for long."""

from __future__ import annotations

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.processing import batch_processor

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make the schema"}


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a batch time for one request."""
    monkeypatch.setattr(batch_processor, "PLANNING_S", 0.0)


async def test_requests_left_over_by_a_batch_are_next_in_their_order(orchestrator: InMemoryOrchestrator) -> None:
    sagas = [orchestrator.submit(STEP) for _ in range(5)]
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    assert [row[0] for row in orchestrator.query("SELECT id FROM saga")] == [str(sagas[0])]
    await orchestrator.process_all()
    assert [row[0] for row in orchestrator.query("SELECT id FROM saga ORDER BY created_at")] == [
        str(saga) for saga in sagas
    ]
    assert sorted(orchestrator.channel.acked) == [1, 2, 3, 4, 5]
    assert len(orchestrator.bus.tasks()) == 5


async def test_a_command_does_not_wait_for_earlier_requests(orchestrator: InMemoryOrchestrator) -> None:
    running = orchestrator.submit(STEP)
    await orchestrator.process_all()
    waiting = [orchestrator.submit(STEP) for _ in range(5)]
    cancel: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(running)}
    orchestrator.deliver(topology.COMMANDS_QUEUE, cancel, topology.command_key("cancel"))
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    assert orchestrator.status(running) == "cancelled"
    assert len(orchestrator.query("SELECT id FROM saga")) < 1 + len(waiting)


async def test_left_over_requests_stay_unacknowledged_and_survive_a_failed_batch(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = orchestrator.submit(STEP), orchestrator.submit(STEP)
    real = orchestrator.worker._processor._handler.handle
    failing = [first]

    def fail_once(item: object, work: object) -> None:
        if failing:
            failing.clear()
            raise RuntimeError("a defect")
        real(item, work)  # type: ignore[arg-type]

    monkeypatch.setattr(orchestrator.worker._processor._handler, "handle", fail_once)
    await orchestrator.process_all()
    assert {orchestrator.status(first), orchestrator.status(second)} == {"running"}
    assert len(orchestrator.bus.tasks()) == 2
