"""A correct trace has no faults, and every fault of a wrong one is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ops.stack.traces import Span, contents, faults, services

BROKER = {
    "messaging.system": "rabbitmq",
    "messaging.operation.name": "x",
    "messaging.operation.type": "x",
    "messaging.rabbitmq.destination.routing_key": "k",
    "messaging.message.id": "m",
    "messaging.message.conversation_id": "saga",
    "messaging.rabbitmq.message.delivery_tag": 1,
    "server.address": "host",
    "server.port": 5672,
}
AGENT = {"gen_ai.operation.name": "x", "gen_ai.agent.name": "x", "gen_ai.conversation.id": "saga"}
REQUEST = "creatorflow.requests:request.submitted.v1"
TASK = "creatorflow.tasks:task.a.v1"


def span(name: str, id: str, parent: str | None, service: str = "creatorflow-orchestrator") -> Span:
    operation, _, destination = name.partition(" ")
    kind = {"publish": "producer", "process": "consumer"}.get(operation, "internal")
    reported = BROKER | {"messaging.destination.name": destination} if kind != "internal" else AGENT
    links = ((("t", parent),) if parent else ()) if operation == "process" else ()
    return Span("t", id, parent, name, service, kind, reported, links, 1, 2)


RIGHT = [
    span(f"publish {REQUEST}", "1", None, "cli"),
    span(f"process {REQUEST}:creatorflow.orchestrator.submit", "2", "1"),
    span("plan", "3", "2"),
    span("invoke_workflow", "4", "1"),
    span(f"publish {TASK}", "5", "2"),
    span(f"process {TASK}:creatorflow.agent.a.v1", "6", "5", "a"),
    span("invoke_agent a", "7", "6", "a"),
    span("publish creatorflow.results:result.a.v1", "8", "6", "a"),
    span("process creatorflow.results:result.a.v1:creatorflow.orchestrator.results", "9", "8"),
    span("publish amq.default:{reply_to}", "a", "9"),
]


def changed(id: str, **fields: Any) -> list[Span]:
    return [replace(span, **fields) if span.id == id else span for span in RIGHT]


def test_a_correct_trace_has_no_faults() -> None:
    assert faults(RIGHT) == []
    assert services(RIGHT) == {"cli", "creatorflow-orchestrator", "a"}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (lambda: [span for span in RIGHT if span.id != "5"], "is an orphan"),
        (lambda: changed("5", parent="1"), ""),
        (lambda: changed("5", parent="7"), "is below invoke_agent a, where it does not belong"),
        (lambda: changed("2", parent=None), "is below nothing"),
        (lambda: changed("4", parent=None), "is below nothing"),
        (lambda: changed("9", links=()), "has no link to the message"),
        (lambda: changed("6", parent="1", links=(("t", "1"),)), "which sent another message"),
        (lambda: changed("7", service="b"), "is below a span of a"),
        (lambda: changed("3", trace="u"), "there are 2 traces"),
        (lambda: changed("3", attributes={}), "lacks gen_ai.operation.name"),
        (lambda: changed("8", kind="internal"), "is of kind internal"),
        (lambda: changed("8", name="send it"), "has an unknown name"),
        (lambda: changed("8", end_ns=0), "ends before it starts"),
    ],
)
def test_every_fault_of_a_trace_is_reported(wrong: Callable[[], list[Span]], expected: str) -> None:
    reported = faults(wrong())
    assert any(expected in fault for fault in reported) if expected else reported == []


def test_a_foreign_request_may_begin_with_a_span_of_the_system() -> None:
    without = [replace(span, parent=None, links=()) if span.parent == "1" else span for span in RIGHT[1:]]
    assert faults(without) != []
    assert faults(without, stranger=True) == []


def test_message_content_is_found_anywhere_in_a_trace() -> None:
    reported = changed("9", events=(("recovery_decided", {"creatorflow.reason": "because zebra"}),))
    assert contents(RIGHT, ["zebra"]) == []
    assert len(contents(reported, ["zebra"])) == 1
