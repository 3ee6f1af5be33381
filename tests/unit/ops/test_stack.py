"""Conclusions of `make stack` from the responses of Jaeger and Prometheus: every fault makes it fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ops.stack.compose import StackFailure
from ops.stack.jaeger import Jaeger, Trace
from ops.stack.metrics import COUNTED, OF_AGENTS, OF_ORCHESTRATORS, wrong
from ops.stack.requests import Ended
from ops.stack.trace_check import absent, trace_id_mismatch
from ops.stack.traces import Span

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = {
    "traceId": TRACE,
    "spanId": "b7ad6b7169203331",
    "parentSpanId": "00f067aa0ba902b7",
    "name": "invoke_agent database-specialist",
    "kind": 1,
    "startTimeUnixNano": "1000",
    "endTimeUnixNano": "3000",
    "attributes": [
        {"key": "gen_ai.agent.name", "value": {"stringValue": "database-specialist"}},
        {"key": "server.port", "value": {"intValue": "5672"}},
        {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
    ],
    "links": [{"traceId": TRACE, "spanId": "00f067aa0ba902b7"}],
}


def resource(service: str, life: str, *spans: dict[str, Any]) -> dict[str, Any]:
    reported = [
        {"key": "service.name", "value": {"stringValue": service}},
        {"key": "service.instance.id", "value": {"stringValue": life}},
    ]
    return {"resource": {"attributes": reported}, "scopeSpans": [{"spans": list(spans)}]}


@pytest.fixture
def jaeger() -> Iterator[tuple[Jaeger, dict[str, Any]]]:
    """Provide a server that responds with the mapping's entries, by path."""
    answers: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            self.send_response(404 if answer is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Jaeger(f"http://127.0.0.1:{server.server_port}"), answers
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_span_is_read_with_its_parent_even_if_it_links_to_it_too(jaeger: tuple[Jaeger, dict[str, Any]]) -> None:
    page, answers = jaeger
    lives = [resource("creatorflow-orchestrator", "one", SPAN), resource("creatorflow-orchestrator", "two")]
    answers[f"/api/v3/traces/{TRACE}"] = {"result": {"resourceSpans": lives}}
    trace = page.trace(TRACE)
    (span,) = trace.spans
    assert (span.trace, span.parent, span.kind, span.service) == (
        TRACE,
        "00f067aa0ba902b7",
        "internal",
        "creatorflow-orchestrator",
    )
    assert span.links == ((TRACE, "00f067aa0ba902b7"),)
    assert span.attributes == {"gen_ai.agent.name": "database-specialist", "server.port": 5672, "list": ["a"]}
    assert trace.processes == {"creatorflow-orchestrator": {"one", "two"}}


def test_a_linked_parent_is_a_link_though_reported_once(
    jaeger: tuple[Jaeger, dict[str, Any]],
) -> None:
    page, answers = jaeger
    reported = resource("x", "one", {**SPAN, "links": []})
    answers[f"/api/v3/traces/{TRACE}"] = {"result": {"resourceSpans": [reported]}}
    (span,) = page.trace(TRACE).spans
    assert span.links == ((TRACE, "00f067aa0ba902b7"),)


def test_a_span_kind_is_read_by_its_name_too(jaeger: tuple[Jaeger, dict[str, Any]]) -> None:
    page, answers = jaeger
    reported = resource("x", "one", {**SPAN, "kind": "SPAN_KIND_PRODUCER"})
    answers[f"/api/v3/traces/{TRACE}"] = {"result": {"resourceSpans": [reported]}}
    assert page.trace(TRACE).spans[0].kind == "producer"


def test_every_trace_of_a_request_is_found(jaeger: tuple[Jaeger, dict[str, Any]]) -> None:
    page, answers = jaeger
    answers["/api/services"] = {"data": ["a", "b"]}
    short = TRACE.lstrip("0")  # as an older one writes it
    answers["/api/traces"] = {"data": [{"traceID": TRACE}, {"traceID": short}, {"traceID": "1"}]}
    assert page.traces_of("saga") == {TRACE, "1".rjust(32, "0")}


def test_an_invalid_response_is_reported(jaeger: tuple[Jaeger, dict[str, Any]]) -> None:
    with pytest.raises(StackFailure, match="404"):
        jaeger[0].services()


ENDED = Ended("saga", frozenset({"database-specialist"}), ({"trace_id": TRACE},))


def trace_with(**processes: int) -> Trace:
    """Return a trace with so many lives of each service, and the work of the database specialist."""
    lives = {
        f"creatorflow-{name}": frozenset(str(number) for number in range(count)) for name, count in processes.items()
    }
    work = {"gen_ai.agent.name": "database-specialist"}
    names = ("invoke_agent x", "plan", "invoke_workflow")
    return Trace(tuple(Span(TRACE, name, None, name, "x", "internal", work) for name in names), lives)


def test_a_complete_trace_has_every_participant() -> None:
    assert list(absent(ENDED, trace_with(cli=1, orchestrator=2))) == []


def test_a_participant_missing_from_the_trace_is_named() -> None:
    assert list(absent(ENDED, trace_with(orchestrator=2))) == ["nothing of creatorflow-cli"]
    assert "creatorflow-orchestrator" in " ".join(absent(ENDED, trace_with(cli=1)))
    other = replace(ENDED, agents=frozenset({"ui-ux-specialist"}))
    assert list(absent(other, trace_with(cli=1, orchestrator=2))) == ["nothing of the work of ui-ux-specialist"]


def test_a_trace_without_its_plan_or_its_root_is_incomplete() -> None:
    trace = trace_with(cli=1, orchestrator=2)
    for span in trace.spans[1:]:
        less = replace(trace, spans=tuple(other for other in trace.spans if other is not span))
        assert list(absent(ENDED, less)) == [f"no span {span.name}"]


def test_a_trace_without_the_killed_orchestrator_is_incomplete() -> None:
    assert "one orchestrator process" in " ".join(absent(ENDED, trace_with(cli=1, orchestrator=1)))


def test_the_trace_is_the_one_printed_by_the_client() -> None:
    assert list(trace_id_mismatch(ENDED, {TRACE})) == []
    assert list(trace_id_mismatch(ENDED, {"1"}))
    assert list(trace_id_mismatch(replace(ENDED, lines=()), {TRACE}))


def metrics(**changed: float) -> Any:
    """Return a correct Prometheus with these changed values, by the beginning of a query."""
    values = {
        'up{job="orchestrator"}': 2.0,
        'up{job="agents"}': 1.0,
        'up{job="rabbitmq"}': 1.0,
        "creatorflow_tasks_total{outcome": 9.0,
        "creatorflow_sagas_ended_total{status": 3.0,
        "creatorflow_attempts_total{outcome": 8.0,
        "creatorflow_sagas": 0.0,
        "creatorflow_outbox_rows": 0.0,
        "creatorflow_open_tasks": 0.0,
        "creatorflow_store_read_age_seconds": 1.0,
        **changed,
    }

    def ask(query: str) -> list[tuple[dict[str, str], float]]:
        if query.startswith("group by (instance)"):
            return [({"instance": "1"}, 1.0), ({"instance": "2"}, 1.0)]
        if query.startswith("group by (service)"):
            return [({"service": "ui-ux-specialist"}, 1.0)]
        found = [value for name, value in values.items() if query.startswith(name)]
        return [({}, found[0])] if found else [] if "quarantine" in query else [({}, 1.0)]

    return ask


def test_correct_metrics_cause_no_complaint() -> None:
    assert list(wrong(metrics(), {"ui-ux-specialist"}, 2, steps=9, requests=4)) == []


@pytest.mark.parametrize(
    ("series", "value", "expected"),
    [
        ('up{job="orchestrator"}', 1, "1 of 2 instances are up"),
        ('up{job="agents"}', 0, "0 of 1 instances are up"),
        ("creatorflow_tasks_total{outcome", 8, "count 8 tasks"),
        ("creatorflow_sagas_ended_total{status", 5, "count 5 completed"),
        ("creatorflow_sagas_ended_total{status", 0, "count 0 completed"),
        ("creatorflow_attempts_total{outcome", 10, "count 10 attempts"),
        ("creatorflow_outbox_rows", 1, "outbox_rows is 1"),
        ("creatorflow_quarantine_rows", 1, "1 messages are in quarantine"),
        ("creatorflow_store_read_age_seconds", 31, "not read its store"),
    ],
)
def test_a_wrong_metric_is_named(series: str, value: float, expected: str) -> None:
    assert expected in "; ".join(wrong(metrics(**{series: value}), {"ui-ux-specialist"}, 2, steps=9, requests=4))


def test_an_agent_or_an_orchestrator_without_metrics_is_named() -> None:
    reported = "; ".join(wrong(metrics(), {"ui-ux-specialist", "database-specialist"}, 3, steps=9, requests=4))
    assert all(f"{series} is missing from database-specialist" in reported for series in OF_AGENTS)
    assert all(f"2 of 3 orchestrators have {series}" in reported for series in OF_ORCHESTRATORS)
    nothing = "; ".join(wrong(lambda query: [], {"ui-ux-specialist"}, 2, steps=9, requests=4))
    assert all(f"no orchestrator has {series}" in nothing for series in COUNTED)
