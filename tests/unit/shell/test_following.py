"""What each message follows from, in the trace of its saga: also where one batch holds several, and where what came
has a trace of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.core.state.commands import Record
from creatorflow_orchestrator.shell.observability.saga_spans import trace_decisions

from tests.servers.spans import recording

from .orchestrator_in_memory import AGENT, House

TRACE, OTHER = "a" * 32, "b" * 32


def came(span: str, trace: str = TRACE) -> dict[str, str]:
    return {"traceparent": f"00-{trace}-{span * 16}-01"}


def step(name: str, *after: str) -> dict[str, object]:
    return {"id": name, "agent": AGENT, "description": f"do {name}", "depends_on": list(after)}


async def submitted(house: House, *steps: dict[str, object]) -> UUID:
    saga = UUID(int=1)
    request = {"contract": "request-submitted.v1", "correlation_id": str(saga), "request": "x"}
    house.deliver(
        topology.SUBMIT_QUEUE, {**request, "plan": {"steps": steps}}, topology.submit_key(), headers=came("1")
    )
    await house.settle()
    return saga


def sent(house: House) -> dict[str, str]:
    """Step to the trace that its task carries."""
    tasks = [each for each in house.bus.sent if each.type == "agent-task.v1"]
    reported = zip(house.bus.tasks(), tasks, strict=True)
    return {str(task["step"]): str(message.headers["traceparent"]) for task, message in reported}


async def test_each_task_continues_the_result_that_made_it_ready_even_within_one_batch(house: House) -> None:
    await submitted(house, step("one"), step("two"), step("after-one", "one"), step("after-two", "two"))
    for task, span in zip(house.bus.tasks(), "23", strict=True):
        house.answer(house.result(task), headers=came(span))
    await house.settle()
    traces = sent(house)
    assert (traces["after-one"], traces["after-two"]) == (came("2")["traceparent"], came("3")["traceparent"])


async def test_the_consequence_of_a_message_of_another_trace_stays_in_the_sagas_trace_linked_to_it(
    house: House,
) -> None:
    with recording() as spans:
        await submitted(house, step("one"), step("two", "one"))
        house.answer(house.result(house.bus.tasks()[0]), headers=came("2", OTHER))
        await house.settle()
    assert {trace.split("-")[1] for trace in sent(house).values()} == {TRACE}
    finished = spans.get_finished_spans()
    (processed,) = [span for span in finished if span.context and f"{span.context.trace_id:032x}" == OTHER]
    published = [span for span in finished if span.name == f"publish creatorflow.tasks:task.{AGENT}.v1"][-1]
    assert published.parent is not None and processed.context is not None
    assert f"{published.parent.span_id:016x}" == "1" * 16
    assert [link.context.span_id for link in published.links] == [processed.context.span_id]


async def test_a_timed_event_belongs_to_the_trace_of_its_saga(house: House) -> None:
    with recording() as spans:
        await submitted(house, step("one"))
        task = house.bus.tasks()[0]
        error = {"type": "retryable", "message": "not yet"}
        house.answer(house.result(task, success=False, output={}, error=error), headers=came("2"))
        await house.settle()
        house.ahead += timedelta(minutes=5)
        house.due(house.now())
        await house.settle()
    first, again = [span for span in spans.get_finished_spans() if span.name.startswith("publish creatorflow.tasks")]
    assert first.context is not None and again.context is not None and again.parent is not None
    assert first.context.trace_id == again.context.trace_id == int(TRACE, 16)
    assert f"{again.parent.span_id:016x}" == "1" * 16


async def test_a_traced_command_does_not_capture_an_untraced_saga_without_recording(
    house: House,
) -> None:
    saga_id = house.submit(step("one"))
    await house.settle()
    body: dict[str, object] = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "one"}
    retry = body | {"action": "retry"}
    house.deliver(topology.COMMANDS_QUEUE, retry, topology.command_key("step"), headers=came("2", OTHER))
    await house.settle()
    assert len(house.bus.tasks()) == 2
    assert not [each for each in house.bus.sent if OTHER in str(each.headers) and each.exchange == topology.TASKS]


@pytest.mark.parametrize("kind", ["permanent", "timeout", "retryable", "validation_error"])
async def test_an_agents_error_message_is_in_no_span(house: House, kind: str) -> None:
    with recording() as spans:
        saga_id = await submitted(house, step("one"))
        answered = 0
        while house.status(saga_id) == "running":
            while answered < len(house.bus.tasks()):
                error = {"type": kind, "message": "pw=hunter2"}
                house.answer(house.result(house.bus.tasks()[answered], success=False, output={}, error=error))
                answered += 1
                await house.settle()
            house.ahead += timedelta(minutes=5)
            house.due(house.now())
            await house.settle()
    reported = [span.to_json() for span in spans.get_finished_spans()]
    assert any("creatorflow.reason" in span for span in reported)
    assert not [span for span in reported if "hunter2" in span]


async def test_the_failure_reasons_of_tried_agents_are_in_no_span() -> None:
    why = f"No viable alternatives found: {AGENT} (pw=hunter2)"
    data = {"decision": "give_up", "failure": "timeout"}
    decided = Record(1, datetime(2026, 1, 1, tzinfo=UTC), "recovery_decided", "one", AGENT, 1, why, data)
    with recording() as spans:
        trace_decisions(UUID(int=1), [decided], {})
    (span,) = spans.get_finished_spans()
    assert (span.events[0].attributes or {})["creatorflow.reason"] == "No viable alternatives found"
