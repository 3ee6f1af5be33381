"""What recovery decides, in the trace: an event of the span in which it was decided, with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from creatorflow.semconv import AGENT_NAME, CONVERSATION
from creatorflow.telemetry import extract, is_recording, tracer
from opentelemetry import trace

from creatorflow_orchestrator.core.commands import Command, Record

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
MAX_REASON = 500


def trace_decisions(saga_id: UUID, commands: Sequence[Command], headers: Mapping[str, str]) -> None:
    """Add the decisions among the commands to the current span, or to one of their own that goes on from `headers`.

    There is no current span where no message was processed: a silence, a count of consumers, a task that was returned.
    """
    told = [each for each in commands if isinstance(each, Record) and each.event in TOLD]
    if not told or not is_recording():
        return
    span = trace.get_current_span()
    if span.is_recording():
        _add(span, told)
        return
    attributes = {CONVERSATION: str(saga_id)}
    with tracer().start_as_current_span("recover", context=extract(headers), attributes=attributes) as own:
        _add(own, told)


def _add(span: trace.Span, records: Sequence[Record]) -> None:
    for record in records:
        attributes: dict[str, str | int] = {}
        if record.event in REASONED:
            attributes["creatorflow.reason"] = record.message[:MAX_REASON]
        if record.step is not None:
            attributes["creatorflow.step"] = record.step
        if record.attempt is not None:
            attributes["creatorflow.attempt"] = record.attempt
        if record.agent is not None:
            attributes[AGENT_NAME] = record.agent
        for name in ("decision", "failure", "next_agent"):
            if isinstance(value := record.data.get(name), str):
                attributes[f"creatorflow.{name}"] = value
        span.add_event(record.event, attributes)
