"""Heartbeats keep a claimed task alive and write only when they must."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from creatorflow_contracts import topology
from creatorflow_contracts.v1.event import SagaEvents
from creatorflow_contracts.v1.request import Query
from creatorflow_contracts.v1.work import TaskProgress
from creatorflow_orchestrator.shell.operations.queries import Queries

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make the schema"}
SILENCE = timedelta(seconds=45)


@pytest.fixture
async def task(orchestrator: InMemoryOrchestrator) -> dict[str, Any]:
    """Provide a claimed task; `orchestrator.ahead` moves the orchestrator's clock."""
    orchestrator.submit(STEP)
    await orchestrator.process_all()
    [task] = orchestrator.bus.tasks()
    claim = {
        "contract": "task-claimed.v1",
        "task_id": task["id"],
        "correlation_id": task["correlation_id"],
        "agent": AGENT,
        "instance": "one",
        "attempt": 1,
    }
    orchestrator.deliver(topology.RESULTS_QUEUE, claim, topology.claim_key(AGENT))
    await orchestrator.process_all()
    return task


def beat(orchestrator: InMemoryOrchestrator, task: dict[str, Any], agent: str = AGENT, **fields: Any) -> None:
    """Record a heartbeat that names the task."""
    task_fields = {"task_id": task["id"], "correlation_id": task["correlation_id"], "attempt": task["attempt"]}
    orchestrator.heartbeats.record(agent, TaskProgress.model_validate({**task_fields, **fields}, strict=False))


async def later(orchestrator: InMemoryOrchestrator, seconds: float) -> None:
    """Let so many seconds pass, then process the due sagas."""
    orchestrator.ahead += timedelta(seconds=seconds)
    orchestrator.wake_all(orchestrator.now())
    await orchestrator.process_all()


def state(orchestrator: InMemoryOrchestrator, task: dict[str, Any]) -> tuple[object, ...]:
    return orchestrator.query("SELECT state, updated_at FROM saga WHERE id = ?", task["correlation_id"])[0]


def progress_events(orchestrator: InMemoryOrchestrator) -> list[SagaEvents]:
    """Return the published progress events."""
    news = [
        SagaEvents.model_validate_json(message.body)
        for message in orchestrator.bus.sent
        if message.type == "saga-events.v1"
    ]
    return [new for new in news if new.events[0].event == "step_progressed"]


async def test_a_heartbeat_writes_nothing_while_the_silence_limit_is_far(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    before = state(orchestrator, task)
    beat(orchestrator, task)
    await orchestrator.process_all()
    assert state(orchestrator, task) == before


async def test_a_heartbeat_is_written_after_half_of_the_silence_limit(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    before = state(orchestrator, task)
    orchestrator.ahead += 0.6 * SILENCE
    beat(orchestrator, task)
    await orchestrator.process_all()
    assert state(orchestrator, task) != before


async def test_a_repeated_heartbeat_does_not_even_read_before_half_of_the_silence_limit(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    beat(orchestrator, task)
    await orchestrator.process_all()
    orchestrator.ahead += 0.3 * SILENCE
    beat(orchestrator, task)
    assert not orchestrator.work_queue._heartbeats
    orchestrator.ahead += 0.3 * SILENCE
    beat(orchestrator, task)
    assert orchestrator.work_queue._heartbeats


async def test_an_unwritten_heartbeat_counts_to_the_second(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    orchestrator.ahead += 0.45 * SILENCE
    beat(orchestrator, task)
    await orchestrator.process_all()
    await later(orchestrator, 0.9 * 45)
    assert "attempt_failed" not in orchestrator.events(UUID(task["correlation_id"]))
    await later(orchestrator, 0.2 * 45)
    assert "attempt_failed" in orchestrator.events(UUID(task["correlation_id"]))


async def test_silence_without_a_heartbeat_ends_the_attempt(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    await later(orchestrator, 46)
    assert "attempt_failed" in orchestrator.events(UUID(task["correlation_id"]))


async def test_a_heartbeat_of_another_agent_keeps_no_task_alive(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    orchestrator.ahead += 0.45 * SILENCE
    beat(orchestrator, task, agent="ui-ux-specialist")
    await later(orchestrator, 0.6 * 45)
    assert "attempt_failed" in orchestrator.events(UUID(task["correlation_id"]))


async def test_a_heartbeat_of_an_unwanted_task_is_answered_with_a_cancellation(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    beat(orchestrator, task)
    orchestrator.deliver(
        topology.COMMANDS_QUEUE,
        {"contract": "cancel-request.v1", "correlation_id": task["correlation_id"]},
        topology.command_key("cancel"),
    )
    await orchestrator.process_all()
    orchestrator.bus.sent.clear()
    beat(orchestrator, task)
    await orchestrator.process_all()
    [cancel] = [message for message in orchestrator.bus.sent if message.type == "cancel-task.v1"]
    assert json.loads(cancel.body)["task_id"] == task["id"]


async def test_progress_is_published_when_it_changes_and_not_stored(
    orchestrator: InMemoryOrchestrator, task: dict[str, Any]
) -> None:
    before = orchestrator.events(UUID(task["correlation_id"]))
    for _ in range(2):
        beat(orchestrator, task, progress=0.5, note="half way")
        await orchestrator.process_all()
    beat(orchestrator, task, progress=0.75, note="nearly")
    await orchestrator.process_all()
    events = [report.events[0] for report in progress_events(orchestrator)]
    assert [(event.step, event.attempt, event.message, event.data) for event in events] == [
        ("schema", 1, "half way", {"progress": 0.5}),
        ("schema", 1, "nearly", {"progress": 0.75}),
    ]
    assert orchestrator.events(UUID(task["correlation_id"])) == before


async def test_a_state_reply_includes_the_progress(orchestrator: InMemoryOrchestrator, task: dict[str, Any]) -> None:
    beat(orchestrator, task, progress=0.5, note="half way")
    await orchestrator.process_all()
    queries = Queries(orchestrator.bus, orchestrator.store, list, orchestrator.heartbeats.progress)  # type: ignore[arg-type]
    answer = await queries.answer(Query(ask="state", correlation_id=UUID(task["correlation_id"])))
    [step] = answer.state.steps  # type: ignore[union-attr]
    assert (step.progress, step.message) == (0.5, "half way")
