from __future__ import annotations

from collections.abc import Iterator

import pytest
from creatorflow import telemetry
from creatorflow.exporting import Ids
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What would be exported, of this test alone, with the ids that a service gives."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False, id_generator=Ids())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    telemetry.tracer.cache_clear()
    yield exporter
    provider.shutdown()
    telemetry.tracer.cache_clear()  # the next to ask asks without this provider
