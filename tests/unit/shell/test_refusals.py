"""What cannot be read, sent or handled ends in quarantine with its reason, and nobody waits for it."""

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

from .orchestrator_in_memory import AGENT, House

AFTER = {"a": [], "b": [], "c": ["a", "b"], "d": ["c"]}
STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


async def started(house: House, *steps: dict[str, object]) -> tuple[UUID, dict[str, object]]:
    """A saga whose first task is out."""
    saga_id = house.submit(*(steps or (STEP,)))
    await house.settle()
    return saga_id, house.bus.tasks()[-1]


def spoiled(house: House, task: dict[str, object], how: str) -> bytes:
    good = json.dumps(house.result(task)).encode()
    return {
        "a field of the wrong type": good.replace(b"true", b'"yes"'),
        "cut off in the middle": good[:-20],
        "an infinite number": good.replace(b'"done"', b"1e999"),
        "a key twice": good.replace(b'"summary"', b'"x": 1, "x": 2, "summary"'),
        "too large to be read": good.replace(b"done", b"x" * MAX_BODY),
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "a field of the wrong type",
        "cut off in the middle",
        "an infinite number",
        "a key twice",
        "too large to be read",
    ],
)
async def test_a_refused_result_of_an_open_attempt_is_its_validation_error_at_once(house: House, how: str) -> None:
    saga_id, task = await started(house)
    tag = house.answer(spoiled(house, task, how))
    await house.settle()
    assert len(house.quarantined()) == 1
    assert house.events(saga_id)[-3:] == ["attempt_failed", "recovery_decided", "step_dispatched"]
    assert '"validation_error"' in str(house.query("SELECT data FROM history WHERE event = 'attempt_failed'")[0][0])
    assert tag in house.channel.acked


@pytest.mark.parametrize("who", ["another agent's key", "another user"])
async def test_a_refused_result_of_another_sender_fails_no_attempt(house: House, who: str) -> None:
    saga_id, task = await started(house)
    body = spoiled(house, task, "a field of the wrong type")
    if who == "another user":
        house.answer(body, user_id="ui-ux-specialist")
    else:
        house.answer(body, agent="ui-ux-specialist")
    await house.settle()
    assert len(house.quarantined()) == 1
    assert "attempt_failed" not in house.events(saga_id)


async def test_the_process_span_of_a_refused_message_carries_the_code(
    house: House, spans: InMemorySpanExporter
) -> None:
    saga_id, task = await started(house)
    for body in (house.result(task), {**house.result(task), "output": {"summary": "other"}}):
        house.answer(body)
        await house.settle()
    house.answer({**house.result(task), "task_id": str(uuid4())})
    house.answer(house.result({**task, "correlation_id": str(uuid4())}))
    house.answer(b"hello")
    house.submit(STEP, correlation_id=str(saga_id), request="another")
    house.submit(STEP, deadline="2020-01-01T00:00:00Z")
    await house.settle()
    reported = [dict(span.attributes or {}).get("error.type") for span in spans.get_finished_spans()]
    codes = [code for _, code in house.quarantined()]
    assert Counter(code for code in reported if code) == Counter(codes)
    assert set(codes) == {
        "CONFLICTING_RESULT",
        "LATE_RESULT",
        "UNKNOWN_SAGA",
        "NOT_JSON",
        "CONFLICTING_REQUEST",
        "DEADLINE_PAST",
    }


async def test_a_refused_result_of_an_unknown_saga_is_quarantined(house: House) -> None:
    task = {"id": str(uuid4()), "correlation_id": str(uuid4()), "attempt": 1}
    house.answer(spoiled(house, task, "a key twice"))
    await house.settle()
    assert house.quarantined() == [("result", "DUPLICATE_KEY")]


async def test_a_task_that_the_broker_refuses_for_good_is_quarantined_and_its_step_fails_with_the_reason(
    house: House,
) -> None:
    house.bus.answer = lambda out: MessageRefused("no such thing") if out.type == "agent-task.v1" else None
    saga_id = house.submit(STEP)
    await house.settle()
    assert house.quarantined() == [("outbox", "UNPROCESSABLE")]
    assert house.status(saga_id) == "failed"
    assert "no such thing" in str(house.query("SELECT state FROM saga")[0][0])
    assert house.query("SELECT type FROM outbox WHERE type = 'agent-task.v1'") == []


async def test_a_task_too_large_for_any_agent_is_not_sent_and_its_step_fails_at_once(
    house: House,
) -> None:
    second: dict[str, object] = {"id": "pages", "agent": "ui-ux-specialist", "depends_on": ["schema"]}
    saga_id = house.submit(STEP, second, constraints=["x" * 4096] * 200)
    await house.settle()
    house.answer(house.result(house.bus.tasks()[0], output={"data": {"text": "y" * 250_000}}))
    await house.settle()
    assert [task["step"] for task in house.bus.tasks()] == ["schema"]
    assert house.status(saga_id) == "failed"
    assert "CONTEXT_TOO_LARGE: the task of step pages has " in str(house.query("SELECT state FROM saga")[0][0])
    assert house.quarantined() == []


async def test_an_optional_step_with_too_large_a_context_is_never_retried_and_its_dependents_continue(
    house: House,
) -> None:
    many: dict[str, object] = {"decisions": {f"key-{number}": "v" * 4096 for number in range(60)}}
    steps = [{"id": name, "agent": AGENT, "depends_on": after, "optional": True} for name, after in AFTER.items()]
    saga_id = house.submit(*steps)
    await house.settle()
    for task in house.bus.tasks():
        house.answer(house.result(task, output=many | {"summary": "much was decided"}))
        await house.settle()
    assert [each["step"] for each in house.bus.tasks()] == ["a", "b", "d"]
    house.answer(house.result(house.bus.tasks()[-1]))
    await house.settle()
    assert house.status(saga_id) == "completed"
    events = house.events(saga_id)
    assert (events.count("attempt_failed"), events.count("step_failed")) == (1, 1)
    assert house.quarantined() == []


async def test_an_event_that_cannot_be_sent_is_quarantined_and_its_saga_continues(house: House) -> None:
    house.bus.answer = lambda out: MessageRefused("no such exchange") if out.type == "saga-events.v1" else None
    saga_id = house.submit(STEP)
    await house.settle()
    assert house.quarantined() == [("outbox", "UNPROCESSABLE")]
    assert house.status(saga_id) == "running"


async def test_a_request_that_cannot_be_processed_is_quarantined_and_its_neighbours_are_processed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: RequestSubmitted, cards: Sequence[Card]) -> PlannedRequest:
        if message.request == "the bad one":
            raise RuntimeError("a defect")
        return plan_request(message, cards)

    monkeypatch.setattr(submissions, "plan_request", broken)
    good = [house.submit(STEP) for _ in range(5)]
    house.submit(STEP, request="the bad one")
    good += [house.submit(STEP) for _ in range(5)]
    await house.settle()
    assert [house.status(each) for each in good] == ["running"] * 10
    assert house.quarantined() == [("request", "UNPROCESSABLE")]
    assert sorted(house.channel.acked) == list(range(1, 12))


async def test_a_result_whose_consequences_cannot_be_stored_fails_only_its_attempt(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, bad_task = await started(house)
    good, good_task = await started(house)

    def broken(*given: object) -> object:
        if given[1].id == bad and given[0].overall_success:  # type: ignore[attr-defined]
            raise RuntimeError("a defect")
        return to_result(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("creatorflow_orchestrator.shell.processing.final_result.to_result", broken)
    house.answer(house.result(bad_task))
    house.answer(house.result(good_task))
    await house.settle()
    assert house.status(good) == "completed"
    assert house.events(bad)[-3:] == ["attempt_failed", "recovery_decided", "step_dispatched"]
    assert house.quarantined() == [("result", "UNPROCESSABLE")]


async def test_a_saga_that_cannot_be_processed_at_its_wake_up_waits_and_the_others_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [house.submit(STEP) for _ in range(4)]
    await house.settle()

    def broken(*given: object) -> object:
        if given[1].id == ids[1]:  # type: ignore[attr-defined]
            raise RuntimeError("a defect")
        return to_result(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("creatorflow_orchestrator.shell.processing.final_result.to_result", broken)
    for saga_id in ids:
        body: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(saga_id)}
        if saga_id != ids[1]:
            house.deliver(topology.COMMANDS_QUEUE, body, topology.command_key("cancel"))
    with_past_deadline(house)
    house.due()
    await house.settle()
    assert [house.status(each) for each in ids] == ["cancelled", "running", "cancelled", "cancelled"]


def with_past_deadline(house: House) -> None:
    """Let every deadline be long past."""
    with sqlite3.connect(house.file) as connection:
        rows = connection.execute("SELECT id, state FROM saga").fetchall()
        for saga_id, state in rows:
            held = json.loads(state)
            held["saga"]["definition"]["deadline"] = "2020-01-01T00:00:00Z"
            connection.execute("UPDATE saga SET state = ? WHERE id = ?", [json.dumps(held), saga_id])


async def test_an_unreadable_saga_affects_no_other(house: House) -> None:
    bad, bad_task = await started(house)
    good, good_task = await started(house)
    with sqlite3.connect(house.file) as connection:
        connection.execute("UPDATE saga SET state = '{\"saga\": 1}' WHERE id = ?", [str(bad)])
    house.answer(house.result(bad_task))
    house.answer(house.result(good_task))
    house.due()
    await house.settle()
    assert house.status(good) == "completed"
    assert house.quarantined() == [("result", "UNPROCESSABLE")]
    assert house.channel.acked == [1, 2, 3, 4]


async def test_a_plan_with_too_deeply_nested_children_is_refused_before_anything_runs(house: House) -> None:
    plan: dict[str, object] = {"steps": [STEP]}
    for _ in range(4):
        plan = {"steps": [{"id": "child", "plan": plan}]}
    house.submit(plan=plan)
    await house.settle()
    assert house.quarantined() == [("request", "PLAN_INVALID")]
    assert house.query("SELECT * FROM saga") == []


async def test_a_refused_child_request_fails_its_parents_step_at_once(house: House) -> None:
    parent = house.submit({"id": "child", "request": "sing me a song"})
    await house.settle()
    for name, queue in (("request-submitted.v1", topology.SUBMIT_QUEUE), ("agent-result.v1", topology.RESULTS_QUEUE)):
        sent = next(each for each in house.bus.sent if each.type == name)
        house.deliver(queue, sent.body, sent.routing_key)
        await house.settle()
    assert house.quarantined() == [("request", "NO_AGENT_MATCHES")]
    assert house.status(parent) == "failed"


async def test_no_client_can_start_a_child_of_anothers_saga(house: House) -> None:
    parent = {"correlation_id": str(uuid4()), "task_id": str(uuid4()), "step": "child", "attempt": 1, "depth": 1}
    house.submit(STEP, parent=parent)
    await house.settle()
    assert house.quarantined() == [("request", "PROPERTY_MISMATCH")]
    assert house.bus.sent == []
