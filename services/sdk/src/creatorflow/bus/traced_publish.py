"""Publishing with a producer span for each message, which is propagated in its headers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial

from opentelemetry.trace import Span, set_span_in_context

from creatorflow.semconv import MESSAGE_ID
from creatorflow.telemetry import end, is_recording, start_send
from creatorflow.tracecontext import inject, sendable

from .bus import PUBLISH_TIMEOUT, Bus
from .errors import BusError
from .messages import OutgoingMessage


async def publish_traced(
    bus: Bus, messages: Sequence[OutgoingMessage], *, span_ids: Sequence[int] = (), timeout: float = PUBLISH_TIMEOUT
) -> list[BusError | None]:
    """Publish as `Bus.publish_all`, each message in a span that continues the trace in its stored headers.

    Without such headers it continues the current span. `span_ids` are the spans' ids, 0 for a random one.
    """
    if not is_recording():
        return await bus.publish_all([_plain(message) for message in messages], timeout=timeout)
    spans = [
        _span(bus, message, span_id)
        for message, span_id in zip(messages, span_ids or (0,) * len(messages), strict=True)
    ]
    traced = [carried_by(span, message) for message, span in zip(messages, spans, strict=True)]
    errors: Sequence[BusError | None] = [BusError("not published")] * len(spans)
    try:
        return (errors := await bus.publish_all(traced, timeout=timeout))
    finally:
        for span, error in zip(spans, errors, strict=True):
            end(span, error)


def carried_by(span: Span, message: OutgoingMessage) -> OutgoingMessage:
    """Return the message with the span of its publish in its headers; the span gets the message's id."""
    named = partial(span.set_attribute, MESSAGE_ID) if span.is_recording() else None
    return dataclasses.replace(message, headers=inject(set_span_in_context(span)), named=named)


def _span(bus: Bus, message: OutgoingMessage, span_id: int) -> Span:
    return start_send(
        message.exchange,
        message.routing_key,
        kept=message.headers or None,
        conversation=message.correlation_id,
        server=bus.server,
        span_id=span_id,
    )


def _plain(message: OutgoingMessage) -> OutgoingMessage:
    headers = sendable(message.headers)
    return message if headers is message.headers else dataclasses.replace(message, headers=headers)
