"""Records the spans of the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from creatorflow import telemetry
from creatorflow.span_export import RequestedIds
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@contextmanager
def recording() -> Iterator[InMemorySpanExporter]:
    """Records every span of this process, in the order of their ends, with ids as in a service."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False, id_generator=RequestedIds())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    before, trace._TRACER_PROVIDER = trace._TRACER_PROVIDER, provider
    telemetry.tracer.cache_clear()
    try:
        yield exporter
    finally:
        trace._TRACER_PROVIDER = before
        telemetry.tracer.cache_clear()
        provider.shutdown()
