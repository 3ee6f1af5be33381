"""The quarantine of a running orchestrator: seen, repaired and redriven by messages alone; and old sagas pruned."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from creatorflow_contracts import topology
from pika.adapters.blocking_connection import BlockingChannel

from tests.integration.orchestrator.bare import DOCUMENT, ask, connected, publish
from tests.integration.orchestrator.test_bare_client import valid
from tests.integration.plans import THREE
from tests.system.processes import System
from tests.waiting import until

PICKY = "picky-agent"
CARD = {"name": PICKY, "group": "own", "summary": "rejects", "expertise": [], "domains": [], "vocabulary": {}}


@pytest.fixture
def channel(shared_system: System) -> Iterator[BlockingChannel]:
    with connected(shared_system.broker_url) as opened:
        yield opened


def quarantine(channel: BlockingChannel, action: str, **told: Any) -> dict[str, Any]:
    """Give a command about the quarantine; its answer."""
    answer = ask(channel, "quarantineCommand", {"contract": "quarantine-command.v1", "action": action, **told})
    if answer["contract"] == "quarantine-answer.v1":
        valid(answer, "QuarantineAnswer")
    return answer


def redrive(channel: BlockingChannel, row: str, **told: Any) -> dict[str, Any]:
    """Redrive one message; what came of it."""
    (outcome,) = quarantine(channel, "redrive", ids=[row], **told)["outcomes"]
    return dict(outcome)


def resting(channel: BlockingChannel, **told: Any) -> list[dict[str, Any]]:
    return list(quarantine(channel, "list", **told).get("items", ()))


def state(channel: BlockingChannel, saga: str) -> dict[str, Any]:
    answer = ask(channel, "query", {"contract": "query.v1", "ask": "state", "correlation_id": saga})
    return dict(answer.get("state") or answer)


def test_a_broken_request_is_found_looked_at_repaired_and_runs(channel: BlockingChannel) -> None:
    saga = str(uuid4())
    good = {"contract": "request-submitted.v1", "correlation_id": saga, "request": "make a shop", "plan": THREE}
    bad = json.dumps(good).encode()[:-1]
    publish(channel, "requestSubmitted", bad)
    until(lambda: resting(channel, code="NOT_JSON"), "the broken request")
    (item,) = resting(channel, code="NOT_JSON")
    (group,) = quarantine(channel, "groups", code="NOT_JSON")["groups"]
    assert (group["count"], group["contract"], item["kind"]) == (1, "request-submitted.v1", "request")
    (shown,) = quarantine(channel, "show", ids=[item["id"]])["items"]
    assert (base64.b64decode(shown["body"]), shown["size"]) == (bad, len(bad))
    refused = redrive(channel, item["id"])
    assert (refused["done"], refused["code"]) == (False, "NOT_JSON")
    edited = base64.b64encode(json.dumps(good).encode()).decode()
    assert redrive(channel, item["id"], body=edited, dry_run=True)["done"]
    assert resting(channel, code="NOT_JSON") == [item]
    assert redrive(channel, item["id"], body=edited)["done"]
    until(lambda: state(channel, saga).get("status") == "completed", "the end of the request")
    assert redrive(channel, item["id"])["code"] == "REDRIVE_REFUSED"
    assert resting(channel, code="NOT_JSON") == []
    assert [each["id"] for each in resting(channel, state="redriven")] == [item["id"]]


def test_a_dead_lettered_task_is_redriven_to_a_new_attempt_and_the_request_ends_well(channel: BlockingChannel) -> None:
    queue = picky(channel)
    saga = str(uuid4())
    plan = {"steps": [{"id": "pick", "agent": PICKY}]}
    body = {"contract": "request-submitted.v1", "correlation_id": saga, "request": "pick", "plan": plan}
    publish(channel, "requestSubmitted", body | {"on_failure": "park"})
    tag, _ = taken(channel, queue)
    channel.basic_reject(tag, requeue=False)
    until(lambda: state(channel, saga)["steps"][0]["status"] == "parked", "the step to rest")
    (item,) = resting(channel, agent=PICKY)
    assert (item["kind"], item["code"], item["correlation_id"]) == ("dead_letter", "DEAD_LETTERED", saga)
    assert redrive(channel, item["id"])["done"]
    tag, task = taken(channel, queue)
    assert (task["attempt"], task["step"]) == (2, "pick")
    channel.basic_ack(tag)
    result = {"contract": "agent-result.v1", "task_id": task["id"], "correlation_id": saga, "agent": PICKY}
    result |= {"instance": "one", "attempt": 2, "success": True, "output": {"summary": "picked"}}
    channel.basic_publish(topology.RESULTS, topology.result_key(PICKY), json.dumps(result).encode(), mandatory=True)
    until(lambda: state(channel, saga).get("status") == "completed", "the end of the request")
    events = ask(channel, "query", {"contract": "query.v1", "ask": "history", "correlation_id": saga})["events"]
    (instructed,) = [event for event in events if event["event"] == "step_instructed"]
    assert item["id"] in instructed["message"]


def test_what_is_not_there_is_said_so_and_nothing_is_dropped_by_silence(channel: BlockingChannel) -> None:
    nobody = str(uuid4())
    shown = quarantine(channel, "show", ids=[nobody])
    assert (shown["code"], bool(shown["hint"])) == ("QUARANTINE_UNKNOWN", True)
    assert redrive(channel, nobody)["code"] == "QUARANTINE_UNKNOWN"
    assert quarantine(channel, "drop")["code"] == "FIELD_INVALID"


def test_what_has_ended_is_pruned_by_command_and_what_is_open_stays(channel: BlockingChannel) -> None:
    ended, going = str(uuid4()), str(uuid4())
    body = {"contract": "request-submitted.v1", "request": "make a shop", "plan": THREE}
    ask(channel, "requestSubmitted", body | {"correlation_id": ended})
    plan = {"steps": [{"id": "billing", "agent": "subscription-billing-specialist"}]}
    publish(channel, "requestSubmitted", body | {"correlation_id": going, "plan": plan})
    until(lambda: state(channel, going).get("status") == "running", "the other one to run")
    prune = {"contract": "prune-command.v1", "older_than_ms": 0}
    reported = ask(channel, "pruneCommand", prune | {"dry_run": True})
    assert reported["sagas"] >= 1 and reported["dry_run"]
    assert state(channel, ended)["status"] == "completed"
    pruned = ask(channel, "pruneCommand", prune)
    valid(pruned, "PruneAnswer")
    assert (pruned["sagas"], pruned["more"]) == (reported["sagas"], False)
    assert state(channel, ended)["code"] == "UNKNOWN_SAGA"
    assert state(channel, going)["status"] == "running"


def picky(channel: BlockingChannel) -> str:
    """An agent of one's own, from the document alone, that nobody else can stand in for; its queue."""
    queue = DOCUMENT["channels"]["agentQueue"]
    name = queue["address"].replace("{agent}", PICKY)
    channel.queue_declare(name, durable=True, arguments=queue["x-arguments"])
    channel.queue_bind(name, topology.TASKS, topology.task_key(PICKY))
    announced = {"contract": "agent-announced.v1", "agent": PICKY, "instance": "one", "card": CARD}
    channel.basic_publish(topology.CONTROL, topology.control_key("announce", PICKY), json.dumps(announced).encode())

    def known() -> bool:
        agents = ask(channel, "query", {"contract": "query.v1", "ask": "agents"})["agents"]
        return any(agent["card"]["name"] == PICKY for agent in agents)

    until(known, "the agent to be known")
    return str(name)


def taken(channel: BlockingChannel, queue: str) -> tuple[int, dict[str, Any]]:
    """The next task in a queue, not yet acknowledged; its tag."""
    found: list[tuple[int, dict[str, Any]]] = []

    def look() -> bool:
        method, _, body = channel.basic_get(queue)
        if method is not None and body is not None:
            found.append((method.delivery_tag, json.loads(body)))
        return bool(found)

    until(look, "a task")
    return found[0]


def test_what_has_ended_is_forgotten_by_itself_when_its_time_is_over(system: System) -> None:
    system.orchestrator(CREATORFLOW_KEEP_FINAL_DAYS="0.00001")
    with connected(system.broker_url) as channel:
        saga = str(uuid4())
        body = {"contract": "request-submitted.v1", "correlation_id": saga, "request": "make a shop", "plan": THREE}
        assert ask(channel, "requestSubmitted", body | {"dry_run": True})["status"] == "completed"
        until(lambda: state(channel, saga).get("code") == "UNKNOWN_SAGA", "the request to be forgotten")
    until(lambda: system.rows("saga") + system.rows("history") + system.rows("outbox") == 0, "nothing left")
