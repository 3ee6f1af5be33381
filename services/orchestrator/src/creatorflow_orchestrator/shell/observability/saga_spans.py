"""A saga in its trace: what is processed goes on in it, what recovery decides is told in it, its end closes it.

Rules for this file: the trace is the saga's, whatever trace a message about it came with (a person's command, an agent
that keeps none): what follows goes on in the saga's, with a link to the other. Nothing hangs beneath `invoke_workflow`,
which is made when all is over, so that a crash before the end leaves no span without its parent.
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
"""Whose doing planning, and the whole, is."""
TOLD = frozenset(
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
"""Whose message is the orchestrator's own word. The others' may hold what a request, an agent or a person has written,
and contents stay out of traces; the history has them."""
LAST = frozenset({"give_up", "park"})
"""Decisions that tell, after a colon, what agents have said."""
MAX_REASON = 500


def in_process(
    incoming: IncomingMessage, saga_id: UUID | None, held: Mapping[UUID, SagaRecord]
) -> AbstractContextManager[object]:
    """The span in which a message is processed; one that carries no trace goes on in that of its saga."""
    saga = held.get(saga_id) if saga_id is not None else None
    known = NO_HEADERS if saga is None else saga.trace
    return processing_span(incoming, None if saga_id is None else str(saga_id), known)


def origin_of(request: Delivery, saga_id: UUID) -> Headers:
    """What a new saga keeps of its trace: where its request came from, which no crash of ours takes away.

    Nothing, where the trace is the one that the request's own id names.
    """
    came = inject(extract(request.headers))
    own = carried()
    return came or ({} if trace_of(own) == saga_id.hex else {TRACE: trace_of(own)} if own else {})


@contextmanager
def planning(saga_id: UUID) -> Iterator[None]:
    """A span around the planning of a request."""
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
    """Tell the decisions among the commands in the span of the message that is being processed, or in one of their own
    in the trace that the `saga` keeps. Returns the headers to keep for what the commands send.

    No message is processed where a silence ends, consumers are counted or a task was returned.
    """
    own = carried()
    told = [command for command in commands if isinstance(command, Record) and command.event in TOLD]
    if own and trace_of(own) == (trace_of(saga) or saga_id.hex):
        if told:
            _add(trace.get_current_span(), told)
        return own
    if not is_recording():
        return saga
    begins = saga or {TRACE: saga_id.hex}
    onwards = {**begins, LINKS: own[TRACEPARENT]} if TRACEPARENT in own else begins
    return _told_aside(saga_id, told, onwards) if told else onwards


def _told_aside(saga_id: UUID, told: Sequence[Record], begins: Headers) -> Headers:
    parent, trace_id, links = continuation(begins, str(saga_id))
    attributes = {CONVERSATION: str(saga_id)}
    with ids(trace_id):
        span = tracer().start_span("recover", context=parent, attributes=attributes, links=links)
    _add(span, told)
    span.end()
    return inject(trace.set_span_in_context(span)) | {CAUSE: begins.get(TRACEPARENT, "")}


def trace_ends(done: CommittedBatch) -> None:
    """A batch is committed: the sagas that have ended in it are told whole."""
    if not is_recording():
        return
    for saga_id, commands in done.work.commands.items():
        for command in commands:
            if isinstance(command, Conclude) and saga_id not in done.lost:
                _trace_end(done.work.held[saga_id], command)


def _trace_end(held: SagaRecord, end: Conclude) -> None:
    saga = held.saga
    parent, trace_id, links = continuation(held.trace, str(saga.id))
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


def _own_words(record: Record) -> str:
    """The reason without what agents said: of each that was tried a last decision tells why it failed, in its words."""
    return record.message.partition(": ")[0] if record.data.get("decision") in LAST else record.message


def _add(span: trace.Span, records: Sequence[Record]) -> None:
    for record in records:
        attributes: dict[str, str | int] = {}
        if record.event in REASONED:
            attributes["creatorflow.reason"] = _own_words(record)[:MAX_REASON]
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
