"""Bad input to the running orchestrator: its sender gets the documented code, else it is quarantined, and other
requests are not affected.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.orchestrator.amqp_client import ask, connected, publish
from tests.integration.plans import THREE
from tests.system.processes import System
from tests.waiting import until

CONTRACT = "request-submitted.v1"
ID = str(uuid4())


def request(**fields: Any) -> dict[str, Any]:
    """A valid request with these fields replaced; `...` removes a field."""
    body = {"contract": CONTRACT, "correlation_id": str(uuid4()), "request": "make a shop", "plan": THREE} | fields
    return {key: value for key, value in body.items() if value is not ...}


def step(**fields: Any) -> dict[str, Any]:
    return {"id": "one", "agent": "database-specialist"} | fields


def raw(text: str) -> bytes:
    """A valid request as JSON with this text as the value of `request`."""
    return json.dumps(request(request="HERE")).replace('"HERE"', text).encode()


BAD: dict[str, tuple[bytes | dict[str, Any], str]] = {
    "empty body": (b"", "EMPTY_BODY"),
    "no JSON": (b"hello", "NOT_JSON"),
    "truncated": (json.dumps(request()).encode()[:-5], "NOT_JSON"),
    "something after it": (json.dumps(request()).encode() + b"{}", "NOT_JSON"),
    "a byte-order mark": (b"\xef\xbb\xbf" + json.dumps(request()).encode(), "NOT_UTF8"),
    "UTF-16": (json.dumps(request()).encode("utf-16"), "NOT_UTF8"),
    "invalid UTF-8": (b'{"contract": "\xff"}', "NOT_UTF8"),
    "an array": (b"[]", "NOT_OBJECT"),
    "null": (b"null", "NOT_OBJECT"),
    "over 1 MiB": (json.dumps(request(request="x" * 1_100_000)).encode(), "TOO_LARGE"),
    "100,000 deep": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "TOO_DEEP"),
    "a hundred thousand keys": (json.dumps({f"k{n}": 1 for n in range(60_000)}).encode(), "TOO_MANY_KEYS"),
    "NaN": (raw("NaN"), "NUMBER_NOT_FINITE"),
    "1e999": (raw("1e999"), "NUMBER_NOT_FINITE"),
    "U+0000": (raw('"a\\u0000b"'), "NUL_CHARACTER"),
    "a key twice": (raw('"a", "request": "b"'), "DUPLICATE_KEY"),
    "no contract": (request(contract=...), "CONTRACT_MISSING"),
    "a later version": (request(contract="request-submitted.v99"), "VERSION_UNSUPPORTED"),
    "a contract that is true": (request(contract=True), "CONTRACT_INVALID"),
    "an unknown contract": (request(contract="pizza.v1"), "CONTRACT_UNKNOWN"),
    "a contract of another queue": (request(contract="agent-task.v1"), "CONTRACT_NOT_EXPECTED"),
    "no correlation id": (request(correlation_id=...), "CORRELATION_INVALID"),
    "a correlation id that is no UUID": (request(correlation_id="42"), "CORRELATION_INVALID"),
    "an empty request": (request(request="  \n "), "REQUEST_EMPTY"),
    "a request that no agent matches": (request(request="Sing me a song", plan=...), "NO_AGENT_MATCHES"),
    "a deadline that is past": (
        request(deadline=(datetime.now(UTC) - timedelta(hours=1)).isoformat()),
        "DEADLINE_PAST",
    ),
    "a deadline too far": (request(deadline=(datetime.now(UTC) + timedelta(days=30)).isoformat()), "DEADLINE_TOO_FAR"),
    "a cycle": (
        request(plan={"steps": [step(depends_on=["two"]), step(id="two", depends_on=["one"])]}),
        "PLAN_INVALID",
    ),
    "a step that depends on itself": (request(plan={"steps": [step(depends_on=["one"])]}), "PLAN_INVALID"),
    "an unknown agent": (request(plan={"steps": [step(agent="nobody-at-all")]}), "PLAN_INVALID"),
    "an unknown field in a plan": (request(plan={"steps": [step(retries=3)]}), "PLAN_INVALID"),
    "a plan of ten thousand steps": (
        request(plan={"steps": [step(id=f"s{number}") for number in range(2_000)]}),
        "PLAN_TOO_LARGE",
    ),
    "a name with a wildcard": (request(plan={"steps": [step(agent="#")]}), "NAME_INVALID"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_answered_with_its_code(shared_system: System, name: str) -> None:
    body, code = BAD[name]
    before = rows_of(shared_system, code)
    with connected(shared_system.broker_url) as channel:
        problem = ask(channel, "requestSubmitted", body)
    assert (problem["contract"], problem["code"]) == ("problem.v1", code)
    assert problem["message"]
    assert problem["where"]
    assert problem["hint"]
    assert rows_of(shared_system, code) == before, "a refusal with a reply is not quarantined"


@pytest.mark.parametrize("reply_to", [None, "no-such-queue"])
def test_a_bad_request_without_a_reply_queue_is_quarantined(shared_system: System, reply_to: str | None) -> None:
    bad = request(request="Sing me a song", plan=...)
    with connected(shared_system.broker_url) as channel:
        publish(channel, "requestSubmitted", bad, reply_to=reply_to)
    expected = [("NO_AGENT_MATCHES", "request-submitted.v1")]
    until(lambda: rows_about(shared_system, bad["correlation_id"]) == expected, "its row in quarantine")


def test_a_command_refused_to_its_sender_is_not_quarantined(shared_system: System) -> None:
    saga = str(uuid4())
    step_command = {"contract": "step-command.v1", "correlation_id": saga, "step": "one", "action": "retry"}
    with connected(shared_system.broker_url) as channel:
        for body, name in (
            (step_command, "stepCommand"),
            ({"contract": "cancel-request.v1", "correlation_id": saga}, "cancelRequest"),
            ({"contract": "query.v1", "ask": "state", "correlation_id": saga}, "query"),
            ({"contract": "query.v1", "ask": "nothing", "correlation_id": saga}, "query"),
        ):
            assert ask(channel, name, body)["contract"] == "problem.v1"
        publish(channel, "stepCommand", step_command, reply_to=None)
    until(lambda: rows_about(shared_system, saga), "the command without a reply")
    assert rows_about(shared_system, saga) == [("UNKNOWN_SAGA", "step-command.v1")]


def test_the_same_id_with_another_request_is_a_conflict_and_the_first_goes_on(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        first = request()
        publish(channel, "requestSubmitted", first)
        problem = ask(channel, "requestSubmitted", first | {"request": "something else"})
        assert problem["code"] == "CONFLICTING_REQUEST"
        assert ask(channel, "requestSubmitted", first)["overall_success"] is True


def test_a_property_that_differs_from_the_body_is_refused(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        problem = ask(channel, "requestSubmitted", request(), correlation_id=str(uuid4()))
    assert problem["code"] == "PROPERTY_MISMATCH"


def test_compressed_bodies_are_refused_unread(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        problem = ask(channel, "requestSubmitted", request(), content_encoding="gzip")
    assert problem["code"] == "ENCODING_UNSUPPORTED"


def test_a_request_with_a_queue_of_the_orchestrator_as_reply_to_is_quarantined(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        publish(channel, "requestSubmitted", request(), reply_to="creatorflow.orchestrator.results")
    until(lambda: "REPLY_TO_NOT_ALLOWED" in quarantined(shared_system), "the message in quarantine")


RESULTS: dict[str, tuple[dict[str, Any], str]] = {
    "for an unknown saga": ({}, "UNKNOWN_SAGA"),
    "from another agent than in its key": ({"agent": "ui-ux-specialist"}, "SENDER_NOT_ALLOWED"),
    "that is no result": ({"success": "yes"}, "FIELD_INVALID"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_bad_result_is_quarantined(shared_system: System, name: str) -> None:
    replaced, code = RESULTS[name]
    result = {
        "contract": "agent-result.v1",
        "task_id": str(uuid4()),
        "correlation_id": str(uuid4()),
        "agent": "database-specialist",
        "instance": "unknown",
        "attempt": 1,
        "success": True,
    }
    with connected(shared_system.broker_url) as channel:
        channel.basic_publish(
            "creatorflow.results",
            "result.database-specialist.v1",
            json.dumps(result | replaced).encode(),
            mandatory=True,
        )
    until(lambda: code in quarantined(shared_system), f"{code} in quarantine")


def test_after_all_bad_inputs_a_good_request_is_served_and_the_outbox_is_empty(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        assert ask(channel, "requestSubmitted", request())["overall_success"] is True
    until(lambda: shared_system.rows("outbox") == 0, "an empty outbox")


def rows_of(system: System, code: str) -> int:
    """The number of quarantined messages with this code; equal ones count once."""
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM quarantine WHERE code = ?", [code]).fetchone()[0])


def rows_about(system: System, saga: str) -> list[tuple[str, str]]:
    """Code and contract of the quarantined messages of a saga."""
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT code, contract FROM quarantine WHERE correlation_id = ?", [saga])
        return [(str(code), str(contract)) for code, contract in rows]


def quarantined(system: System) -> set[str]:
    """The codes of all quarantined messages."""
    with sqlite3.connect(f"file:{system.database}?mode=ro", uri=True) as connection:
        return {row[0] for row in connection.execute("SELECT code FROM quarantine")}
