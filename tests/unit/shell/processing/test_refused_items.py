"""Messages that cannot be read, sent or processed are quarantined with the reason, and nothing waits for them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from creatorflow.bus import MessageRefused
from creatorflow_contracts import topology
from creatorflow_contracts.refusals import MAX_BODY
from creatorflow_contracts.v1.request import RequestSubmitted
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.shell.processing import submissions
from creatorflow_orchestrator.shell.processing.request_planning import PlannedRequest, plan_request
from creatorflow_orchestrator.translate.synthesized_results import to_result
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

AFTER = {"a": [], "b": [], "c": ["a", "b"], "d": ["c"]}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


async def started(orchestrator: InMemoryOrchestrator, *steps: dict[str, object]) -> tuple[UUID, dict[str, object]]:
    """Return a saga whose first task was sent, and the task."""
    saga_id = orchestrator.submit(*(steps or (STEP,)))
    await orchestrator.process_all()
    return saga_id, orchestrator.bus.tasks()[-1]


def invalid_body(orchestrator: InMemoryOrchestrator, task: dict[str, object], fault: str) -> bytes:
    good = json.dumps(orchestrator.result_for(task)).encode()
    return {
        "a field of the wrong type": good.replace(b"true", b'"yes"'),
        "cut off in the middle": good[:-20],
        "an infinite number": good.replace(b'"done"', b"1e999"),
        "a key twice": good.replace(b'"summary"', b'"x": 1, "x": 2, "summary"'),
        "too large to be read": good.replace(b"done", b"x" * MAX_BODY),
    }[fault]


@pytest.mark.parametrize(
    "fault",
    [
        "a field of the wrong type",
        "cut off in the middle",
        "an infinite number",
        "a key twice",
        "too large to be read",
    ],
)
async def test_a_refused_result_of_an_open_attempt_is_its_validation_error_at_once(
    orchestrator: InMemoryOrchestrator, fault: str
) -> None:
    saga_id, task = await started(orchestrator)
    tag = orchestrator.deliver_result(invalid_body(orchestrator, task, fault))
    await orchestrator.process_all()
    assert len(orchestrator.quarantined()) == 1
    assert orchestrator.events(saga_id)[-3:] == ["attempt_failed", "recovery_decided", "step_dispatched"]
    assert '"validation_error"' in str(
        orchestrator.query("SELECT data FROM history WHERE event = 'attempt_failed'")[0][0]
    )
    assert tag in orchestrator.channel.acked


@pytest.mark.parametrize("sender", ["another agent's key", "another user"])
async def test_a_refused_result_of_another_sender_fails_no_attempt(
    orchestrator: InMemoryOrchestrator, sender: str
) -> None:
    saga_id, task = await started(orchestrator)
    body = invalid_body(orchestrator, task, "a field of the wrong type")
    if sender == "another user":
        orchestrator.deliver_result(body, user_id="ui-ux-specialist")
    else:
        orchestrator.deliver_result(body, agent="ui-ux-specialist")
    await orchestrator.process_all()
    assert len(orchestrator.quarantined()) == 1
    assert "attempt_failed" not in orchestrator.events(saga_id)


async def test_the_process_span_of_a_refused_message_carries_the_code(
    orchestrator: InMemoryOrchestrator, spans: InMemorySpanExporter
) -> None:
    saga_id, task = await started(orchestrator)
    for body in (orchestrator.result_for(task), {**orchestrator.result_for(task), "output": {"summary": "other"}}):
        orchestrator.deliver_result(body)
        await orchestrator.process_all()
    orchestrator.deliver_result({**orchestrator.result_for(task), "task_id": str(uuid4())})
    orchestrator.deliver_result(orchestrator.result_for({**task, "correlation_id": str(uuid4())}))
    orchestrator.deliver_result(b"hello")
    orchestrator.submit(STEP, correlation_id=str(saga_id), request="another")
    orchestrator.submit(STEP, deadline="2020-01-01T00:00:00Z")
    await orchestrator.process_all()
    reported = [dict(span.attributes or {}).get("error.type") for span in spans.get_finished_spans()]
    codes = [code for _, code in orchestrator.quarantined()]
    assert Counter(code for code in reported if code) == Counter(codes)
    assert set(codes) == {
        "CONFLICTING_RESULT",
        "LATE_RESULT",
        "UNKNOWN_SAGA",
        "NOT_JSON",
        "CONFLICTING_REQUEST",
        "DEADLINE_PAST",
    }


async def test_a_refused_result_of_an_unknown_saga_is_quarantined(orchestrator: InMemoryOrchestrator) -> None:
    task = {"id": str(uuid4()), "correlation_id": str(uuid4()), "attempt": 1}
    orchestrator.deliver_result(invalid_body(orchestrator, task, "a key twice"))
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("result", "DUPLICATE_KEY")]


async def test_a_task_that_the_broker_refuses_for_good_is_quarantined_and_its_step_fails_with_the_reason(
    orchestrator: InMemoryOrchestrator,
) -> None:
    orchestrator.bus.outcome = lambda out: MessageRefused("no such thing") if out.type == "agent-task.v1" else None
    saga_id = orchestrator.submit(STEP)
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("outbox", "UNPROCESSABLE")]
    assert orchestrator.status(saga_id) == "failed"
    assert "no such thing" in str(orchestrator.query("SELECT state FROM saga")[0][0])
    assert orchestrator.query("SELECT type FROM outbox WHERE type = 'agent-task.v1'") == []


async def test_a_task_too_large_for_any_agent_is_not_sent_and_its_step_fails_at_once(
    orchestrator: InMemoryOrchestrator,
) -> None:
    second: dict[str, object] = {"id": "pages", "agent": "ui-ux-specialist", "depends_on": ["schema"]}
    saga_id = orchestrator.submit(STEP, second, constraints=["x" * 4096] * 200)
    await orchestrator.process_all()
    orchestrator.deliver_result(
        orchestrator.result_for(orchestrator.bus.tasks()[0], output={"data": {"text": "y" * 250_000}})
    )
    await orchestrator.process_all()
    assert [task["step"] for task in orchestrator.bus.tasks()] == ["schema"]
    assert orchestrator.status(saga_id) == "failed"
    assert "CONTEXT_TOO_LARGE: the task of step pages has " in str(orchestrator.query("SELECT state FROM saga")[0][0])
    assert orchestrator.quarantined() == []


async def test_an_optional_step_with_too_large_a_context_is_never_retried_and_its_dependents_continue(
    orchestrator: InMemoryOrchestrator,
) -> None:
    many: dict[str, object] = {"decisions": {f"key-{number}": "v" * 4096 for number in range(60)}}
    steps = [{"id": name, "agent": AGENT, "depends_on": after, "optional": True} for name, after in AFTER.items()]
    saga_id = orchestrator.submit(*steps)
    await orchestrator.process_all()
    for task in orchestrator.bus.tasks():
        orchestrator.deliver_result(orchestrator.result_for(task, output=many | {"summary": "much was decided"}))
        await orchestrator.process_all()
    assert [task["step"] for task in orchestrator.bus.tasks()] == ["a", "b", "d"]
    orchestrator.deliver_result(orchestrator.result_for(orchestrator.bus.tasks()[-1]))
    await orchestrator.process_all()
    assert orchestrator.status(saga_id) == "completed"
    events = orchestrator.events(saga_id)
    assert (events.count("attempt_failed"), events.count("step_failed")) == (1, 1)
    assert orchestrator.quarantined() == []


async def test_an_event_that_cannot_be_sent_is_quarantined_and_its_saga_continues(
    orchestrator: InMemoryOrchestrator,
) -> None:
    orchestrator.bus.outcome = lambda out: MessageRefused("no such exchange") if out.type == "saga-events.v1" else None
    saga_id = orchestrator.submit(STEP)
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("outbox", "UNPROCESSABLE")]
    assert orchestrator.status(saga_id) == "running"


async def test_a_request_that_cannot_be_processed_is_quarantined_and_its_neighbours_are_processed(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: RequestSubmitted, cards: Sequence[Card]) -> PlannedRequest:
        if message.request == "the bad one":
            raise RuntimeError("a defect")
        return plan_request(message, cards)

    monkeypatch.setattr(submissions, "plan_request", broken)
    good = [orchestrator.submit(STEP) for _ in range(5)]
    orchestrator.submit(STEP, request="the bad one")
    good += [orchestrator.submit(STEP) for _ in range(5)]
    await orchestrator.process_all()
    assert [orchestrator.status(saga_id) for saga_id in good] == ["running"] * 10
    assert orchestrator.quarantined() == [("request", "UNPROCESSABLE")]
    assert sorted(orchestrator.channel.acked) == list(range(1, 12))


async def test_a_result_whose_consequences_cannot_be_stored_fails_only_its_attempt(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, bad_task = await started(orchestrator)
    good, good_task = await started(orchestrator)

    def broken(*given: object) -> object:
        if given[1].id == bad and given[0].overall_success:  # type: ignore[attr-defined]
            raise RuntimeError("a defect")
        return to_result(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("creatorflow_orchestrator.shell.processing.final_result.to_result", broken)
    orchestrator.deliver_result(orchestrator.result_for(bad_task))
    orchestrator.deliver_result(orchestrator.result_for(good_task))
    await orchestrator.process_all()
    assert orchestrator.status(good) == "completed"
    assert orchestrator.events(bad)[-3:] == ["attempt_failed", "recovery_decided", "step_dispatched"]
    assert orchestrator.quarantined() == [("result", "UNPROCESSABLE")]


async def test_a_saga_that_cannot_be_processed_at_its_wake_up_waits_and_the_others_end(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [orchestrator.submit(STEP) for _ in range(4)]
    await orchestrator.process_all()

    def broken(*given: object) -> object:
        if given[1].id == ids[1]:  # type: ignore[attr-defined]
            raise RuntimeError("a defect")
        return to_result(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("creatorflow_orchestrator.shell.processing.final_result.to_result", broken)
    for saga_id in ids:
        body: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(saga_id)}
        if saga_id != ids[1]:
            orchestrator.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("cancel"))
    with_past_deadline(orchestrator)
    orchestrator.wake_all()
    await orchestrator.process_all()
    assert [orchestrator.status(saga_id) for saga_id in ids] == ["cancelled", "running", "cancelled", "cancelled"]


def with_past_deadline(orchestrator: InMemoryOrchestrator) -> None:
    """Move every deadline into the past."""
    with sqlite3.connect(orchestrator.file) as connection:
        rows = connection.execute("SELECT id, state FROM saga").fetchall()
        for saga_id, state in rows:
            document = json.loads(state)
            document["saga"]["definition"]["deadline"] = "2020-01-01T00:00:00Z"
            connection.execute("UPDATE saga SET state = ? WHERE id = ?", [json.dumps(document), saga_id])


async def test_an_unreadable_saga_affects_no_other(orchestrator: InMemoryOrchestrator) -> None:
    bad, bad_task = await started(orchestrator)
    good, good_task = await started(orchestrator)
    with sqlite3.connect(orchestrator.file) as connection:
        connection.execute("UPDATE saga SET state = '{\"saga\": 1}' WHERE id = ?", [str(bad)])
    orchestrator.deliver_result(orchestrator.result_for(bad_task))
    orchestrator.deliver_result(orchestrator.result_for(good_task))
    orchestrator.wake_all()
    await orchestrator.process_all()
    assert orchestrator.status(good) == "completed"
    assert orchestrator.quarantined() == [("result", "UNPROCESSABLE")]
    assert orchestrator.channel.acked == [1, 2, 3, 4]


async def test_a_plan_with_too_deeply_nested_children_is_refused_before_anything_runs(
    orchestrator: InMemoryOrchestrator,
) -> None:
    plan: dict[str, object] = {"steps": [STEP]}
    for _ in range(4):
        plan = {"steps": [{"id": "child", "plan": plan}]}
    orchestrator.submit(plan=plan)
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("request", "PLAN_INVALID")]
    assert orchestrator.query("SELECT * FROM saga") == []


async def test_a_refused_child_request_fails_its_parents_step_at_once(orchestrator: InMemoryOrchestrator) -> None:
    parent = orchestrator.submit({"id": "child", "request": "sing me a song"})
    await orchestrator.process_all()
    for name, queue in (("request-submitted.v1", topology.SUBMIT_QUEUE), ("agent-result.v1", topology.RESULTS_QUEUE)):
        sent = next(message for message in orchestrator.bus.sent if message.type == name)
        orchestrator.deliver(queue, sent.body, sent.routing_key)
        await orchestrator.process_all()
    assert orchestrator.quarantined() == [("request", "NO_AGENT_MATCHES")]
    assert orchestrator.status(parent) == "failed"


async def test_no_client_can_start_a_child_of_anothers_saga(orchestrator: InMemoryOrchestrator) -> None:
    parent = {"correlation_id": str(uuid4()), "task_id": str(uuid4()), "step": "child", "attempt": 1, "depth": 1}
    orchestrator.submit(STEP, parent=parent)
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("request", "PROPERTY_MISMATCH")]
    assert orchestrator.bus.sent == []
