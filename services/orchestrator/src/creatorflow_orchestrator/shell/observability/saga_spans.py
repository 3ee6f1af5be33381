"""Spans of sagas: the processing of messages, the decisions of recovery, and the whole saga at its end.

Rules for this file: the trace is the saga's, whatever trace a message about it came with (a person's command, an agent
that keeps none): spans that follow continue the saga's trace, with a link to the other. No span is a child of
`invoke_workflow`, which is made at the end, so that a crash before the end leaves no span without its parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from uuid import UUID

from creatorflow.bus import IncomingMessage
from creatorflow.semconv import AGENT_NAME, ATTEMPT, CONVERSATION, STEP
from creatorflow.telemetry import NO_HEADERS, child_span, fail, is_recording, operation, processing_span, tracer
from creatorflow.tracecontext import (
    CAUSE,
    LINKS,
    TRACE,
    TRACEPARENT,
    Headers,
    carried,
    continuation,
    extract,
    ids,
    inject,
    trace_of,
)
from creatorflow_contracts.ingress import Delivery
from opentelemetry import trace

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.state.commands import Command, Conclude, Record
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord

AGENT = "creatorflow-orchestrator"
"""The agent name of the spans of planning and of the whole saga."""
REPORTED = frozenset(
    {
        "recovery_decided",
        "step_held",
        "step_unavailable",
        "step_available",
        "step_added",
        "step_parked",
        "step_failed",
        "step_instructed",
        "compensating",
    }
)
REASONED = frozenset({"recovery_decided", "step_held", "step_unavailable", "step_available"})
"""Events whose message is the orchestrator's own text. The messages of others may contain text of a request, an agent
or a person, and contents stay out of traces; the history has them."""
FINAL_DECISIONS = frozenset({"give_up", "park"})
"""Decisions whose message contains, after a colon, text of agents."""
MAX_REASON = 500


def in_process(
    incoming: IncomingMessage, saga_id: UUID | None, sagas: Mapping[UUID, SagaRecord]
) -> AbstractContextManager[object]:
    """Start the span in which a message is processed; a message without a trace continues that of its saga."""
    saga_record = sagas.get(saga_id) if saga_id is not None else None
    known = NO_HEADERS if saga_record is None else saga_record.trace
    return processing_span(incoming, None if saga_id is None else str(saga_id), known)


def origin_of(request: Delivery, saga_id: UUID) -> Headers:
    """Return the headers that a new saga keeps of its request's trace, which a crash of ours does not lose.

    Empty, where the trace is the one that the request's own id names.
    """
    received = inject(extract(request.headers))
    own = carried()
    return received or ({} if trace_of(own) == saga_id.hex else {TRACE: trace_of(own)} if own else {})


@contextmanager
def planning(saga_id: UUID) -> Iterator[None]:
    """Open a span around the planning of a request."""
    with child_span("plan", operation("plan", AGENT, saga_id)) as span:
        try:
            yield
        except Refusal as refusal:
            fail(span, refusal.code)
            raise
        except BaseException as error:
            fail(span, error)
            raise


def trace_decisions(saga_id: UUID, commands: Sequence[Command], saga: Headers) -> Headers:
    """Add the decisions among the commands, as events, to the span of the message that is being processed, or to a span
    of their own in the trace that the `saga` keeps. Returns the headers to keep for the messages of the commands.

    No message is processed when a silence ends, consumers are counted or a task was returned.
    """
    own = carried()
    decisions = [command for command in commands if isinstance(command, Record) and command.event in REPORTED]
    if own and trace_of(own) == (trace_of(saga) or saga_id.hex):
        if decisions:
            _add(trace.get_current_span(), decisions)
        return own
    if not is_recording():
        return saga
    begins = saga or {TRACE: saga_id.hex}
    onwards = {**begins, LINKS: own[TRACEPARENT]} if TRACEPARENT in own else begins
    return _add_recover_span(saga_id, decisions, onwards) if decisions else onwards


def _add_recover_span(saga_id: UUID, decisions: Sequence[Record], begins: Headers) -> Headers:
    parent, trace_id, links = continuation(begins, str(saga_id))
    attributes = {CONVERSATION: str(saga_id)}
    with ids(trace_id):
        span = tracer().start_span("recover", context=parent, attributes=attributes, links=links)
    _add(span, decisions)
    span.end()
    return inject(trace.set_span_in_context(span)) | {CAUSE: begins.get(TRACEPARENT, "")}


def trace_ends(batch: CommittedBatch) -> None:
    """Make the span of the whole saga for each saga that ended in a committed batch."""
    if not is_recording():
        return
    for saga_id, commands in batch.state.commands.items():
        for command in commands:
            if isinstance(command, Conclude) and saga_id not in batch.lost:
                _trace_end(batch.state.sagas[saga_id], command)


def _trace_end(saga_record: SagaRecord, end: Conclude) -> None:
    saga = saga_record.saga
    parent, trace_id, links = continuation(saga_record.trace, str(saga.id))
    with ids(trace_id):
        span = tracer().start_span(
            "invoke_workflow",
            context=parent,
            links=links,
            start_time=_ns(saga.definition.submitted_at),
            attributes={**operation("invoke_workflow", AGENT, saga.id), "creatorflow.status": end.status.value},
        )
    if end.status.value == "failed":
        fail(span, end.status.value)
    span.end(_ns(end.at))


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000


def _own_text(record: Record) -> str:
    """Return the reason without text of agents: a final decision quotes why each tried agent failed."""
    return record.message.partition(": ")[0] if record.data.get("decision") in FINAL_DECISIONS else record.message


def _add(span: trace.Span, records: Sequence[Record]) -> None:
    for record in records:
        attributes: dict[str, str | int] = {}
        if record.event in REASONED:
            attributes["creatorflow.reason"] = _own_text(record)[:MAX_REASON]
        if record.step is not None:
            attributes[STEP] = record.step
        if record.attempt is not None:
            attributes[ATTEMPT] = record.attempt
        if record.agent is not None:
            attributes[AGENT_NAME] = record.agent
        for name in ("decision", "failure", "next_agent"):
            if isinstance(value := record.data.get(name), str):
                attributes[f"creatorflow.{name}"] = value
        span.add_event(record.event, attributes)
