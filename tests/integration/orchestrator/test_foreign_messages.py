"""Messages with strange properties or at wrong places, on the real broker: each gets its code, and others are served.

Some of them cannot be decoded by the client library, or by the broker, and must not end connections.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pika
from pika.adapters.blocking_connection import BlockingChannel

from tests.integration.orchestrator.amqp_client import ask, connected
from tests.integration.plans import DATABASE
from tests.system.processes import System
from tests.waiting import until

REQUESTS, RESULTS, LETTERS = "creatorflow.requests", "creatorflow.results", "creatorflow.dead-letters"
SUBMIT, CANCEL = "request.submitted.v1", "command.cancel.v1"
AGENT = "database-specialist"
DIRECT = "amq.rabbitmq.reply-to"


def request(**fields: Any) -> dict[str, Any]:
    own = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "make a shop"}
    return own | {"plan": {"steps": [DATABASE]}} | fields


def result(**fields: Any) -> dict[str, Any]:
    own = {"contract": "agent-result.v1", "task_id": str(uuid4()), "correlation_id": str(uuid4()), "agent": AGENT}
    return own | {"instance": "unknown", "attempt": 1, "success": True} | fields


def nested(levels: int) -> dict[str, Any]:
    table: dict[str, Any] = {"x": 1}
    for _ in range(levels):
        table = {"x": table}
    return table


PROPERTIES: dict[str, tuple[dict[str, Any], str]] = {
    "a time that no calendar has": ({"timestamp": 2**63}, ""),
    "a time after the year 9999": ({"timestamp": 253_402_300_800}, ""),
    "a content type that is no text": ({"content_type": b"\xff\xfe"}, "CONTENT_TYPE_UNSUPPORTED"),
    "another content type": ({"content_type": "text/html"}, "CONTENT_TYPE_UNSUPPORTED"),
    "a compressed body": ({"content_encoding": "deflate"}, "ENCODING_UNSUPPORTED"),
    "another type": ({"type": "cancel-request.v1"}, "PROPERTY_MISMATCH"),
    "a message id that is no text": ({"message_id": b"\xff" * 255}, ""),
    "a reply to bytes": ({"reply_to": b"\xff" * 255}, "REPLY_TO_NOT_ALLOWED"),
    "a reply to a queue of the orchestrator's": ({"reply_to": "creatorflow.agent.x.v1"}, "REPLY_TO_NOT_ALLOWED"),
    "a reply to a forged channel": ({"reply_to": f"{DIRECT}.a.b"}, "REPLY_TO_NOT_ALLOWED"),
    "a reply to a forged process": ({"reply_to": f"{DIRECT}.g1h2AAAA==.zzz"}, "REPLY_TO_NOT_ALLOWED"),
    "a reply to nowhere": ({"reply_to": "no-such-queue"}, ""),
    "a reply to a queue of a long name": ({"reply_to": "q" * 255}, ""),
    "headers over 8 KiB": ({"headers": {f"k{n}": "v" * 50 for n in range(500)}}, "HEADERS_TOO_LARGE"),
    "headers of 100 KiB": ({"headers": {"all": ["v"] * 15_000}}, "HEADERS_TOO_LARGE"),
    "headers in headers": ({"headers": nested(300)}, ""),
    "headers of every kind": (
        {
            "headers": {
                "d": Decimal("1E-200"),
                "t": datetime(2026, 1, 1, tzinfo=UTC),
                "n": None,
            }
        },
        "",
    ),
    "a trace that is none": ({"headers": {"traceparent": "00-zz", "tracestate": "=;;,"}}, ""),
    "a trace that is no text": ({"headers": {"traceparent": 5, "tracestate": [1]}}, ""),
    "a forged death": ({"headers": {"x-death": "yes", "x-first-death-reason": 7}}, ""),
    "a forged count of deliveries": ({"headers": {"x-delivery-count": 2**62}}, "REDELIVERED_TOO_OFTEN"),
    "a count of deliveries that is none": ({"headers": {"x-delivery-count": "many"}}, ""),
    "copies to own queues": ({"headers": {"BCC": ["result.x.v1"], "CC": [1]}}, ""),
    "the highest priority": ({"priority": 255}, ""),
}
"""Properties of a valid request, and the expected code; without a code it is served."""


def test_a_request_with_any_properties_ends_and_so_does_the_next(shared_system: System) -> None:
    strange, good = {name: request() for name in PROPERTIES}, {name: request() for name in PROPERTIES}
    with connected(shared_system.broker_url) as channel:
        for name, (properties, _) in PROPERTIES.items():
            send(channel, REQUESTS, SUBMIT, strange[name], **properties)
            send(channel, REQUESTS, SUBMIT, good[name])
    for name, (_, code) in PROPERTIES.items():
        if code:
            until(lambda: code_of(shared_system, strange[name]) == code, f"{code} for {name}")  # noqa: B023
        else:
            until(lambda: status(shared_system, strange[name]) == "completed", f"the end of {name}")  # noqa: B023
        until(lambda: status(shared_system, good[name]) == "completed", f"the request after {name}")  # noqa: B023


PLACES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a result where claims come": (RESULTS, f"claim.{AGENT}.v1", result(), "SENDER_NOT_ALLOWED"),
    "a claim where results come": (
        RESULTS,
        f"result.{AGENT}.v1",
        result(contract="task-claimed.v1"),
        "SENDER_NOT_ALLOWED",
    ),
    "a result where a child's come": (RESULTS, "result.saga.v1", result(), "SENDER_NOT_ALLOWED"),
    "an anonymous result, as a child's": (RESULTS, "result.saga.v1", result(agent="saga"), "SENDER_NOT_ALLOWED"),
    "a result under a wildcard": (RESULTS, "result.*.v1", result(), "SENDER_NOT_ALLOWED"),
    "a result under a key of 255 bytes": (RESULTS, f"result.{'x' * 245}.v1", result(), "SENDER_NOT_ALLOWED"),
    "a request where results come": (RESULTS, f"result.{AGENT}.v1", request(), "CONTRACT_NOT_EXPECTED"),
    "a request where commands come": (REQUESTS, CANCEL, request(), "CONTRACT_NOT_EXPECTED"),
    "a result where requests come": (REQUESTS, SUBMIT, result(), "CONTRACT_NOT_EXPECTED"),
    "a result straight into the orchestrator's queue": (
        "",
        "creatorflow.orchestrator.results",
        result(),
        "SENDER_NOT_ALLOWED",
    ),
    "a request straight into the orchestrator's queue": (
        "",
        "creatorflow.orchestrator.submit",
        request(),
        "PROPERTY_MISMATCH",
    ),
    "a cancel under another command's key": (
        REQUESTS,
        "command.prune.v1",
        {"contract": "cancel-request.v1", "correlation_id": str(uuid4())},
        "PROPERTY_MISMATCH",
    ),
    "a result as a dead letter": (LETTERS, "task.x.v1", result(), "CONTRACT_NOT_EXPECTED"),
}


def test_a_message_in_the_wrong_place_is_quarantined_and_the_next_is_served(shared_system: System) -> None:
    strange = {name: body | {"correlation_id": str(uuid4())} for name, (_, _, body, _) in PLACES.items()}
    with connected(shared_system.broker_url) as channel:
        for name, (exchange, key, _, _) in PLACES.items():
            send(channel, exchange, key, strange[name])
        assert ask(channel, "requestSubmitted", request())["overall_success"] is True
    for name, (_, _, _, code) in PLACES.items():
        until(lambda: code_of(shared_system, strange[name]) == code, f"{code} for {name}")  # noqa: B023


def send(channel: BlockingChannel, exchange: str, key: str, body: dict[str, Any], **properties: Any) -> None:
    channel.basic_publish(exchange, key, json.dumps(body).encode(), pika.BasicProperties(**properties), mandatory=True)


def code_of(system: System, body: dict[str, Any]) -> str:
    """The code with which these bytes are quarantined; empty if they are not."""
    return first_value(system, "SELECT code FROM quarantine WHERE body = ?", json.dumps(body).encode())


def status(system: System, body: dict[str, Any]) -> str:
    return first_value(system, "SELECT status FROM saga WHERE id = ?", body["correlation_id"])


def first_value(system: System, sql: str, value: object) -> str:
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        row = connection.execute(sql, [value]).fetchone()
    return str(row[0]) if row else ""
