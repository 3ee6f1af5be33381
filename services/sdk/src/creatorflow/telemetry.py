"""Spans: one trace per request, propagated in the messages' `traceparent`.

Names and attributes follow OpenTelemetry's messaging conventions; contents of messages are never in a span. Without an
endpoint nothing is recorded, and a received `traceparent` is still propagated. Propagation is in `tracecontext`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.queue_time import waited_ms
from creatorflow_contracts.topology import EVENTS
from creatorflow_contracts.v1.work import AgentResult, AgentTask
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context, get_value, set_value
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode

from .semconv import (
    AGENT_CONVERSATION,
    AGENT_NAME,
    AGENT_OPERATION,
    ATTEMPT,
    CONVERSATION,
    DELIVERY_TAG,
    DESTINATION,
    ENGINE,
    ERROR_TYPE,
    INPUT_TOKENS,
    MESSAGE_ID,
    OPERATION_NAME,
    OPERATION_TYPE,
    OUTPUT_TOKENS,
    QUEUE_TIME,
    RESPONSE_MODEL,
    ROUTING_KEY,
    SERVER_ADDRESS,
    SERVER_PORT,
    STEP,
    SYSTEM,
    TEMPLATE,
)
from .tracecontext import TRACE, Headers, carrying, continuation, extract, ids, number, own_trace_id

ENDPOINT_ENV = "OTEL_EXPORTER_OTLP_ENDPOINT"
DEFAULT_EXCHANGE = "amq.default"
"""Name of the default exchange in the conventions."""
NO_HEADERS: Headers = {}
_BENEATH = "creatorflow-beneath"
_ALSO_PARENT = {"opentracing.ref_type": "child_of"}
"""Attributes of the link to a message's sender, which is the parent too: Jaeger keeps one of the two references, and
reads from these which kind it is."""


def setup_tracing(service_name: str) -> bool:
    """Export spans over OTLP/HTTP if the environment names an endpoint. Returns True if it does."""
    if not os.environ.get(ENDPOINT_ENV):
        return False
    from .span_export import exporting_provider

    trace.set_tracer_provider(exporting_provider(service_name))
    return True


def is_recording() -> bool:
    """Return True if spans are recorded in this process; if not, only `traceparent` is propagated."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def server_attributes(url: str) -> dict[str, str | int]:
    """Return the attributes of the broker for spans of the bus."""
    parts = urlsplit(url)
    port = parts.port or (5671 if parts.scheme == "amqps" else 5672)
    return {SYSTEM: "rabbitmq", SERVER_ADDRESS: parts.hostname or "", SERVER_PORT: port}


def start_send(
    exchange: str,
    key: str,
    *,
    kept: Headers | None,
    conversation: str | None,
    server: Mapping[str, str | int],
    span_id: int = 0,
) -> Span:
    """Start a producer span for one publish; the caller ends it with `end`.

    It continues the headers that were `kept` with the message, or, without any, the current span.
    """
    template, destination = _destination(exchange, key)
    attributes: dict[str, str | int] = {
        **server,
        OPERATION_NAME: "publish",
        OPERATION_TYPE: "send",
        DESTINATION: destination,
        ROUTING_KEY: key,
    }
    if template != destination:
        attributes[TEMPLATE] = template
    if conversation:
        attributes[CONVERSATION] = conversation
    parent, begun, links = (None, own_trace_id(conversation), ()) if kept is None else continuation(kept, conversation)
    with ids(begun, span_id):
        return tracer().start_span(
            f"publish {template}", context=parent, kind=SpanKind.PRODUCER, attributes=attributes, links=links
        )


def _destination(exchange: str, key: str) -> tuple[str, str]:
    """Return the destination of a message twice: without ids, for the span's name, and in full."""
    destination = f"{exchange or DEFAULT_EXCHANGE}:{key}"
    if not exchange:
        return f"{DEFAULT_EXCHANGE}:{{reply_to}}", destination
    if exchange == EVENTS and key.startswith("saga."):
        return f"{exchange}:saga.{{saga_id}}.{key.split('.', 2)[-1]}", destination
    return destination, destination


def end(span: Span, error: BaseException | str | None = None) -> None:
    """End a span; of an error only the type is recorded."""
    if error is not None:
        fail(span, error)
    span.end()


def fail(span: Span, error: BaseException | str) -> None:
    """Record the type of an error in a span."""
    if span.is_recording():
        name = error if isinstance(error, str) else type(error).__name__
        span.set_attribute(ERROR_TYPE, name)
        span.set_status(Status(StatusCode.ERROR, name))


def fail_current(code: str) -> None:
    """Record in the current span that the message was refused with this code."""
    fail(trace.get_current_span(), code)


class TracedDelivery(Protocol):
    """The attributes of a received message that its span shows; `bus.IncomingMessage` has them."""

    @property
    def delivery(self) -> Delivery: ...
    @property
    def queue(self) -> str: ...
    @property
    def tag(self) -> int: ...
    @property
    def server(self) -> Mapping[str, str | int]: ...


@contextmanager
def processing_span(
    incoming: TracedDelivery, conversation: str | None = None, saga: Headers = NO_HEADERS
) -> Iterator[Span]:
    """Open a consumer span around the processing of one delivery, as a child of its sender's span and linked to it.

    A delivery without a trace continues the headers that its `saga` keeps, else it begins the trace of its
    `conversation`. The trace is current inside, so that `inject`, `carried` and further spans continue it.
    """
    beneath: list[tuple[Span, int]] = []
    parent = extract(incoming.delivery.headers)
    sent_by = trace.get_current_span(parent).get_span_context()
    if not sent_by.is_valid and saga:
        parent = extract(saga)
    if is_recording():
        span = _start_processing(incoming, parent, sent_by, conversation, number(saga, TRACE))
        cause = trace.get_current_span(parent).get_span_context()
        within = carrying(trace.set_span_in_context(span, parent), cause)
        token = otel_context.attach(set_value(_BENEATH, beneath, within))
    else:
        span = trace.get_current_span(parent)
        token = otel_context.attach(carrying(parent))
    error: BaseException | None = None
    try:
        yield span
    except BaseException as raised:
        error = raised
        raise
    finally:
        otel_context.detach(token)
        end(span, error)
        for inner, ended_at in beneath:
            inner.end(ended_at)


@contextmanager
def child_span(name: str, attributes: Mapping[str, str | int]) -> Iterator[Span]:
    """Open a span around a part of the processing of a delivery, current inside.

    It is ended after the delivery's span, with its own end time: spans are exported in the order in which they end, and
    a span that was exported before a crash must not have a parent that was not.
    """
    if not is_recording():
        yield trace.get_current_span()
        return
    span = tracer().start_span(name, attributes=attributes)
    try:
        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            yield span
    finally:
        beneath = get_value(_BENEATH)
        if isinstance(beneath, list):
            beneath.append((span, time.time_ns()))
        else:
            span.end()


def _start_processing(
    incoming: TracedDelivery, parent: Context, sent_by: SpanContext, conversation: str | None, known: int
) -> Span:
    """Start the span below `parent`, else as the first in the trace `known`, else in that of the conversation."""
    delivery = incoming.delivery
    conversation = conversation or delivery.correlation_id
    with ids(known or own_trace_id(conversation)):
        return tracer().start_span(
            f"process {delivery.exchange}:{delivery.routing_key}:{incoming.queue}",
            context=parent,
            kind=SpanKind.CONSUMER,
            links=[Link(sent_by, _ALSO_PARENT)] if sent_by.is_valid else (),
            attributes=_of_delivery(incoming, conversation),
        )


def _of_delivery(incoming: TracedDelivery, conversation: str | None) -> dict[str, str | int]:
    delivery = incoming.delivery
    attributes: dict[str, str | int] = {
        **incoming.server,
        OPERATION_NAME: "process",
        OPERATION_TYPE: "process",
        DESTINATION: f"{delivery.exchange}:{delivery.routing_key}:{incoming.queue}",
        ROUTING_KEY: delivery.routing_key,
        DELIVERY_TAG: incoming.tag,
    }
    if delivery.message_id:
        attributes[MESSAGE_ID] = delivery.message_id
    if conversation:
        attributes[CONVERSATION] = conversation
    if (waited := waited_ms(delivery, time.time())) is not None:
        attributes[QUEUE_TIME] = waited
    return attributes


@cache
def tracer() -> trace.Tracer:
    """Return the tracer of this package, cached because OpenTelemetry's lookup costs as much as a span."""
    return trace.get_tracer("creatorflow")


def operation(name: str, agent: str, conversation: UUID) -> dict[str, str]:
    """Return the attributes of every span of an agent's work."""
    return {AGENT_OPERATION: name, AGENT_NAME: agent, AGENT_CONVERSATION: str(conversation)}


@contextmanager
def invocation_span(agent: str, task: AgentTask) -> Iterator[Span]:
    """Open a span around an agent's work on a task; `record_outcome` adds the result's attributes."""
    attributes: dict[str, str | int] = {
        **operation("invoke_agent", agent, task.correlation_id),
        STEP: task.step,
        ATTEMPT: task.attempt,
    }
    with child_span(f"invoke_agent {agent}", attributes) as span:
        try:
            yield span
        except BaseException as error:
            fail(span, error)
            raise


def record_outcome(span: Span, result: AgentResult) -> None:
    """Record the cost of the work on a task, as far as the agent reports it, and the type of its error."""
    if not span.is_recording():
        return
    metadata = result.metadata
    attributes = {
        INPUT_TOKENS: metadata.prompt_tokens,
        OUTPUT_TOKENS: metadata.completion_tokens,
        RESPONSE_MODEL: metadata.model,
        ENGINE: metadata.engine,
    }
    for name, value in attributes.items():
        if value:
            span.set_attribute(name, value)
    if not result.success:
        fail(span, result.error.type if result.error is not None else "unknown")
