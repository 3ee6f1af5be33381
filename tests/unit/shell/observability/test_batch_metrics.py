"""Metrics count committed work once, with the failure type and the recovery decision."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.store import StoreUnavailable, Transaction

from tests.unit.metric_reader import MetricReader
from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}
SPENT = {"prompt_tokens": 100, "completion_tokens": 20, "cost_usd": 0.25}


@pytest.fixture
def reader(orchestrator: InMemoryOrchestrator) -> MetricReader:
    reader = MetricReader()
    orchestrator.count_with(reader.meter)
    return reader


async def start_request(orchestrator: InMemoryOrchestrator, **fields: object) -> UUID:
    saga_id = orchestrator.submit(STEP, **fields)
    await orchestrator.process_all()
    return saga_id


async def answered(orchestrator: InMemoryOrchestrator, **fields: Any) -> None:
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[-1], **fields))
    await orchestrator.process_all()


async def failed(orchestrator: InMemoryOrchestrator, kind: str = "permanent") -> None:
    await answered(orchestrator, success=False, output={}, error={"type": kind, "message": "no"}, metadata=SPENT)


async def test_a_success_counts_an_attempt_the_steps_duration_and_the_end_of_its_request(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    await start_request(orchestrator)
    await answered(orchestrator, metadata=SPENT)
    assert reader.all() == {
        ("attempts", AGENT, "succeeded"): 1,
        ("step.duration", AGENT): 1,
        ("sagas_ended", "completed"): 1,
        ("tokens", AGENT, "prompt"): 100,
        ("tokens", AGENT, "completion"): 20,
        ("cost_usd", AGENT): 0.25,
    }


async def test_a_failure_counts_with_its_decision_and_its_cost(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    await start_request(orchestrator)
    await failed(orchestrator, "validation_error")
    reported = reader.all()
    assert reported["attempts", AGENT, "validation_error"] == 1
    assert reported["recoveries", "reformat", "validation_error"] == 1
    assert reported["tokens", AGENT, "prompt"] == 100
    assert ("step.duration", AGENT) not in reported


async def test_a_failed_step_has_a_duration_and_its_request_has_failed(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    await start_request(orchestrator)
    await failed(orchestrator)
    reported = reader.all()
    assert reported["recoveries", "give_up", "permanent"] == reported["sagas_ended", "failed"] == 1
    assert reported["step.duration", AGENT] == 1


async def test_a_duplicate_result_counts_once(orchestrator: InMemoryOrchestrator, reader: MetricReader) -> None:
    saga_id = orchestrator.submit(STEP, {**STEP, "id": "other"})
    await orchestrator.process_all()
    body = orchestrator.result_for(orchestrator.bus.tasks()[0], metadata=SPENT)
    for _ in range(3):
        orchestrator.deliver_result(body)
        await orchestrator.process_all()
    assert orchestrator.status(saga_id) == "running"
    reported = reader.all()
    assert reported["attempts", AGENT, "succeeded"] == 1
    assert reported["tokens", AGENT, "prompt"] == 100


async def test_a_late_result_does_not_count(orchestrator: InMemoryOrchestrator, reader: MetricReader) -> None:
    await start_request(orchestrator)
    late = orchestrator.result_for(orchestrator.bus.tasks()[0], metadata=SPENT)
    await failed(orchestrator)
    before = reader.all()
    orchestrator.deliver_result(late)
    await orchestrator.process_all()
    assert reader.all() == before


async def test_an_item_processed_again_after_a_failed_commit_counts_once(
    orchestrator: InMemoryOrchestrator, reader: MetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start_request(orchestrator)
    real, refusals = Transaction.conclude, [StoreUnavailable("away"), StoreUnavailable("away")]

    async def conclude(self: Transaction, changes: object) -> object:
        if refusals:
            raise refusals.pop()
        return await real(self, changes)  # type: ignore[arg-type]

    monkeypatch.setattr(Transaction, "conclude", conclude)
    await answered(orchestrator, metadata=SPENT)
    assert not refusals
    assert reader.all()["attempts", AGENT, "succeeded"] == 1
    assert reader.all()["tokens", AGENT, "prompt"] == 100


async def test_an_attempt_of_a_cancelled_request_counts_as_cancelled(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    saga_id = orchestrator.submit(STEP, {**STEP, "id": "after", "depends_on": ["schema"]})
    await orchestrator.process_all()
    body: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(saga_id), "reason": "enough"}
    orchestrator.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("cancel"))
    await orchestrator.process_all()
    assert reader.all() == {("attempts", AGENT, "cancelled"): 1, ("sagas_ended", "cancelled"): 1}


async def test_a_manually_completed_step_counts_no_attempt_of_its_agent(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    saga_id = await start_request(orchestrator, on_failure="park")
    await failed(orchestrator)
    body: dict[str, object] = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "schema"}
    orchestrator.deliver(
        topology.COMMANDS_QUEUE, body | {"action": "complete", "output": {}}, topology.command_key("step")
    )
    await orchestrator.process_all()
    assert orchestrator.status(saga_id) == "completed"
    assert reader.all()["recoveries", "park", "permanent"] == 1
    assert ("attempts", AGENT, "succeeded") not in reader.all()


async def test_an_attempt_ended_by_a_person_counts_as_cancelled(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    saga_id = await start_request(orchestrator)
    body: dict[str, object] = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "schema"}
    orchestrator.deliver(topology.COMMANDS_QUEUE, body | {"action": "retry"}, topology.command_key("step"))
    await orchestrator.process_all()
    await answered(orchestrator)
    reported = reader.all()
    assert reported["attempts", AGENT, "cancelled"] == reported["attempts", AGENT, "succeeded"] == 1


async def test_an_attempt_that_expired_at_the_deadline_counts_only_as_expired(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    saga_id = await start_request(orchestrator)
    task = orchestrator.bus.tasks()[-1]
    orchestrator.ahead += timedelta(days=1)
    dead = {"x-first-death-reason": "expired", "x-first-death-queue": topology.agent_queue(AGENT)}
    orchestrator.deliver(topology.DEAD_LETTERS_QUEUE, task, topology.task_key(AGENT), headers=dead)
    await orchestrator.process_all()
    assert orchestrator.status(saga_id) == "failed"
    assert [key for key in reader.all() if key[0] == "attempts"] == [("attempts", AGENT, "expired")]


async def test_the_cost_of_a_child_counts_only_with_its_own_agents(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    orchestrator.submit({"id": "child", "plan": {"steps": [STEP]}})
    await orchestrator.process_all()
    request = json.loads(
        next(message.body for message in orchestrator.bus.sent if message.type == "request-submitted.v1")
    )
    orchestrator.deliver(topology.SUBMIT_QUEUE, request, topology.submit_key())
    await orchestrator.process_all()
    await answered(orchestrator, metadata=SPENT)
    child = next(message for message in orchestrator.bus.sent if message.routing_key == topology.SAGA_RESULT_KEY)
    orchestrator.deliver(topology.RESULTS_QUEUE, child.body, topology.SAGA_RESULT_KEY)
    await orchestrator.process_all()
    reported = reader.all()
    assert reported["sagas_ended", "completed"] == 2
    tokens = {key: count for key, count in reported.items() if key[0] == "tokens"}
    assert tokens == {("tokens", AGENT, "prompt"): 100, ("tokens", AGENT, "completion"): 20}


async def test_a_result_for_an_unknown_request_does_not_count(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    task: dict[str, object] = {"id": str(uuid4()), "correlation_id": str(uuid4()), "attempt": 1}
    orchestrator.deliver_result(orchestrator.result_for(task, metadata=SPENT))
    await orchestrator.process_all()
    assert reader.all() == {}


async def test_the_queue_time_of_a_message_counts_once_it_is_processed(
    orchestrator: InMemoryOrchestrator, reader: MetricReader
) -> None:
    orchestrator.submit(STEP)  # it has no time of sending
    await orchestrator.process_all()
    sent_at = int(orchestrator.now().timestamp() * 1000) - 1_500
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[-1]), headers={"sent-at-ms": sent_at})
    await orchestrator.process_all()
    reported = reader.all()
    assert reported["queue.lag", topology.RESULTS_QUEUE] == 1
    assert ("queue.lag", topology.SUBMIT_QUEUE) not in reported
