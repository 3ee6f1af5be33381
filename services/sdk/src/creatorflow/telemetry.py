"""Traces: one for a request, carried in the messages' `traceparent`. Names and attributes as OpenTelemetry's messaging
conventions have them; contents are never in a span. Without an endpoint nothing is recorded, and what arrived as
`traceparent` still goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

from creatorflow_contracts.door import Delivery
from creatorflow_contracts.v1.work import AgentTask
from creatorflow_contracts.waiting import waited_ms
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .leaving import at_exit
from .semconv import (
    AGENT_CONVERSATION,
    AGENT_NAME,
    AGENT_OPERATION,
    CONVERSATION,
    DESTINATION,
    ERROR_TYPE,
    MESSAGE_ID,
    OPERATION_NAME,
    OPERATION_TYPE,
    QUEUE_TIME,
    ROUTING_KEY,
    SERVER_ADDRESS,
    SERVER_PORT,
    SYSTEM,
)

ENDPOINT_ENV = "OTEL_EXPORTER_OTLP_ENDPOINT"
FLUSH_MS = 1000
"""At exit, at most; an exporter without a collector would hold it for eight seconds."""

LINKS = "links"
"""Among kept headers: the `traceparent`s that a publish is to be linked to. Never sent."""

_w3c = TraceContextTextMapPropagator()
"""Only traceparent and tracestate: baggage from outside is not trusted."""


def setup_tracing(service_name: str) -> bool:
    """Export spans over OTLP/HTTP if the environment names an endpoint. Returns whether it does."""
    if not os.environ.get(ENDPOINT_ENV):
        return False
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased

    provider = TracerProvider(
        sampler=ParentBased(ALWAYS_ON),
        resource=Resource.create({"service.name": service_name}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(timeout=FLUSH_MS / 1000)
    processor = BatchSpanProcessor(exporter)
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    at_exit(provider.force_flush, FLUSH_MS / 1000)
    return True


def is_recording() -> bool:
    """Whether anybody records spans in this process; if not, only `traceparent` is passed on."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def inject(context: Context | None = None) -> dict[str, str]:
    """The headers that carry the current (or this) trace on; empty when there is none."""
    headers: dict[str, str] = {}
    _w3c.inject(headers, context)
    return headers


def extract(headers: Mapping[str, object]) -> Context:
    """The trace that a message's headers carry."""
    carrier = {key: value for key in ("traceparent", "tracestate") if isinstance(value := headers.get(key), str)}
    return _w3c.extract(carrier, Context())


def server_attributes(url: str) -> dict[str, str | int]:
    """What every span of the bus says of the broker."""
    parts = urlsplit(url)
    port = parts.port or (5671 if parts.scheme == "amqps" else 5672)
    return {SYSTEM: "rabbitmq", SERVER_ADDRESS: parts.hostname or "", SERVER_PORT: port}


def resumed(original: Mapping[str, object]) -> dict[str, str]:
    """The headers to keep for a message that is sent again long after: it goes on in the trace of `original`, the
    headers it came with, and its publish is linked to that and to the current span, whose doing it is."""
    headers = inject(extract(original))
    linked = [told["traceparent"] for told in (headers, inject()) if "traceparent" in told]
    return headers | ({LINKS: ",".join(linked)} if linked else {})


def links_of(headers: Mapping[str, str]) -> list[Link]:
    """What the publish of a message with these headers is linked to."""
    contexts = (extract({"traceparent": each}) for each in headers.get(LINKS, "").split(",") if each)
    return [Link(trace.get_current_span(each).get_span_context()) for each in contexts]


def start_send(
    exchange: str,
    key: str,
    *,
    parent: Context | None,
    conversation: str | None,
    server: Mapping[str, str | int],
    links: Sequence[Link] = (),
) -> Span:
    """A producer span for one publish; whoever starts it ends it with `end`."""
    destination = f"{exchange}:{key}"
    attributes: dict[str, str | int] = {
        **server,
        OPERATION_NAME: "publish",
        OPERATION_TYPE: "send",
        DESTINATION: destination,
        ROUTING_KEY: key,
    }
    if conversation:
        attributes[CONVERSATION] = conversation
    return tracer().start_span(
        f"publish {destination}", context=parent, kind=SpanKind.PRODUCER, attributes=attributes, links=links
    )


def end(span: Span, error: BaseException | None = None) -> None:
    """End a span; with an error it says of which type, and no more."""
    if error is not None and span.is_recording():
        span.set_attribute(ERROR_TYPE, type(error).__name__)
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
    span.end()


@contextmanager
def processing(delivery: Delivery, queue: str) -> Iterator[Span]:
    """A consumer span around the processing of one delivery, as the child of whoever sent it and linked to it.

    The trace is current inside, so that `inject` and further spans continue it.
    """
    parent = extract(delivery.headers)
    if not is_recording():
        token = otel_context.attach(parent)
        try:
            yield trace.get_current_span()
        finally:
            otel_context.detach(token)
        return
    sent_by = trace.get_current_span(parent).get_span_context()
    destination = f"{delivery.exchange}:{delivery.routing_key}:{queue}"
    attributes: dict[str, str | int] = {
        SYSTEM: "rabbitmq",
        OPERATION_NAME: "process",
        OPERATION_TYPE: "process",
        DESTINATION: destination,
        ROUTING_KEY: delivery.routing_key,
        MESSAGE_ID: delivery.message_id or "",
        CONVERSATION: delivery.correlation_id or "",
    }
    if (waited := waited_ms(delivery, time.time())) is not None:
        attributes[QUEUE_TIME] = waited
    span = tracer().start_span(
        f"process {destination}",
        context=parent,
        kind=SpanKind.CONSUMER,
        links=[Link(sent_by)] if sent_by.is_valid else [],
        attributes=attributes,
    )
    token = otel_context.attach(trace.set_span_in_context(span, parent))
    error: BaseException | None = None
    try:
        yield span
    except BaseException as raised:
        error = raised
        raise
    finally:
        otel_context.detach(token)
        end(span, error)


@cache
def tracer() -> trace.Tracer:
    """The tracer of this package; asking OpenTelemetry for it costs as much as a span."""
    return trace.get_tracer("creatorflow")


@contextmanager
def invoking(agent: str, task: AgentTask) -> Iterator[Span]:
    """A span around an agent's work on a task."""
    if not is_recording():
        yield trace.get_current_span()
        return
    attributes = {AGENT_OPERATION: "invoke_agent", AGENT_NAME: agent, AGENT_CONVERSATION: str(task.correlation_id)}
    with tracer().start_as_current_span(
        f"invoke_agent {agent}", attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span
