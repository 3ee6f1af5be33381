from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.servers.spans import recording


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Provide the spans that this test alone would export."""
    with recording() as exporter:
        yield exporter
