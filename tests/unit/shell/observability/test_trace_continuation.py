"""Each message continues the trace of its saga from its cause, also within one batch and with causes from other
traces."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.core.state.commands import Record
from creatorflow_orchestrator.shell.observability.saga_spans import trace_decisions

from tests.servers.spans import recording
from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator

TRACE, OTHER = "a" * 32, "b" * 32


def trace_headers(span: str, trace: str = TRACE) -> dict[str, str]:
    return {"traceparent": f"00-{trace}-{span * 16}-01"}


def step(name: str, *after: str) -> dict[str, object]:
    return {"id": name, "agent": AGENT, "description": f"do {name}", "depends_on": list(after)}


async def submitted(orchestrator: InMemoryOrchestrator, *steps: dict[str, object]) -> UUID:
    saga = UUID(int=1)
    request = {"contract": "request-submitted.v1", "correlation_id": str(saga), "request": "x"}
    orchestrator.deliver(
        topology.SUBMIT_QUEUE, {**request, "plan": {"steps": steps}}, topology.submit_key(), headers=trace_headers("1")
    )
    await orchestrator.process_all()
    return saga


def sent(orchestrator: InMemoryOrchestrator) -> dict[str, str]:
    """Return by step the trace context that its task carries."""
    tasks = [message for message in orchestrator.bus.sent if message.type == "agent-task.v1"]
    reported = zip(orchestrator.bus.tasks(), tasks, strict=True)
    return {str(task["step"]): str(message.headers["traceparent"]) for task, message in reported}


async def test_each_task_continues_the_result_that_made_it_ready_even_within_one_batch(
    orchestrator: InMemoryOrchestrator,
) -> None:
    await submitted(orchestrator, step("one"), step("two"), step("after-one", "one"), step("after-two", "two"))
    for task, span in zip(orchestrator.bus.tasks(), "23", strict=True):
        orchestrator.deliver_result(orchestrator.result_for(task), headers=trace_headers(span))
    await orchestrator.process_all()
    traces = sent(orchestrator)
    assert (traces["after-one"], traces["after-two"]) == (
        trace_headers("2")["traceparent"],
        trace_headers("3")["traceparent"],
    )


async def test_the_consequence_of_a_message_of_another_trace_stays_in_the_sagas_trace_linked_to_it(
    orchestrator: InMemoryOrchestrator,
) -> None:
    with recording() as spans:
        await submitted(orchestrator, step("one"), step("two", "one"))
        orchestrator.deliver_result(
            orchestrator.result_for(orchestrator.bus.tasks()[0]), headers=trace_headers("2", OTHER)
        )
        await orchestrator.process_all()
    assert {trace.split("-")[1] for trace in sent(orchestrator).values()} == {TRACE}
    finished = spans.get_finished_spans()
    (processed,) = [span for span in finished if span.context and f"{span.context.trace_id:032x}" == OTHER]
    published = [span for span in finished if span.name == f"publish creatorflow.tasks:task.{AGENT}.v1"][-1]
    assert published.parent is not None and processed.context is not None
    assert f"{published.parent.span_id:016x}" == "1" * 16
    assert [link.context.span_id for link in published.links] == [processed.context.span_id]


async def test_a_timed_event_belongs_to_the_trace_of_its_saga(orchestrator: InMemoryOrchestrator) -> None:
    with recording() as spans:
        await submitted(orchestrator, step("one"))
        task = orchestrator.bus.tasks()[0]
        error = {"type": "retryable", "message": "not yet"}
        orchestrator.deliver_result(
            orchestrator.result_for(task, success=False, output={}, error=error), headers=trace_headers("2")
        )
        await orchestrator.process_all()
        orchestrator.ahead += timedelta(minutes=5)
        orchestrator.wake_all(orchestrator.now())
        await orchestrator.process_all()
    first, again = [span for span in spans.get_finished_spans() if span.name.startswith("publish creatorflow.tasks")]
    assert first.context is not None and again.context is not None and again.parent is not None
    assert first.context.trace_id == again.context.trace_id == int(TRACE, 16)
    assert f"{again.parent.span_id:016x}" == "1" * 16


async def test_a_traced_command_does_not_capture_an_untraced_saga_without_recording(
    orchestrator: InMemoryOrchestrator,
) -> None:
    saga_id = orchestrator.submit(step("one"))
    await orchestrator.process_all()
    body: dict[str, object] = {"contract": "step-command.v1", "correlation_id": str(saga_id), "step": "one"}
    retry = body | {"action": "retry"}
    orchestrator.deliver(
        topology.COMMANDS_QUEUE, retry, topology.command_key("step"), headers=trace_headers("2", OTHER)
    )
    await orchestrator.process_all()
    assert len(orchestrator.bus.tasks()) == 2
    assert not [
        message
        for message in orchestrator.bus.sent
        if OTHER in str(message.headers) and message.exchange == topology.TASKS
    ]


@pytest.mark.parametrize("kind", ["permanent", "timeout", "retryable", "validation_error"])
async def test_an_agents_error_message_is_in_no_span(orchestrator: InMemoryOrchestrator, kind: str) -> None:
    with recording() as spans:
        saga_id = await submitted(orchestrator, step("one"))
        answered = 0
        while orchestrator.status(saga_id) == "running":
            while answered < len(orchestrator.bus.tasks()):
                error = {"type": kind, "message": "pw=hunter2"}
                orchestrator.deliver_result(
                    orchestrator.result_for(orchestrator.bus.tasks()[answered], success=False, output={}, error=error)
                )
                answered += 1
                await orchestrator.process_all()
            orchestrator.ahead += timedelta(minutes=5)
            orchestrator.wake_all(orchestrator.now())
            await orchestrator.process_all()
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
