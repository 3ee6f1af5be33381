"""Which trace a message belongs to, told in headers, and kept where a message waits to be sent.

A message carries `traceparent` and `tracestate` (W3C) and no more: baggage from outside is not trusted. A request that
brings no trace begins the one whose id is the request's own, so that every process that meets it finds the same one,
also after a crash, and anybody can say where it is to be seen.

What is kept (an outbox row's headers, a spooled result's) may have more, which is never sent:

    cause   the `traceparent` of the message from which it follows; empty when that had none. The span in `traceparent`
            is that of the process that kept it, which may die before the span is exported. Another process that sends
            the message goes on from the cause, with a link to what may be lost: nothing hangs from a missing span.
    links   the `traceparent`s that the publish is to be linked to
    trace   the trace's id, where there is no span to go on from
    span    the id of the publish at its first try, in whichever process. A publish that a crash has cut off is told by
            whoever makes it again, and what the lost one has caused finds it.
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
"""Characters of a `tracestate`, as W3C would have all pass on; a longer one is left out, for it is kept many times."""


def inject(context: Context | None = None) -> dict[str, str]:
    """The headers that carry the current (or this) trace on; empty when there is none."""
    headers: dict[str, str] = {}
    _w3c.inject(headers, context)
    return headers


def extract(headers: Mapping[str, object]) -> Context:
    """The trace that a message's headers carry; what is no trace is none."""
    carrier = {TRACEPARENT: came} if isinstance(came := headers.get(TRACEPARENT), str) else {}
    if isinstance(state := headers.get(TRACESTATE), str) and len(state) <= MAX_STATE:
        carrier[TRACESTATE] = state
    return _w3c.extract(carrier, Context())


def own_trace_id(conversation: str | None) -> int:
    """The id of the trace that a request without one begins: its own. 0 for what is no UUID."""
    try:
        return UUID(conversation).int if conversation else 0
    except ValueError:
        return 0


def trace_seen(span: Span, conversation: str | None) -> str | None:
    """The id of a span's trace, as 32 hex digits; of that which its receiver begins, where nobody records here.

    None where nobody will: somebody before us has decided so, or there is no conversation to name it.
    """
    context = span.get_span_context()
    if context.is_valid:
        return f"{context.trace_id:032x}" if context.trace_flags.sampled else None
    begun = own_trace_id(conversation)
    return f"{begun:032x}" if begun else None


def trace_of(headers: Headers) -> str:
    """The trace of headers that were kept, as 32 hex digits; nothing when they tell of none."""
    return headers[TRACEPARENT][3:35] if TRACEPARENT in headers else headers.get(TRACE, "")


class Continuation(NamedTuple):
    """Where a span goes on: below `parent`, else as the first of its kind in `trace` (0: in one of its own)."""

    parent: Context
    trace: int
    links: list[Link]


def continuation(kept: Headers, conversation: str | None) -> Continuation:
    """Where the publish of a message with these kept headers goes on."""
    links = [link for each in kept.get(LINKS, "").split(",") if each and (link := _link(each)) is not None]
    return Continuation(extract(kept), number(kept, TRACE) or own_trace_id(conversation), links)


def number(kept: Headers, name: str) -> int:
    """A trace's or span's id among kept headers; 0 when there is none."""
    try:
        return int(kept.get(name, "0"), 16)
    except ValueError:
        return 0


def sendable(kept: Headers) -> Headers:
    """Of kept headers those that a message carries."""
    if not kept or (len(kept) == 1 and TRACEPARENT in kept):
        return kept
    return {key: kept[key] for key in (TRACEPARENT, TRACESTATE) if key in kept}


def carried() -> Headers:
    """The headers to keep for what follows from the message that is being processed; as they are, for many rows."""
    kept = get_value(_CARRIED)
    return kept if isinstance(kept, dict) else inject()


def carrying(context: Context, cause: SpanContext | None = None) -> Context:
    """The context in which a message is processed: what follows from it is kept with its cause, if that is told."""
    kept = inject(context)
    if cause is not None:
        kept[CAUSE] = traceparent(cause) if cause.is_valid else ""
    return set_value(_CARRIED, kept, context)


def traceparent(span: SpanContext) -> str:
    """A span as the header names it."""
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def another_process(kept: Headers) -> Headers:
    """What another process than the one that kept these headers goes on from."""
    lost, cause = kept.get(TRACEPARENT), kept.get(CAUSE)
    if lost is None or cause is None:
        return kept
    begins = {TRACEPARENT: cause} if cause else {TRACE: lost[3:35]}
    more = {SPAN: kept[SPAN]} if SPAN in kept else {}
    return begins | more | {LINKS: ",".join(filter(None, (kept.get(LINKS, ""), lost)))}


def resumed(original: Mapping[str, object]) -> dict[str, str]:
    """The headers to keep for a message that is sent again long after: it goes on in the trace of `original`, the
    headers it came with, and its publish is linked to that and to the current span, whose doing it is."""
    headers = inject(extract(original))
    linked = [told[TRACEPARENT] for told in (headers, inject()) if TRACEPARENT in told]
    if not headers and isinstance(begun := original.get(TRACE), str):
        headers[TRACE] = begun
    return headers | ({LINKS: ",".join(linked)} if linked else {})


def with_span(kept: Headers) -> Headers:
    """The headers to keep for one message, whose publish then has its id before it is made."""
    return {**kept, SPAN: f"{span_named(secrets.token_hex(8)):016x}"} if kept else kept


def span_named(name: str) -> int:
    """A span's id that is the same for the same name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) or 1


_wanted: ContextVar[tuple[int, int]] = ContextVar("wanted", default=(0, 0))


class ids:
    """A span that starts inside has this id, and, where it goes on from none, this trace; 0 leaves it to chance."""

    __slots__ = ("_token", "_wanted")

    def __init__(self, trace_id: int = 0, span_id: int = 0) -> None:
        self._wanted = (trace_id, span_id)

    def __enter__(self) -> None:
        self._token = _wanted.set(self._wanted)

    def __exit__(self, *_: object) -> None:
        _wanted.reset(self._token)


def wanted_ids() -> tuple[int, int]:
    """For whoever makes ids: what `ids` asks for."""
    return _wanted.get()


def _link(traceparent: str) -> Link | None:
    context = trace.get_current_span(extract({TRACEPARENT: traceparent})).get_span_context()
    return Link(context) if context.is_valid else None
