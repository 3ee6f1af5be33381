"""Traces: one for a request, carried in the messages' `traceparent`. Names and attributes as OpenTelemetry's messaging
conventions have them; contents are never in a span. Without an endpoint nothing is recorded, and what arrived as
`traceparent` still goes on. What carries a trace, and keeps it, is `tracecontext`'s."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

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

if TYPE_CHECKING:
    from .bus.messages import IncomingMessage

ENDPOINT_ENV = "OTEL_EXPORTER_OTLP_ENDPOINT"
DEFAULT_EXCHANGE = "amq.default"
"""As the conventions call the exchange without a name."""
NO_HEADERS: Headers = {}
_BENEATH = "creatorflow-beneath"
_ALSO_PARENT = {"opentracing.ref_type": "child_of"}
"""Of the link to a message's sender, which is the parent too: Jaeger keeps one reference of the two, and reads here
which."""


def setup_tracing(service_name: str) -> bool:
    """Export spans over OTLP/HTTP if the environment names an endpoint. Returns whether it does."""
    if not os.environ.get(ENDPOINT_ENV):
        return False
    from .span_export import exporting_provider

    trace.set_tracer_provider(exporting_provider(service_name))
    return True


def is_recording() -> bool:
    """Whether anybody records spans in this process; if not, only `traceparent` is passed on."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def server_attributes(url: str) -> dict[str, str | int]:
    """What every span of the bus says of the broker."""
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
    """A producer span for one publish; whoever starts it ends it with `end`.

    It goes on from the headers that were `kept` with the message, or, without any, from the current span.
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
    """Where a message is sent: for the name of its span, without ids in it, and in full."""
    destination = f"{exchange or DEFAULT_EXCHANGE}:{key}"
    if not exchange:
        return f"{DEFAULT_EXCHANGE}:{{reply_to}}", destination
    if exchange == EVENTS and key.startswith("saga."):
        return f"{exchange}:saga.{{saga_id}}.{key.split('.', 2)[-1]}", destination
    return destination, destination


def end(span: Span, error: BaseException | str | None = None) -> None:
    """End a span; with an error it says of which type, and no more."""
    if error is not None:
        fail(span, error)
    span.end()


def fail(span: Span, error: BaseException | str) -> None:
    """Say in a span of which type its error is."""
    if span.is_recording():
        name = error if isinstance(error, str) else type(error).__name__
        span.set_attribute(ERROR_TYPE, name)
        span.set_status(Status(StatusCode.ERROR, name))


def fail_current(code: str) -> None:
    """Say in the current span, of whatever is being processed, that it was refused and with which code."""
    fail(trace.get_current_span(), code)


@contextmanager
def processing_span(
    incoming: IncomingMessage, conversation: str | None = None, saga: Headers = NO_HEADERS
) -> Iterator[Span]:
    """A consumer span around the processing of one delivery, as the child of whoever sent it and linked to it.

    A delivery without a trace goes on from the headers that its `saga` keeps, else it begins the trace of its
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
        for each, at in beneath:
            each.end(at)


@contextmanager
def child_span(name: str, attributes: Mapping[str, str | int]) -> Iterator[Span]:
    """A span around a part of the processing of a delivery, current inside.

    It is ended, as of its own end, after that of the delivery: spans are exported in the order of their ends, and one
    that is told before a crash must not hang from one that is told after it, and so never.
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
    incoming: IncomingMessage, parent: Context, sent_by: SpanContext, conversation: str | None, known: int
) -> Span:
    """Below `parent`, else the first in the trace that is `known`, else in that of the conversation."""
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


def _of_delivery(incoming: IncomingMessage, conversation: str | None) -> dict[str, str | int]:
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
    """The tracer of this package; asking OpenTelemetry for it costs as much as a span."""
    return trace.get_tracer("creatorflow")


def operation(name: str, agent: str, conversation: UUID) -> dict[str, str]:
    """What every span of an agent's doing says."""
    return {AGENT_OPERATION: name, AGENT_NAME: agent, AGENT_CONVERSATION: str(conversation)}


@contextmanager
def invocation_span(agent: str, task: AgentTask) -> Iterator[Span]:
    """A span around an agent's work on a task; `record_outcome` says in it what came of it."""
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
    """What the work on a task cost, as far as the agent tells, and of which type its error is."""
    if not span.is_recording():
        return
    metadata = result.metadata
    told = {
        INPUT_TOKENS: metadata.prompt_tokens,
        OUTPUT_TOKENS: metadata.completion_tokens,
        RESPONSE_MODEL: metadata.model,
        ENGINE: metadata.engine,
    }
    for name, value in told.items():
        if value:
            span.set_attribute(name, value)
    if not result.success:
        fail(span, result.error.type if result.error is not None else "unknown")
