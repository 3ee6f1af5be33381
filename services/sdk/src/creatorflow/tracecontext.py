"""Trace propagation: the trace of a message in its headers, also while a message is stored before it is sent.

A message carries `traceparent` and `tracestate` (W3C) and no more: baggage from outside is not trusted. A request
without a trace begins the one whose id is the request's own, so that every process that handles it uses the same trace,
also after a crash, and its address is known in advance.

Stored headers (of an outbox row, of a spooled result) may have more, which is never sent:

    cause   the `traceparent` of the message from which it follows; empty if that had none. The span in `traceparent`
            belongs to the process that stored it, which may die before the span is exported. Another process that sends
            the message continues the cause, with a link to the possibly lost span: no span has a missing parent.
    links   the `traceparent`s to which the span of the publish is linked
    trace   the trace's id, where there is no span to continue
    span    the id of the publish's span at its first attempt, in any process. After a crash the process that repeats
            the publish exports the span under this id, so that the spans below the lost one have their parent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context, get_value, set_value
from opentelemetry.trace import Link, Span, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT, TRACESTATE = "traceparent", "tracestate"
CAUSE, LINKS, TRACE, SPAN = "cause", "links", "trace", "span"

Headers = Mapping[str, str]

_w3c = TraceContextTextMapPropagator()
_CARRIED = "creatorflow-carried"
MAX_STATE = 512
"""Characters of a `tracestate` that W3C asks all to propagate; a longer one is dropped, for it is stored many times."""


def inject(context: Context | None = None) -> dict[str, str]:
    """Return the headers that propagate the current (or this) trace; empty if there is none."""
    headers: dict[str, str] = {}
    _w3c.inject(headers, context)
    return headers


def extract(headers: Mapping[str, object]) -> Context:
    """Return the trace in a message's headers; invalid headers give none."""
    carrier = {TRACEPARENT: came} if isinstance(came := headers.get(TRACEPARENT), str) else {}
    if isinstance(state := headers.get(TRACESTATE), str) and len(state) <= MAX_STATE:
        carrier[TRACESTATE] = state
    return _w3c.extract(carrier, Context())


def own_trace_id(conversation: str | None) -> int:
    """Return the id of the trace that a request without one begins: its own id; 0 for a value that is not a UUID."""
    try:
        return UUID(conversation).int if conversation else 0
    except ValueError:
        return 0


def trace_seen(span: Span, conversation: str | None) -> str | None:
    """Return the id of a span's trace as 32 hex digits; without recording here, of the trace its receiver begins.

    None if it will not be recorded: an earlier sender has decided so, or there is no conversation to name it.
    """
    context = span.get_span_context()
    if context.is_valid:
        return f"{context.trace_id:032x}" if context.trace_flags.sampled else None
    begun = own_trace_id(conversation)
    return f"{begun:032x}" if begun else None


def trace_of(headers: Headers) -> str:
    """Return the trace id in stored headers, as 32 hex digits; empty if they have none."""
    return headers[TRACEPARENT][3:35] if TRACEPARENT in headers else headers.get(TRACE, "")


class Continuation(NamedTuple):
    """The position of a new span: below `parent`, else as the first in `trace` (0: in a new trace)."""

    parent: Context
    trace: int
    links: list[Link]


def continuation(kept: Headers, conversation: str | None) -> Continuation:
    """Return the position of the span that publishes a message with these stored headers."""
    links = [link for name in kept.get(LINKS, "").split(",") if name and (link := _link(name)) is not None]
    return Continuation(extract(kept), number(kept, TRACE) or own_trace_id(conversation), links)


def number(kept: Headers, name: str) -> int:
    """Return a trace's or span's id among stored headers; 0 if there is none."""
    try:
        return int(kept.get(name, "0"), 16)
    except ValueError:
        return 0


def sendable(kept: Headers) -> Headers:
    """Return those of the stored headers that are sent with a message."""
    if not kept or (len(kept) == 1 and TRACEPARENT in kept):
        return kept
    return {key: kept[key] for key in (TRACEPARENT, TRACESTATE) if key in kept}


def carried() -> Headers:
    """Return the headers to store for messages that follow from the one being processed; shared by many rows."""
    kept = get_value(_CARRIED)
    return kept if isinstance(kept, dict) else inject()


def carrying(context: Context, cause: SpanContext | None = None) -> Context:
    """Return the context in which a message is processed; messages that follow from it are stored with its `cause`."""
    kept = inject(context)
    if cause is not None:
        kept[CAUSE] = traceparent(cause) if cause.is_valid else ""
    return set_value(_CARRIED, kept, context)


def traceparent(span: SpanContext) -> str:
    """Return the value of the header `traceparent` for a span."""
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def another_process(kept: Headers) -> Headers:
    """Return the headers that another process than the one that stored these continues."""
    lost, cause = kept.get(TRACEPARENT), kept.get(CAUSE)
    if lost is None or cause is None:
        return kept
    begins = {TRACEPARENT: cause} if cause else {TRACE: lost[3:35]}
    more = {SPAN: kept[SPAN]} if SPAN in kept else {}
    return begins | more | {LINKS: ",".join(filter(None, (kept.get(LINKS, ""), lost)))}


def resumed(original: Mapping[str, object]) -> dict[str, str]:
    """Return the headers to store for a message that is redriven.

    It continues the trace of `original`, the headers it arrived with, and its publish is linked to that trace and to
    the current span, which causes it.
    """
    headers = inject(extract(original))
    linked = [source[TRACEPARENT] for source in (headers, inject()) if TRACEPARENT in source]
    if not headers and isinstance(begun := original.get(TRACE), str):
        headers[TRACE] = begun
    return headers | ({LINKS: ",".join(linked)} if linked else {})


def with_span(kept: Headers) -> Headers:
    """Return the headers to store for one message, with the id of the span that will publish it."""
    return {**kept, SPAN: f"{span_named(secrets.token_hex(8)):016x}"} if kept else kept


def span_named(name: str) -> int:
    """Return a span id derived from a name: the same name gives the same id."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) or 1


_wanted: ContextVar[tuple[int, int]] = ContextVar("wanted", default=(0, 0))


class ids:
    """Gives a span that starts inside this id, and, if it has no parent, this trace; 0 means a random id."""

    __slots__ = ("_token", "_wanted")

    def __init__(self, trace_id: int = 0, span_id: int = 0) -> None:
        self._wanted = (trace_id, span_id)

    def __enter__(self) -> None:
        self._token = _wanted.set(self._wanted)

    def __exit__(self, *_: object) -> None:
        _wanted.reset(self._token)


def wanted_ids() -> tuple[int, int]:
    """Return the trace and span ids that `ids` requests, for the id generator."""
    return _wanted.get()


def _link(traceparent: str) -> Link | None:
    context = trace.get_current_span(extract({TRACEPARENT: traceparent})).get_span_context()
    return Link(context) if context.is_valid else None
