"""Publishing with a producer span for each message, whose trace its headers then carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from opentelemetry.trace import Span, set_span_in_context

from creatorflow.telemetry import end, extract, inject, is_recording, start_send

from .bus import PUBLISH_TIMEOUT, Bus
from .errors import BusError
from .messages import Outgoing


async def publish_traced(
    bus: Bus, messages: Sequence[Outgoing], *, timeout: float = PUBLISH_TIMEOUT
) -> list[BusError | None]:
    """As `Bus.publish_all`. A message's own `traceparent` is its span's parent, else the current span is."""
    if not is_recording():
        return await bus.publish_all(messages, timeout=timeout)
    spans = [_span(bus, message) for message in messages]
    traced = [_carrying(message, span) for message, span in zip(messages, spans, strict=True)]
    errors: Sequence[BusError | None] = [BusError("not published")] * len(spans)
    try:
        return (errors := await bus.publish_all(traced, timeout=timeout))
    finally:
        for span, error in zip(spans, errors, strict=True):
            end(span, error)


def _span(bus: Bus, message: Outgoing) -> Span:
    parent = extract(message.headers) if "traceparent" in message.headers else None
    return start_send(
        message.exchange,
        message.routing_key,
        parent=parent,
        conversation=message.correlation_id,
        server=bus.server,
    )


def _carrying(message: Outgoing, span: Span) -> Outgoing:
    return dataclasses.replace(message, headers={**message.headers, **inject(set_span_in_context(span))})
