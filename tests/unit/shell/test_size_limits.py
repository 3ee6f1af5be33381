"""Limits of memory and of the size of replies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from creatorflow.bus import IncomingMessage
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.refusals import MAX_BODY
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.request import Query
from creatorflow_contracts.v1.work import AgentHeartbeat, AgentTask
from creatorflow_orchestrator.core.state.commands import Record
from creatorflow_orchestrator.shell.agents import registry as agents_module
from creatorflow_orchestrator.shell.agents.registry import AgentRegistry
from creatorflow_orchestrator.shell.batch import output_cache as outputs_module
from creatorflow_orchestrator.shell.batch.output_cache import OutputCache
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.operations.queries import Queries
from pydantic import ValidationError

from .orchestrator_in_memory import AGENT, Channel, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


async def answered(orchestrator: InMemoryOrchestrator, **query: object) -> QueryAnswer:
    queries = Queries(orchestrator.bus, orchestrator.store, list)  # type: ignore[arg-type]
    answer = await queries.answer(Query.model_validate(query))
    assert isinstance(answer, QueryAnswer)
    return answer


async def test_a_list_of_long_requests_fits_a_message(orchestrator: InMemoryOrchestrator) -> None:
    for _ in range(30):
        orchestrator.submit(STEP, request="make it " + "x" * 60_000)
    await orchestrator.process_all()
    answer = await answered(orchestrator, ask="list", limit=100)
    assert len(answer.sagas) == 30
    assert len(answer.to_json()) <= MAX_BODY


async def test_a_list_that_does_not_fit_is_cut_and_marked_as_incomplete(orchestrator: InMemoryOrchestrator) -> None:
    tags = {f"t{number}": "x" * 4096 for number in range(32)}
    for _ in range(10):
        orchestrator.submit(STEP, tags=tags)
    await orchestrator.process_all()
    answer = await answered(orchestrator, ask="list", limit=100)
    assert 0 < len(answer.sagas) < 10
    assert answer.more
    assert len(answer.to_json()) <= MAX_BODY


async def test_the_result_of_a_wide_plan_that_failed_with_a_long_reason_fits_a_message(
    orchestrator: InMemoryOrchestrator,
) -> None:
    steps = [{**STEP, "id": f"s{number}"} for number in range(200)]
    saga_id = orchestrator.submit(*steps, request="make it " + "x" * 60_000)
    await orchestrator.process_all()
    error = {"type": "permanent", "message": "y" * 4000}
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[0], success=False, error=error))
    await orchestrator.process_all()
    assert orchestrator.status(saga_id) == "failed"
    for ask in ("state", "history", "result"):
        answer = await answered(orchestrator, ask=ask, correlation_id=saga_id, limit=1000)
        assert len(answer.to_json()) <= MAX_BODY
        assert answer.state is not None
        assert answer.state.status == "failed"


async def test_outputs_are_cached_up_to_a_size_and_read_again_beyond_it(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs_module, "MAX_CHARACTERS", 10_000)
    second: dict[str, object] = {"id": "pages", "agent": AGENT, "depends_on": ["schema"]}
    for _ in range(5):
        orchestrator.submit(STEP, second)
    await orchestrator.process_all()
    for task in orchestrator.bus.tasks():
        orchestrator.deliver_result(orchestrator.result_for(task, output={"summary": "z" * 4_000}))
    await orchestrator.process_all()
    seconds = [task for task in orchestrator.bus.tasks() if task["step"] == "pages"]
    assert len(seconds) == 5
    for task in seconds:
        (previous,) = task["context"]["previous_results"]  # type: ignore[index]
        assert previous["output"]["summary"] == "z" * 4_000
        orchestrator.deliver_result(orchestrator.result_for(task))
    assert orchestrator.worker._processor._outputs._size <= 10_000
    await orchestrator.process_all()
    assert orchestrator.query("SELECT DISTINCT status FROM saga") == [("completed",)]


async def test_an_evicted_output_has_no_weight(orchestrator: InMemoryOrchestrator) -> None:
    cache, saga_id = OutputCache(), uuid4()
    record = Record(1, datetime.now(UTC), "step_succeeded", data={"output": {"summary": "z"}})
    cache.add_recorded({saga_id: [record]})
    assert cache._size > 0
    cache.forget(saga_id)
    assert (cache._size, cache._sizes) == (0, {})


def heartbeat(instance: str) -> IncomingMessage:
    body = AgentHeartbeat(agent=AGENT, instance=instance).to_json()
    return IncomingMessage(Delivery(body), "control", 1, Channel())


def test_stopped_instances_are_removed() -> None:
    now: Iterator[float] = iter(range(0, 100_000, 30))
    agents = AgentRegistry(load_cards(), lambda *_: None, Environment(monotonic=lambda: next(now)))
    for number in range(100):
        agents.take(heartbeat(f"instance-{number}"))
    known = agents._known[AGENT]
    assert len(known.last_seen) == len(known.tasks) == 2


def test_a_limited_number_of_instances_of_one_agent_is_counted_and_the_known_ones_are_kept() -> None:
    agents = AgentRegistry(load_cards(), lambda *_: None, Environment())
    for number in range(agents_module.MAX_INSTANCES + 50):
        agents.take(heartbeat(f"instance-{number}"))
    known = agents._known[AGENT]
    assert len(known.last_seen) == len(known.tasks) == agents_module.MAX_INSTANCES
    assert "instance-0" in known.last_seen


def test_the_error_of_a_defect_shows_no_contents() -> None:
    with pytest.raises(ValidationError) as caught:
        AgentTask.model_validate({"description": ["the user's secret"], "contract": "agent-task.v1"})
    assert "secret" not in str(caught.value)
