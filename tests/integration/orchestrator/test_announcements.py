"""An announcement with a bad card, on the real broker: its agent gets the refusal, and queries list it."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from creatorflow_contracts import topology

from tests.integration.orchestrator.amqp_client import ask, connected, replies
from tests.system.processes import System


def announcement(name: str, **card: Any) -> bytes:
    own = {"name": name, "group": "custom", "summary": "Wraps.", "expertise": [], "domains": []} | card
    return json.dumps({"contract": "agent-announced.v1", "agent": name, "instance": "one", "card": own}).encode()


def test_a_bad_card_is_refused_to_its_agent_and_listed_until_a_good_one_arrives(shared_system: System) -> None:
    name, agents = "gift-agent", {"contract": "query.v1", "ask": "agents", "id": str(uuid4())}
    key = topology.control_key("announce", name)
    with connected(shared_system.broker_url) as channel:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, topology.CONTROL, f"control.refused.{name}.#")
        channel.basic_publish(topology.CONTROL, key, announcement(name, summary=5))
        answer = replies(channel, queue)
        assert (answer["contract"], answer["agent"], answer["code"]) == (
            "announcement-refused.v1",
            name,
            "FIELD_INVALID",
        )
        assert answer["where"] == "card.summary" and answer["hint"]
        listed = ask(channel, "query", agents)
        assert listed["query_id"] == agents["id"], "a query's answer repeats its id"
        (refused,) = [refusal for refusal in listed["refused"] if refusal["name"] == name]
        assert (refused["code"], refused["where"], refused["hint"]) == ("FIELD_INVALID", "card.summary", answer["hint"])

        channel.basic_publish(topology.CONTROL, key, announcement(name))
        channel.basic_publish(topology.CONTROL, key, announcement(name, summary=6))
        assert replies(channel, queue)["where"] == "card.summary"
        channel.basic_publish(topology.CONTROL, key, announcement(name))
        other = topology.control_key("announce", "other-agent")
        channel.queue_bind(queue, topology.CONTROL, "control.refused.other-agent.#")
        channel.basic_publish(topology.CONTROL, other, announcement("other-agent", summary=5))
        assert replies(channel, queue)["agent"] == "other-agent", "earlier announcements were processed"
        listed = ask(channel, "query", agents)
    assert name not in {refusal["name"] for refusal in listed["refused"]}
    assert name in {agent["card"]["name"] for agent in listed["agents"]}


def test_a_problem_repeats_the_id_of_the_query_that_it_answers(shared_system: System) -> None:
    mine = {"contract": "query.v1", "id": str(uuid4()), "correlation_id": str(uuid4())}
    with connected(shared_system.broker_url) as channel:
        for subject, code in (("state", "UNKNOWN_SAGA"), ("nothing", "FIELD_INVALID")):
            problem = ask(channel, "query", mine | {"ask": subject})
            assert (problem["code"], problem["query_id"]) == (code, mine["id"])
