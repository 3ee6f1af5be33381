"""What a heartbeat does to a saga: it keeps a claimed task alive, and writes only when it must."""

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

from .orchestrator_in_memory import AGENT, House

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make the schema"}
SILENCE = timedelta(seconds=45)


@pytest.fixture
async def task(house: House) -> dict[str, Any]:
    """A task that an instance has claimed; `house.ahead` moves the orchestrator's clock."""
    house.submit(STEP)
    await house.settle()
    [task] = house.bus.tasks()
    claim = {
        "contract": "task-claimed.v1",
        "task_id": task["id"],
        "correlation_id": task["correlation_id"],
        "agent": AGENT,
        "instance": "one",
        "attempt": 1,
    }
    house.deliver(topology.RESULTS_QUEUE, claim, topology.claim_key(AGENT))
    await house.settle()
    return task


def beat(house: House, task: dict[str, Any], agent: str = AGENT, **told: Any) -> None:
    """A heartbeat that names the task."""
    fields = {"task_id": task["id"], "correlation_id": task["correlation_id"], "attempt": task["attempt"]}
    house.heard.record(agent, TaskProgress.model_validate({**fields, **told}, strict=False))


async def later(house: House, seconds: float) -> None:
    """So many seconds pass, and sagas whose time has come are looked at."""
    house.ahead += timedelta(seconds=seconds)
    house.due(house.now())
    await house.settle()


def state(house: House, task: dict[str, Any]) -> tuple[object, ...]:
    return house.query("SELECT state, updated_at FROM saga WHERE id = ?", task["correlation_id"])[0]


def told(house: House) -> list[SagaEvents]:
    """The news of progress that was sent."""
    news = [SagaEvents.model_validate_json(each.body) for each in house.bus.sent if each.type == "saga-events.v1"]
    return [new for new in news if new.events[0].event == "step_progressed"]


async def test_a_heartbeat_writes_nothing_while_the_silence_limit_is_far(house: House, task: dict[str, Any]) -> None:
    before = state(house, task)
    beat(house, task)
    await house.settle()
    assert state(house, task) == before


async def test_a_heartbeat_is_written_after_half_of_the_silence_limit(house: House, task: dict[str, Any]) -> None:
    before = state(house, task)
    house.ahead += 0.6 * SILENCE
    beat(house, task)
    await house.settle()
    assert state(house, task) != before


async def test_a_repeated_heartbeat_does_not_even_read_before_half_of_the_silence_limit(
    house: House, task: dict[str, Any]
) -> None:
    beat(house, task)
    await house.settle()
    house.ahead += 0.3 * SILENCE
    beat(house, task)
    assert not house.inbox._heartbeats
    house.ahead += 0.3 * SILENCE
    beat(house, task)
    assert house.inbox._heartbeats


async def test_an_unwritten_heartbeat_counts_to_the_second(house: House, task: dict[str, Any]) -> None:
    house.ahead += 0.45 * SILENCE
    beat(house, task)
    await house.settle()
    await later(house, 0.9 * 45)
    assert "attempt_failed" not in house.events(UUID(task["correlation_id"]))
    await later(house, 0.2 * 45)
    assert "attempt_failed" in house.events(UUID(task["correlation_id"]))


async def test_silence_without_a_heartbeat_ends_the_attempt(house: House, task: dict[str, Any]) -> None:
    await later(house, 46)
    assert "attempt_failed" in house.events(UUID(task["correlation_id"]))


async def test_a_heartbeat_of_another_agent_keeps_no_task_alive(house: House, task: dict[str, Any]) -> None:
    house.ahead += 0.45 * SILENCE
    beat(house, task, agent="ui-ux-specialist")
    await later(house, 0.6 * 45)
    assert "attempt_failed" in house.events(UUID(task["correlation_id"]))


async def test_a_heartbeat_of_an_unwanted_task_is_answered_with_a_cancellation(
    house: House, task: dict[str, Any]
) -> None:
    beat(house, task)
    house.deliver(
        topology.COMMANDS_QUEUE,
        {"contract": "cancel-request.v1", "correlation_id": task["correlation_id"]},
        topology.command_key("cancel"),
    )
    await house.settle()
    house.bus.sent.clear()
    beat(house, task)
    await house.settle()
    [cancel] = [each for each in house.bus.sent if each.type == "cancel-task.v1"]
    assert json.loads(cancel.body)["task_id"] == task["id"]


async def test_progress_is_published_when_it_changes_and_not_stored(house: House, task: dict[str, Any]) -> None:
    before = house.events(UUID(task["correlation_id"]))
    for _ in range(2):
        beat(house, task, progress=0.5, note="half way")
        await house.settle()
    beat(house, task, progress=0.75, note="nearly")
    await house.settle()
    events = [each.events[0] for each in told(house)]
    assert [(event.step, event.attempt, event.message, event.data) for event in events] == [
        ("schema", 1, "half way", {"progress": 0.5}),
        ("schema", 1, "nearly", {"progress": 0.75}),
    ]
    assert house.events(UUID(task["correlation_id"])) == before


async def test_a_state_reply_includes_the_progress(house: House, task: dict[str, Any]) -> None:
    beat(house, task, progress=0.5, note="half way")
    await house.settle()
    queries = Queries(house.bus, house.store, list, house.heard.progress)  # type: ignore[arg-type]
    answer = await queries.answer(Query(ask="state", correlation_id=UUID(task["correlation_id"])))
    [step] = answer.state.steps  # type: ignore[union-attr]
    assert (step.progress, step.message) == (0.5, "half way")
