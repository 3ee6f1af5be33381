"""What the spans of an orchestrator tell, and in which order."""

from __future__ import annotations

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from .house import AGENT, House


async def test_planning_is_told_after_the_processing_of_which_it_is_a_part(
    house: House, spans: InMemorySpanExporter
) -> None:
    house.submit({"id": "schema", "agent": AGENT})
    await house.settle()
    process, plan, *published = spans.get_finished_spans()
    assert process.name.startswith("process ")
    assert plan.name == "plan"
    assert plan.parent == process.context
    assert all(span.name.startswith("publish ") for span in published)
