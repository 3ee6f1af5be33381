"""Traces and logs: propagation, span names and attributes, and data that is left out."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence

import pytest
from creatorflow import telemetry
from creatorflow.bus import IncomingMessage
from creatorflow.logs import get_logger, setup_logs
from creatorflow.tracecontext import inject
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.queue_time import SENT_AT
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def delivery() -> Delivery:
    headers = {"traceparent": PARENT, "baggage": "user=mallory"}
    return Delivery(b"geheim", "creatorflow.tasks", "task.a.v1", message_id="m", correlation_id="saga", headers=headers)


class Settled:
    """A channel that no test uses."""

    def is_unanswered(self, tag: int) -> bool:
        return False

    async def ack_many(self, tags: Sequence[int]) -> bool:
        return False

    async def ack(self, tag: int) -> bool:
        return False

    async def nack(self, tag: int, *, requeue: bool) -> bool:
        return False


def incoming(came: Delivery | None = None) -> IncomingMessage:
    return IncomingMessage(
        came or delivery(), "a.queue", 7, Settled(), server=telemetry.server_attributes("amqp://u:geheim@host/")
    )


def test_without_an_endpoint_nothing_is_set_up() -> None:
    assert telemetry.setup_tracing("a-service") is False
    assert not telemetry.is_recording()


def test_a_received_trace_is_passed_on_without_recording() -> None:
    with telemetry.processing_span(incoming()):
        assert inject()["traceparent"].split("-")[1] == TRACE


def test_external_baggage_is_not_passed_on() -> None:
    with telemetry.processing_span(incoming()):
        assert set(inject()) <= {"traceparent", "tracestate"}


def test_without_a_received_trace_none_is_passed_on() -> None:
    with telemetry.processing_span(incoming(Delivery(b""))):
        assert inject() == {}


@pytest.mark.parametrize("value", ["", "nonsense", 7, None, b"00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_an_invalid_traceparent_is_not_an_error(value: object) -> None:
    with telemetry.processing_span(incoming(Delivery(b"", headers={"traceparent": value}))):
        assert inject() == {}


def test_processing_is_a_consumer_span_under_its_sender_with_a_link_to_it(spans: InMemorySpanExporter) -> None:
    with telemetry.processing_span(incoming()):
        carried = inject()["traceparent"]
    (span,) = spans.get_finished_spans()
    attributes = dict(span.attributes or {})
    assert (span.name, span.kind) == ("process creatorflow.tasks:task.a.v1:a.queue", SpanKind.CONSUMER)
    assert span.parent is not None
    assert format(span.parent.span_id, "016x") == PARENT.split("-")[2]
    assert [format(link.context.trace_id, "032x") for link in span.links] == [TRACE]
    assert carried.split("-")[2] == format(span.context.span_id, "016x")
    assert attributes == {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "creatorflow.tasks:task.a.v1:a.queue",
        "messaging.rabbitmq.destination.routing_key": "task.a.v1",
        "messaging.message.id": "m",
        "messaging.message.conversation_id": "saga",
        "messaging.rabbitmq.message.delivery_tag": 7,
        "server.address": "host",
        "server.port": 5672,
    }


def test_the_queue_time_of_a_message_is_recorded_in_milliseconds(spans: InMemorySpanExporter) -> None:
    sent = int(time.time() * 1000) - 1500
    with telemetry.processing_span(incoming(Delivery(b"", "ex", "key", headers={SENT_AT: sent}))):
        pass
    (span,) = spans.get_finished_spans()
    waited = (span.attributes or {})["creatorflow.queue_time_ms"]
    assert isinstance(waited, int)
    assert waited >= 1500


def test_a_failure_is_named_by_its_type_and_the_span_has_no_content(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="geheim"), telemetry.processing_span(incoming()):
        raise ValueError("geheim")
    (span,) = spans.get_finished_spans()
    assert dict(span.attributes or {})["error.type"] == "ValueError"
    assert "geheim" not in span.to_json()


def test_a_child_span_is_exported_after_the_processing_span_so_that_no_crash_orphans_it(
    spans: InMemorySpanExporter,
) -> None:
    with telemetry.processing_span(incoming()):
        with pytest.raises(KeyError), telemetry.child_span("part", {"a": 1}) as part:
            inside = trace.get_current_span()
            raise KeyError
        after = trace.get_current_span()
        assert spans.get_finished_spans() == ()
    process, finished_spans = spans.get_finished_spans()
    assert (process.name[:7], finished_spans.name, dict(finished_spans.attributes or {})) == (
        "process",
        "part",
        {"a": 1},
    )
    assert inside is part
    assert finished_spans.parent == after.get_span_context() == process.context
    assert process.start_time and finished_spans.start_time and finished_spans.end_time and process.end_time
    assert process.start_time <= finished_spans.start_time <= finished_spans.end_time <= process.end_time


def test_a_span_without_a_processing_span_is_exported_at_once(spans: InMemorySpanExporter) -> None:
    with telemetry.child_span("part", {}):
        pass
    assert [span.name for span in spans.get_finished_spans()] == ["part"]


def test_a_publish_is_a_producer_span(spans: InMemorySpanExporter) -> None:
    server = telemetry.server_attributes("amqp://u:geheim@host:5673/")
    kept = {"traceparent": PARENT}
    telemetry.end(telemetry.start_send("ex", "key", kept=kept, conversation="saga", server=server))
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind) == ("publish ex:key", SpanKind.PRODUCER)
    attributes = dict(span.attributes or {})
    assert attributes["messaging.operation.type"] == "send"
    assert (attributes["server.address"], attributes["server.port"]) == ("host", 5673)
    assert "geheim" not in span.to_json()


def test_a_log_line_is_one_json_object_with_its_action_and_trace(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("INFO", service="a-service")
    with telemetry.processing_span(incoming()):
        get_logger("here").info("task_claimed", correlation_id="saga")
    line = json.loads(capsys.readouterr().err)
    assert (line["action"], line["correlation_id"], line["trace_id"]) == ("task_claimed", "saga", TRACE)
    assert (line["service"], line["level"]) == ("a-service", "info")


def test_a_log_line_of_a_library_is_a_json_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logs("INFO", service="a-service")
    logging.getLogger("aiormq").warning("lost %s", "it")
    line = json.loads(capsys.readouterr().err)
    assert (line["action"], line["source"], line["message"]) == ("library", "aiormq", "lost it")
