"""Checks traces, from the data sent to a collector or from Jaeger's answer, against one table of rules.

One request is one trace. No parent is missing, every parent is of a kind that the table allows, every span has the
attributes of the conventions, and none contains content of messages. Pure: spans in, sentences out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = Any
"""The value of an attribute: a string, a number, a boolean, or a list of them."""

REQUEST = "publish creatorflow.requests:request.submitted"
COMMAND = "publish creatorflow.requests:command."
TASK = "publish creatorflow.tasks:"

PARENTS: Mapping[str, tuple[str, ...]] = {
    # A request or a command: that of a client begins the trace; a child's request and the like follow from a message,
    # from a recovery, or (if another process sends it than the one that wrote it) from the message that caused it.
    REQUEST: ("", "process creatorflow.", "recover", "publish creatorflow."),
    COMMAND: ("", "process creatorflow.", "recover", "publish creatorflow."),
    TASK: ("process creatorflow.", "recover", "publish creatorflow."),
    "publish creatorflow.results:claim.": (TASK,),
    "publish creatorflow.results:result.saga.": ("process creatorflow.", "recover", "publish creatorflow."),
    "publish creatorflow.results:result.": ("process creatorflow.tasks:", TASK),
    "publish creatorflow.events:": ("process creatorflow.", "recover", "publish creatorflow."),
    "publish amq.default:": ("process creatorflow.", "recover", "publish creatorflow."),
    # A message is processed below its publish; one that was received without a trace, below its saga's request.
    "process creatorflow.dead-letters:task.": (TASK,),
    "process creatorflow.": ("publish creatorflow.",),
    "plan": ("process creatorflow.requests:request.submitted",),
    "invoke_agent ": ("process creatorflow.tasks:task.",),
    "invoke_workflow": (REQUEST,),
    "recover": (REQUEST,),
}
"""The beginning of a span's name to the allowed beginnings of its parent's name; "" stands for no parent. The first
match counts."""

_WHOSE = "messaging.message.conversation_id"
"""Missing from the span of a message that was refused because its request is unknown."""
_BROKER = (
    "messaging.system",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.destination.name",
    "messaging.rabbitmq.destination.routing_key",
    "messaging.message.id",
    _WHOSE,
    "server.address",
    "server.port",
)
_AGENT = ("gen_ai.operation.name", "gen_ai.agent.name", "gen_ai.conversation.id")
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "publish ": _BROKER,
    "process ": (*_BROKER, "messaging.rabbitmq.message.delivery_tag"),
    "invoke_agent ": _AGENT,
    "invoke_workflow": _AGENT,
    "plan": _AGENT,
    "recover": (_WHOSE,),
}
KINDS = {"publish": "producer", "process": "consumer"}


@dataclass(frozen=True, slots=True)
class Span:
    """One span; ids are hex digits, times are nanoseconds since 1970."""

    trace: str
    id: str
    parent: str | None
    name: str
    service: str
    kind: str
    """`producer`, `consumer`, `internal`, ..."""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    """Trace id and span id of each link."""
    start_ns: int = 0
    end_ns: int = 0
    events: tuple[tuple[str, Mapping[str, Value]], ...] = ()
    """Name and attributes of each event."""

    @property
    def failed(self) -> bool:
        """True if the span has an error."""
        return "error.type" in self.attributes


def services(spans: Iterable[Span]) -> set[str]:
    """The services that have spans."""
    return {span.service for span in spans}


def faults(spans: Sequence[Span], *, stranger: bool = False) -> list[str]:
    """Describe each fault in the spans of one request; empty if there is none.

    `stranger`: the request was sent without a trace, so spans of any kind may have no parent.
    """
    by_id = {span.id: span for span in spans}
    return [
        *_one_trace(spans),
        *(sentence for span in spans for sentence in _of_span(span, by_id, stranger)),
    ]


def contents(spans: Iterable[Span], words: Iterable[str]) -> list[str]:
    """Report the spans that contain any of these words, although content must stay out of traces."""
    return [
        f"{span.name} of {span.service} contains {word!r}"
        for span in spans
        for word in words
        if word in repr((span.name, span.attributes, span.events))
    ]


def _one_trace(spans: Sequence[Span]) -> Iterator[str]:
    traces = {span.trace for span in spans}
    if len(traces) != 1:
        yield f"there are {len(traces)} traces, not one"


def _of_span(span: Span, by_id: Mapping[str, Span], stranger: bool) -> Iterator[str]:
    called = f"{span.name} of {span.service}"
    parent = by_id.get(span.parent) if span.parent else None
    if span.parent and parent is None:
        yield f"{called} is an orphan: its parent {span.parent} is missing"
    else:
        yield from _of_parent(span, parent, called, stranger)
    operation = span.name.split(" ")[0]
    if operation in KINDS and span.kind != KINDS[operation]:
        yield f"{called} is of kind {span.kind}, not {KINDS[operation]}"
    required = next((names for beginning, names in ATTRIBUTES.items() if span.name.startswith(beginning)), None)
    if required is None:
        yield f"{called} has an unknown name"
    if missing := [
        name for name in required or () if name not in span.attributes and not (name == _WHOSE and span.failed)
    ]:
        yield f"{called} lacks {', '.join(missing)}"
    if span.end_ns < span.start_ns:
        yield f"{called} ends before it starts"


def _of_parent(span: Span, parent: Span | None, called: str, stranger: bool) -> Iterator[str]:
    allowed = next((names for beginning, names in PARENTS.items() if span.name.startswith(beginning)), ())
    above = "" if parent is None else parent.name
    if parent is None and stranger:
        return
    if not any(above.startswith(beginning) if beginning else not above for beginning in allowed):
        yield f"{called} is below {above or 'nothing'}, where it does not belong"
    if parent is None:
        return
    if span.name.startswith("process ") and (span.trace, parent.id) not in span.links:
        yield f"{called} has no link to the message that it processes"
    if span.name.startswith(("plan", "invoke_agent")) and span.service != parent.service:
        yield f"{called} is below a span of {parent.service}"
    if span.name.startswith("process ") and not _same_message(span, parent):
        yield f"{called} is below {above}, which sent another message"


def _same_message(span: Span, parent: Span) -> bool:
    """True if `parent` published the message that `span` processes; a dead letter arrives by another exchange."""
    sent = str(parent.attributes.get("messaging.destination.name", ""))
    received = str(span.attributes.get("messaging.destination.name", ""))
    return received.startswith((f"{sent}:", f"creatorflow.dead-letters:{sent.partition(':')[2]}:"))


# -- from the data sent to a collector ---------------------------------------------------------------------------------


def from_otlp(request: Any) -> list[Span]:
    """The spans of an `ExportTraceServiceRequest` of opentelemetry-proto."""
    return [
        _from_proto(span, str(_attributes(resource.resource.attributes).get("service.name", "")))
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _from_proto(span: Any, service: str) -> Span:
    kinds = ("unspecified", "internal", "server", "client", "producer", "consumer")
    return Span(
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex() or None,
        name=span.name,
        service=service,
        kind=kinds[span.kind],
        attributes=_attributes(span.attributes),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        events=tuple((event.name, _attributes(event.attributes)) for event in span.events),
    )


def _attributes(pairs: Any) -> dict[str, Value]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value") for pair in pairs}
