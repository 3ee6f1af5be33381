"""The quarantine of a running orchestrator: listed, corrected and redriven by messages alone; and old sagas pruned."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from creatorflow_contracts import topology
from pika.adapters.blocking_connection import BlockingChannel

from tests.integration.orchestrator.amqp_client import DOCUMENT, ask, connected, publish
from tests.integration.orchestrator.test_amqp_client import assert_valid
from tests.integration.plans import THREE
from tests.system.processes import System
from tests.waiting import until

PICKY = "picky-agent"
CARD = {"name": PICKY, "group": "own", "summary": "rejects", "expertise": [], "domains": [], "vocabulary": {}}


@pytest.fixture
def channel(shared_system: System) -> Iterator[BlockingChannel]:
    with connected(shared_system.broker_url) as opened:
        yield opened


def quarantine(channel: BlockingChannel, action: str, **fields: Any) -> dict[str, Any]:
    """Sends a quarantine command; returns the reply."""
    answer = ask(channel, "quarantineCommand", {"contract": "quarantine-command.v1", "action": action, **fields})
    if answer["contract"] == "quarantine-answer.v1":
        assert_valid(answer, "QuarantineAnswer")
    return answer


def redrive(channel: BlockingChannel, row: str, **fields: Any) -> dict[str, Any]:
    """Redrives a message; returns the outcome."""
    (outcome,) = quarantine(channel, "redrive", ids=[row], **fields)["outcomes"]
    return dict(outcome)


def quarantined(channel: BlockingChannel, **fields: Any) -> list[dict[str, Any]]:
    return list(quarantine(channel, "list", **fields).get("items", ()))


def state(channel: BlockingChannel, saga: str) -> dict[str, Any]:
    answer = ask(channel, "query", {"contract": "query.v1", "ask": "state", "correlation_id": saga})
    return dict(answer.get("state") or answer)


def test_a_broken_request_is_found_shown_corrected_and_runs(channel: BlockingChannel) -> None:
    saga = str(uuid4())
    good = {"contract": "request-submitted.v1", "correlation_id": saga, "request": "make a shop", "plan": THREE}
    bad = json.dumps(good).encode()[:-1]
    publish(channel, "requestSubmitted", bad)
    until(lambda: quarantined(channel, code="NOT_JSON"), "the broken request")
    (item,) = quarantined(channel, code="NOT_JSON")
    (group,) = quarantine(channel, "groups", code="NOT_JSON")["groups"]
    assert (group["count"], group["contract"], item["kind"]) == (1, "request-submitted.v1", "request")
    (shown,) = quarantine(channel, "show", ids=[item["id"]])["items"]
    assert (base64.b64decode(shown["body"]), shown["size"]) == (bad, len(bad))
    refused = redrive(channel, item["id"])
    assert (refused["done"], refused["code"]) == (False, "NOT_JSON")
    edited = base64.b64encode(json.dumps(good).encode()).decode()
    assert redrive(channel, item["id"], body=edited, dry_run=True)["done"]
    assert quarantined(channel, code="NOT_JSON") == [item]
    assert redrive(channel, item["id"], body=edited)["done"]
    until(lambda: state(channel, saga).get("status") == "completed", "the end of the request")
    assert redrive(channel, item["id"])["code"] == "REDRIVE_REFUSED"
    assert quarantined(channel, code="NOT_JSON") == []
    assert [redriven["id"] for redriven in quarantined(channel, state="redriven")] == [item["id"]]


def test_a_dead_lettered_task_is_redriven_to_a_new_attempt_and_the_request_ends_well(channel: BlockingChannel) -> None:
    queue = announce_picky_agent(channel)
    saga = str(uuid4())
    plan = {"steps": [{"id": "pick", "agent": PICKY}]}
    body = {"contract": "request-submitted.v1", "correlation_id": saga, "request": "pick", "plan": plan}
    publish(channel, "requestSubmitted", body | {"on_failure": "park"})
    tag, _ = next_task(channel, queue)
    channel.basic_reject(tag, requeue=False)
    until(lambda: state(channel, saga)["steps"][0]["status"] == "parked", "the parked step")
    (item,) = quarantined(channel, agent=PICKY)
    assert (item["kind"], item["code"], item["correlation_id"]) == ("dead_letter", "DEAD_LETTERED", saga)
    assert redrive(channel, item["id"])["done"]
    tag, task = next_task(channel, queue)
    assert (task["attempt"], task["step"]) == (2, "pick")
    channel.basic_ack(tag)
    result = {"contract": "agent-result.v1", "task_id": task["id"], "correlation_id": saga, "agent": PICKY}
    result |= {"instance": "one", "attempt": 2, "success": True, "output": {"summary": "picked"}}
    channel.basic_publish(topology.RESULTS, topology.result_key(PICKY), json.dumps(result).encode(), mandatory=True)
    until(lambda: state(channel, saga).get("status") == "completed", "the end of the request")
    events = ask(channel, "query", {"contract": "query.v1", "ask": "history", "correlation_id": saga})["events"]
    (instructed,) = [event for event in events if event["event"] == "step_instructed"]
    assert item["id"] in instructed["message"]


def test_commands_for_unknown_messages_are_refused_and_drop_requires_a_filter(channel: BlockingChannel) -> None:
    unknown = str(uuid4())
    shown = quarantine(channel, "show", ids=[unknown])
    assert (shown["code"], bool(shown["hint"])) == ("QUARANTINE_UNKNOWN", True)
    assert redrive(channel, unknown)["code"] == "QUARANTINE_UNKNOWN"
    assert quarantine(channel, "drop")["code"] == "FIELD_INVALID"


def test_ended_requests_are_pruned_by_command_and_open_ones_are_kept(channel: BlockingChannel) -> None:
    ended, going = str(uuid4()), str(uuid4())
    body = {"contract": "request-submitted.v1", "request": "make a shop", "plan": THREE}
    ask(channel, "requestSubmitted", body | {"correlation_id": ended})
    plan = {"steps": [{"id": "billing", "agent": "subscription-billing-specialist"}]}
    publish(channel, "requestSubmitted", body | {"correlation_id": going, "plan": plan})
    until(lambda: state(channel, going).get("status") == "running", "the other one to run")
    prune = {"contract": "prune-command.v1", "older_than_ms": 0}
    dry_run = ask(channel, "pruneCommand", prune | {"dry_run": True})
    assert dry_run["sagas"] >= 1 and dry_run["dry_run"]
    assert state(channel, ended)["status"] == "completed"
    pruned = ask(channel, "pruneCommand", prune)
    assert_valid(pruned, "PruneAnswer")
    assert (pruned["sagas"], pruned["more"]) == (dry_run["sagas"], False)
    assert state(channel, ended)["code"] == "UNKNOWN_SAGA"
    assert state(channel, going)["status"] == "running"


def announce_picky_agent(channel: BlockingChannel) -> str:
    """Declares and announces an agent without alternatives, by the document alone; returns its queue."""
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


def next_task(channel: BlockingChannel, queue: str) -> tuple[int, dict[str, Any]]:
    """Waits for the next task in a queue; returns its delivery tag and its content. It is not acknowledged."""
    tasks: list[tuple[int, dict[str, Any]]] = []

    def fetch() -> bool:
        method, _, body = channel.basic_get(queue)
        if method is not None and body is not None:
            tasks.append((method.delivery_tag, json.loads(body)))
        return bool(tasks)

    until(fetch, "a task")
    return tasks[0]


def test_ended_requests_are_pruned_automatically_after_their_retention(system: System) -> None:
    system.orchestrator(CREATORFLOW_KEEP_FINAL_DAYS="0.00001")
    with connected(system.broker_url) as channel:
        saga = str(uuid4())
        body = {"contract": "request-submitted.v1", "correlation_id": saga, "request": "make a shop", "plan": THREE}
        assert ask(channel, "requestSubmitted", body | {"dry_run": True})["status"] == "completed"
        until(lambda: state(channel, saga).get("code") == "UNKNOWN_SAGA", "the request is pruned")
    until(lambda: system.rows("saga") + system.rows("history") + system.rows("outbox") == 0, "nothing left")
