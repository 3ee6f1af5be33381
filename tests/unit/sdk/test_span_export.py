"""The destination of spans, and the delay of their export."""

from __future__ import annotations

from typing import Any

import pytest
from creatorflow import span_export
from creatorflow.span_export import RequestedIds
from creatorflow.tracecontext import ids
from opentelemetry.sdk.trace.export import BatchSpanProcessor


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the export delay of each span processor."""
    reported: list[float] = []

    class Told(BatchSpanProcessor):
        def __init__(self, exporter: Any, **more: Any) -> None:
            super().__init__(exporter, **more)
            reported.append(self._batch_processor._schedule_delay_millis)

    monkeypatch.setattr(span_export, "BatchSpanProcessor", Told)
    monkeypatch.setattr(span_export, "at_exit", lambda work, seconds: None)
    return reported


def test_ended_spans_are_exported_within_a_fifth_of_a_second(delays: list[float]) -> None:
    span_export.exporting_provider("a-service").shutdown()
    assert delays == [200]


def test_a_configured_export_delay_is_respected(delays: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "1500")
    span_export.exporting_provider("a-service").shutdown()
    assert delays == [1500]


def test_a_span_id_is_random_unless_it_is_given() -> None:
    source = RequestedIds()
    with ids(7, 8):
        assert (source.generate_trace_id(), source.generate_span_id(), source.is_trace_id_random()) == (7, 8, False)
    assert source.generate_trace_id() != source.generate_trace_id()
    assert source.is_trace_id_random()
