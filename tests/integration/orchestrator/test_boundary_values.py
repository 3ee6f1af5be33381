"""Values at the limits of fields, and commands wrong in every field, on SQLite and on PostgreSQL.

Each gets its result or a problem with its code. A late repetition is answered and changes nothing.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

import aio_pika
import pytest
from creatorflow_contracts import topology
from pika.adapters.blocking_connection import BlockingChannel

from tests.integration.orchestrator.amqp_client import ask, connected, publish
from tests.integration.orchestrator.test_quarantine import PICKY, announce_picky_agent, next_task, quarantine, state
from tests.integration.plans import DATABASE
from tests.system.processes import System
from tests.waiting import until

ORDERS_AFTER = {"id": "after", "agent": "order-workflow-specialist"}


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def system_on_each_store(
    request: pytest.FixtureRequest, module_broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """An orchestrator on each of the stores, and two agents."""
    folder = tmp_path_factory.mktemp("either")
    store = request.getfixturevalue("module_postgres_url") if request.param == "PostgreSQL" else None
    system = System(module_broker_url, folder, store_url=store)
    system.orchestrator()
    system.agents("database-specialist", "order-workflow-specialist")
    yield system
    system.stop()


@pytest.fixture
def channel(system_on_each_store: System) -> Iterator[BlockingChannel]:
    with connected(system_on_each_store.broker_url) as opened:
        yield opened


def request(**fields: Any) -> dict[str, Any]:
    own = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "make a shop"}
    return own | {"plan": {"steps": [DATABASE]}} | fields


def reply_status(channel: BlockingChannel, body: bytes | dict[str, Any], **properties: Any) -> str:
    """Sends a request; returns the code of the problem, or the status of the result."""
    answer = ask(channel, "requestSubmitted", body, **properties)
    return str(answer.get("code") or answer["status"])


# -- ids --------------------------------------------------------------------------------------------------------------

SPELLINGS: dict[str, tuple[Callable[[str], str], str]] = {
    "in capitals": (str.upper, "completed"),
    "in braces": ("{{{}}}".format, "completed"),
    "as a URN": ("urn:uuid:{}".format, "completed"),
    "without hyphens": (lambda text: text.replace("-", ""), "completed"),
    "with a space": (" {}".format, "CORRELATION_INVALID"),
    "with a hyphen more": (lambda text: text[:4] + "-" + text[4:], "CORRELATION_INVALID"),
    "with a letter more": ("{}0".format, "CORRELATION_INVALID"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_an_id_is_the_same_however_it_is_spelt(channel: BlockingChannel, name: str) -> None:
    spell, expected = SPELLINGS[name]
    plain = str(uuid4())
    body = request(correlation_id=spell(plain))
    assert reply_status(channel, body, correlation_id=plain) == expected
    if expected == "completed":
        assert reply_status(channel, body | {"correlation_id": plain}, correlation_id=spell(plain)) == "completed"
        reply = ask(channel, "query", {"contract": "query.v1", "ask": "state", "correlation_id": spell(plain)})
        assert reply["state"]["correlation_id"] == plain
        assert not quarantine(channel, "list", correlation_id=spell(plain))["items"], "no conflict with itself"


@pytest.mark.parametrize("text", ["x" * 200, "é" * 100, "urn:uuid:nobody"])
def test_a_message_delivered_too_often_is_refused_with_any_properties(channel: BlockingChannel, text: str) -> None:
    properties: dict[str, Any] = {"correlation_id": text, "headers": {"x-delivery-count": 11}}
    for where in ("requestSubmitted", "stepCommand"):
        problem = ask(channel, where, request(), **properties)
        assert (problem["code"], problem.get("correlation_id")) == ("REDELIVERED_TOO_OFTEN", None)


# -- times and numbers ------------------------------------------------------------------------------------------------

FIELD_INVALID = "FIELD_INVALID"
DEADLINES: dict[str, str] = {
    "9999-12-31T23:59:59Z": "DEADLINE_TOO_FAR",
    "9999-12-31T23:59:59.999999-12:00": FIELD_INVALID,
    "0001-01-01T00:00:00Z": "DEADLINE_PAST",
    "0001-01-01T00:00:00+23:59": FIELD_INVALID,
    "10000-01-01T00:00:00Z": FIELD_INVALID,
    "2026-02-30T00:00:00Z": FIELD_INVALID,
    "2026-12-31T00:00:00": FIELD_INVALID,
    "2026-12-31T00:00:00+25:00": FIELD_INVALID,
    "now": FIELD_INVALID,
}


@pytest.mark.parametrize("deadline", DEADLINES)
def test_an_extreme_deadline_is_refused_with_its_code(channel: BlockingChannel, deadline: str) -> None:
    assert reply_status(channel, request(deadline=deadline)) == DEADLINES[deadline]


TIMEOUTS: dict[str, str] = {
    "-1": "PLAN_INVALID",
    "0": "PLAN_INVALID",
    "-0": "PLAN_INVALID",
    "1.0": "PLAN_INVALID",
    "true": "PLAN_INVALID",
    '"100"': "PLAN_INVALID",
    "604800000": "completed",
    "604800001": "PLAN_INVALID",
    "9223372036854775807": "PLAN_INVALID",
    "9223372036854775808": "NUMBER_TOO_LARGE",
    "NaN": "NUMBER_NOT_FINITE",
    "-Infinity": "NUMBER_NOT_FINITE",
    "1e400": "NUMBER_NOT_FINITE",
}


@pytest.mark.parametrize("written", TIMEOUTS)
def test_a_timeout_is_a_whole_number_of_milliseconds_up_to_a_week(channel: BlockingChannel, written: str) -> None:
    body = json.dumps(request(plan={"steps": [DATABASE | {"timeout_ms": "HERE"}]})).replace('"HERE"', written)
    assert reply_status(channel, body.encode()) == TIMEOUTS[written]


# -- names ------------------------------------------------------------------------------------------------------------

STEPS: dict[str, str] = {
    **dict.fromkeys(("saga", "all", "client", "constructor", "results", "iteration", "by_hand"), "completed"),
    **dict.fromkeys(("__proto__", "dаtabase", "ﬁx", "database\n", "a--b", "A", "1a", "a" * 65), "NAME_INVALID"),
}


@pytest.mark.parametrize("name", STEPS)
def test_guards_can_read_steps_of_any_valid_name(channel: BlockingChannel, name: str) -> None:
    guard = f"has(results.{name}.output.summary)"
    after = ORDERS_AFTER | {"depends_on": [name], "when": guard}
    assert reply_status(channel, request(plan={"steps": [DATABASE | {"id": name}, after]})) == STEPS[name]


@pytest.mark.parametrize("name", ["saga", "all", "__proto__"])
def test_a_plan_with_a_reserved_agent_name_is_refused(channel: BlockingChannel, name: str) -> None:
    code = "NAME_INVALID" if name.startswith("_") else "PLAN_INVALID"
    assert reply_status(channel, request(plan={"steps": [DATABASE | {"agent": name}]})) == code
    card = {"name": name, "group": "own", "summary": "x", "expertise": [], "domains": [], "vocabulary": {}}
    body = {"contract": "agent-announced.v1", "agent": name, "instance": "one", "card": card}
    channel.basic_publish(topology.CONTROL, f"control.announce.{name}.v1", json.dumps(body).encode())
    assert reply_status(channel, request(plan={"steps": [DATABASE | {"agent": name}]})) == code
    agents = ask(channel, "query", {"contract": "query.v1", "ask": "agents"})["agents"]
    assert name not in {agent["card"]["name"] for agent in agents}


def test_a_step_with_the_name_of_a_compensation_causes_no_conflict(channel: BlockingChannel) -> None:
    names = ["database", "undo-database", "undo-undo-database"]
    before = [[], names[:1], names[1:2]]
    undone = [
        DATABASE | {"id": name, "compensate": "database-specialist", "depends_on": after}
        for name, after in zip(names, before, strict=True)
    ]
    never = {"properties": {"data": {"required": ["never"]}}}
    last = ORDERS_AFTER | {"depends_on": names[2:], "expected_output": never}
    answer = ask(channel, "requestSubmitted", request(plan={"steps": [*undone, last]}))
    steps = answer["execution_summary"]["steps"]
    assert answer["status"] == "failed"
    assert [step["step"] for step in steps if step["type"] == "compensation" and step["status"] == "succeeded"] == [
        "undo-undo-undo-database",
        "undo-undo-database-2",
        "undo-database-2",
    ]


# -- commands ---------------------------------------------------------------------------------------------------------

WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "a number": 7,
    "negative": -1,
    "a fraction": 1.5,
    "64 bits": 2**63 - 1,
    "more than 64 bits": 2**63,
    "no text": "",
    "a long text": "x" * 70_000,
    "a list": [1],
    "a list of texts": ["a"],
    "an object": {"a": 1},
    "nested": json.loads("[" * 31 + "]" * 31),
    "left out": ...,
}
COMMANDS: dict[str, dict[str, Any]] = {
    "stepCommand": {"contract": "step-command.v1", "correlation_id": str(uuid4()), "step": "one", "action": "skip"}
    | {"agent": None, "output": None, "reason": "", "id": None},
    "quarantineCommand": {"contract": "quarantine-command.v1", "action": "show", "code": None, "agent": None}
    | {"contract_name": None, "kind": None, "correlation_id": None, "state": "resting", "ids": [str(uuid4())]}
    | {"after": None, "limit": 5, "dry_run": True, "body": None, "offset": 0},
    "pruneCommand": {"contract": "prune-command.v1", "older_than_ms": 10**9, "limit": 10, "dry_run": True},
    "query": {"contract": "query.v1", "ask": "history", "correlation_id": str(uuid4()), "after_seq": 0, "limit": 10},
}


ANSWERS = {"query": "query-answer.v1", "quarantineCommand": "quarantine-answer.v1", "pruneCommand": "prune-answer.v1"}
"""The reply where a value happens to be valid."""


@pytest.mark.parametrize("where", COMMANDS)
def test_a_command_wrong_in_any_field_is_answered_and_the_next_one_is_served(
    channel: BlockingChannel, where: str
) -> None:
    good = COMMANDS[where]
    if where == "query":  # of an existing request: the reply is read from the store
        body = request()
        assert reply_status(channel, body) == "completed"
        good = good | {"correlation_id": body["correlation_id"]}
    if where == "quarantineCommand":  # of an existing message
        quarantine_and_show(channel, lambda body: publish(channel, "requestSubmitted", body))
        good = good | {"ids": [quarantine(channel, "list", code="NOT_JSON")["items"][-1]["id"]]}
    for field in good:
        for name, value in WRONG.items():
            body = {key: content for key, content in (good | {field: value}).items() if content is not ...}
            answer = ask(channel, where, body)
            assert answer["contract"] in ("problem.v1", ANSWERS.get(where)), (field, name, answer)
            assert answer["contract"] != "problem.v1" or (answer["message"] and answer["hint"]), (field, name)
    assert reply_status(channel, request()) == "completed"


def submit_until_parked(channel: BlockingChannel, queue: str) -> str:
    """Submits a request and rejects its task; returns its id when its step is parked."""
    body = request(plan={"steps": [{"id": "pick", "agent": PICKY}]}, on_failure="park")
    publish(channel, "requestSubmitted", body)
    reject_task(channel, queue, body["correlation_id"])
    return str(body["correlation_id"])


def reject_task(channel: BlockingChannel, queue: str, saga: str) -> dict[str, Any]:
    """Rejects the next task and waits until its step is parked; returns the task."""
    tag, task = next_task(channel, queue)
    channel.basic_reject(tag, requeue=False)
    until(lambda: state(channel, saga)["steps"][0]["status"] == "parked", "the parked step")
    return task


def test_a_repeated_retry_command_is_answered_and_starts_no_further_attempt(
    channel: BlockingChannel,
) -> None:
    queue = announce_picky_agent(channel)
    saga = submit_until_parked(channel, queue)
    assert state(channel, saga)["parked"] == ["pick"]
    command = {"contract": "step-command.v1", "correlation_id": saga, "step": "pick", "action": "retry"}
    once = command | {"id": str(uuid4())}
    assert ask(channel, "stepCommand", once)["answers"] == "step-command.v1"
    assert reject_task(channel, queue, saga)["attempt"] == 2
    again = ask(channel, "stepCommand", once)
    assert (again["ask"], again["state"]["steps"][0]["attempt"], again["state"]["parked"]) == ("state", 2, ["pick"])
    assert ask(channel, "stepCommand", command)["state"]["steps"][0]["attempt"] == 3, (
        "without an id it is another command"
    )
    reject_task(channel, queue, saga)
    assert ask(channel, "stepCommand", command | {"action": "skip", "id": str(uuid4())})["ask"] == "state"
    assert ask(channel, "stepCommand", once)["state"]["status"] == "completed", "nor is it refused after the end"
    assert ask(channel, "stepCommand", command)["code"] == "STEP_SETTLED"


@pytest.mark.parametrize("action", ["retry", "skip", "complete"])
def test_a_step_command_for_a_childs_step_is_done_in_the_child_that_the_parents_step_names(
    channel: BlockingChannel, action: str
) -> None:
    queue = announce_picky_agent(channel)
    plan = {"steps": [{"id": "part", "plan": {"steps": [{"id": "pick", "agent": PICKY}]}}]}
    body = request(plan=plan, on_failure="park")
    publish(channel, "requestSubmitted", body)
    child = str(uuid5(UUID(body["correlation_id"]), "part/1/1"))
    reject_task(channel, queue, child)
    (part,) = state(channel, body["correlation_id"])["steps"]
    assert (part["agent"], part["child"]) == ("saga", child)
    history = {"contract": "query.v1", "ask": "history", "correlation_id": body["correlation_id"]}
    events = ask(channel, "query", history)["events"]
    assert [event["data"].get("child") for event in events if event["event"] == "step_dispatched"] == [child]
    listed = ask(channel, "query", {"contract": "query.v1", "ask": "list"})["sagas"]
    assert {listed_saga["correlation_id"] for listed_saga in listed if listed_saga.get("parked")} >= {child}
    command = {"contract": "step-command.v1", "correlation_id": child, "step": "pick", "action": action}
    assert ask(channel, "stepCommand", command | {"output": {"summary": "by hand"}})["ask"] == "state"
    if action == "retry":
        tag, task = next_task(channel, queue)
        result = {key: task[key] for key in ("correlation_id", "agent", "attempt")} | {"task_id": task["id"]}
        result |= {"contract": "agent-result.v1", "instance": "one", "success": True, "output": {"summary": "done"}}
        channel.basic_publish(topology.RESULTS, topology.result_key(PICKY), json.dumps(result).encode())
        channel.basic_ack(tag)
    until(lambda: state(channel, body["correlation_id"])["status"] == "completed", "the end of the parent")


# -- quarantine -------------------------------------------------------------------------------------------------------

HEADERS: dict[str, Any] = {
    "bytes": b"\xff\x00\xfe",
    "a decimal": Decimal("1E-200"),
    "nothing": None,
    "nested": {"a": {"b": {"c": [1, [2, [3, {"x": b"\x00"}]]]}}},
    "a lone surrogate": "a\ud800b",
    "terminal": "\x1b[2J\x1b]0;evil\x07",
    "": "an empty name",
    "k" * 200: "a long name",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_message_with_any_headers_is_quarantined_and_shown(channel: BlockingChannel, name: str) -> None:
    value = HEADERS[name].encode("utf-8", "surrogatepass") if name == "a lone surrogate" else HEADERS[name]
    shown = quarantine_and_show(channel, lambda body: publish(channel, "requestSubmitted", body, headers={name: value}))
    assert name in shown["headers"]


@pytest.mark.parametrize("value", [2.0**127, -0.0, 0.5])
def test_a_message_with_an_extreme_number_in_its_headers_is_quarantined_and_shown(
    system_on_each_store: System, channel: BlockingChannel, value: float
) -> None:
    """NaN and infinities are not tested: the broker closes the connection of their sender."""

    def send(body: bytes) -> None:
        asyncio.run(publish_with_headers(system_on_each_store.broker_url, body, {"x": value}))

    assert quarantine_and_show(channel, send)["headers"]["x"] == str(value)


def quarantine_and_show(channel: BlockingChannel, send: Callable[[bytes], object]) -> dict[str, Any]:
    """Sends a message that is no JSON and waits for it in quarantine; returns it as it is shown."""
    body = f"no JSON {uuid4()}".encode()
    send(body)
    matching: list[dict[str, Any]] = []

    def is_quarantined() -> bool:
        items = quarantine(channel, "list", code="NOT_JSON", limit=500)["items"]
        shown = quarantine(channel, "show", ids=[items[-1]["id"]])["items"] if items else []
        matching[:] = [item for item in shown if base64.b64decode(item["body"]) == body]
        return bool(matching)

    until(is_quarantined, "the message in quarantine")
    return matching[0]


async def publish_with_headers(url: str, body: bytes, headers: dict[str, Any]) -> None:
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        requests = await channel.get_exchange(topology.REQUESTS)
        await requests.publish(aio_pika.Message(body, headers=headers), topology.submit_key())


def test_after_all_of_them_both_stores_still_serve(channel: BlockingChannel) -> None:
    assert reply_status(channel, request()) == "completed"
