"""Trace propagation: in messages, in stored messages, and after the death of the process that stored them."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from creatorflow import telemetry
from creatorflow.tracecontext import (
    another_process,
    carried,
    extract,
    inject,
    own_trace_id,
    resumed,
    sendable,
    span_named,
    trace_of,
    with_span,
)
from creatorflow_contracts.ingress import Delivery
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from .test_telemetry import incoming

TRACE = "0af7651916cd43dd8448eb211c80319c"
LOST = f"00-{TRACE}-1111111111111111-01"
CAUSE = f"00-{TRACE}-2222222222222222-01"
SAGA = uuid4()


def publish(kept: dict[str, str], span_id: int = 0) -> None:
    telemetry.end(telemetry.start_send("ex", "key", kept=kept, conversation=str(SAGA), server={}, span_id=span_id))


def ids(spans: InMemorySpanExporter) -> list[tuple[str, str, str, list[str]]]:
    """Return for each span its trace id, its span id, its parent's span id and the ids of its links."""
    return [
        (
            f"{span.context.trace_id:032x}",
            f"{span.context.span_id:016x}",
            f"{span.parent.span_id:016x}" if span.parent else "",
            [f"{link.context.span_id:016x}" for link in span.links],
        )
        for span in spans.get_finished_spans()
        if span.context is not None
    ]


def test_the_process_that_stored_a_message_sends_it_below_its_own_span(spans: InMemorySpanExporter) -> None:
    publish({"traceparent": LOST, "cause": CAUSE})
    assert [row[2:] for row in ids(spans)] == [("1" * 16, [])]


def test_another_process_sends_it_below_its_cause_with_a_link_to_a_possibly_lost_span(
    spans: InMemorySpanExporter,
) -> None:
    publish(dict(another_process({"traceparent": LOST, "cause": CAUSE})))
    assert [(row[0], *row[2:]) for row in ids(spans)] == [(TRACE, "2" * 16, ["1" * 16])]


def test_a_message_without_a_cause_stays_in_its_trace_without_a_parent(spans: InMemorySpanExporter) -> None:
    publish(dict(another_process({"traceparent": LOST, "cause": ""})))
    assert [(row[0], *row[2:]) for row in ids(spans)] == [(TRACE, "", ["1" * 16])]


def test_a_context_taken_over_twice_is_unchanged() -> None:
    once = another_process({"traceparent": LOST, "cause": CAUSE})
    assert another_process(once) == once


def test_a_context_stored_without_recording_is_passed_on_unchanged() -> None:
    assert another_process({"traceparent": LOST, "tracestate": "a=b"}) == {"traceparent": LOST, "tracestate": "a=b"}


def test_nothing_but_the_trace_is_sent() -> None:
    kept = {"traceparent": LOST, "tracestate": "a=b", "cause": CAUSE, "links": CAUSE, "trace": TRACE, "span": "1"}
    assert sendable(kept) == {"traceparent": LOST, "tracestate": "a=b"}
    assert sendable({}) == {}


def test_the_stored_context_names_the_causing_message(spans: InMemorySpanExporter) -> None:
    with telemetry.processing_span(incoming(Delivery(b"", headers={"traceparent": CAUSE}))):
        kept = carried()
    assert kept["cause"] == CAUSE
    assert kept["traceparent"].split("-")[2] == ids(spans)[0][1]


def test_a_message_without_a_trace_starts_the_trace_of_its_request(spans: InMemorySpanExporter) -> None:
    with telemetry.processing_span(incoming(Delivery(b"")), str(SAGA)):
        kept = carried()
    assert (trace_of(kept), kept["cause"]) == (SAGA.hex, "")
    assert [(row[0], row[2]) for row in ids(spans)] == [(SAGA.hex, "")]


def test_a_message_without_a_trace_continues_the_known_trace_of_its_saga(spans: InMemorySpanExporter) -> None:
    with telemetry.processing_span(incoming(Delivery(b"")), str(SAGA), {"traceparent": CAUSE}):
        kept = carried()
    assert (trace_of(kept), kept["cause"]) == (TRACE, CAUSE)
    assert [(row[0], *row[2:]) for row in ids(spans)] == [(TRACE, "2" * 16, [])]


def test_processing_without_recording_passes_on_only_the_received_context() -> None:
    with telemetry.processing_span(incoming(Delivery(b"", headers={"traceparent": CAUSE})), str(SAGA)):
        assert carried() == {"traceparent": CAUSE}


def test_a_publish_has_the_span_id_chosen_for_it(spans: InMemorySpanExporter) -> None:
    publish({"traceparent": LOST}, span_id=span_named("this one"))
    publish({"traceparent": LOST})
    first, second = ids(spans)
    assert first[1] == f"{span_named('this one'):016x}" != second[1]


def test_a_stored_span_id_stays_with_its_publish_in_another_process() -> None:
    kept = with_span({"traceparent": LOST, "cause": CAUSE})
    assert another_process(kept)["span"] == kept["span"]
    assert with_span({}) == {}


@pytest.mark.parametrize("text", [None, "", "no uuid", str(UUID(int=0))])
def test_an_invalid_request_id_names_no_trace(text: str | None) -> None:
    assert own_trace_id(text) == 0


def test_an_oversized_trace_state_is_omitted() -> None:
    headers = {"traceparent": CAUSE, "tracestate": ",".join(f"k{number}={'v' * 200}" for number in range(3))}
    assert inject(extract({**headers, "tracestate": "k=v"})) == {"traceparent": CAUSE, "tracestate": "k=v"}
    assert inject(extract(headers)) == {"traceparent": CAUSE}


def test_a_message_of_the_system_without_a_span_resumes_its_trace() -> None:
    assert resumed({"trace": TRACE}) == {"trace": TRACE}
    assert resumed({"traceparent": CAUSE, "cause": "x"}) == {"traceparent": CAUSE, "links": CAUSE}
