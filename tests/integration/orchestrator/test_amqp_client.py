"""Requests by the AsyncAPI document alone, with an AMQP client that no code of this project uses."""

from __future__ import annotations

from uuid import uuid4

import jsonschema

from tests.integration.orchestrator.amqp_client import DIRECT, DOCUMENT, ask, connected, publish, replies
from tests.integration.plans import THREE
from tests.system.processes import System
from tests.waiting import until

SCHEMAS = DOCUMENT["components"]["schemas"]


def request(**fields: object) -> dict[str, object]:
    """A request as the document describes it."""
    body = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "make a shop", "plan": THREE}
    return body | fields


def assert_valid(answer: dict[str, object], name: str) -> None:
    """Asserts that a reply matches the document's schema."""
    jsonschema.validate(answer, {"components": {"schemas": SCHEMAS}, "$ref": f"#/components/schemas/{name}"})


def test_a_request_with_an_own_reply_queue_gets_its_result(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        sent = request()
        answer = ask(channel, "requestSubmitted", sent)
    assert (answer["contract"], answer["correlation_id"]) == ("synthesized-result.v1", sent["correlation_id"])
    assert answer["overall_success"] is True
    assert_valid(answer, "SynthesizedResult")


def test_a_request_with_direct_reply_to_gets_its_result(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        answers = channel.consume(DIRECT, auto_ack=True, inactivity_timeout=0.1)
        next(answers)
        publish(channel, "requestSubmitted", request(), reply_to=DIRECT)
        answer = replies(channel, DIRECT)
    assert answer["overall_success"] is True


def test_the_outbox_drains_without_watchers_and_reply_queues(shared_system: System) -> None:
    sent = request()
    with connected(shared_system.broker_url) as channel:
        publish(channel, "requestSubmitted", sent)

        def final() -> bool:
            query = {"contract": "query.v1", "ask": "state", "correlation_id": sent["correlation_id"]}
            return bool(ask(channel, "query", query).get("state", {}).get("status") == "completed")

        until(final, "the end of the request")
    until(lambda: shared_system.rows("outbox") == 0, "an empty outbox")


def test_the_history_is_queried_from_any_sequence_number(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        sent = request()
        ask(channel, "requestSubmitted", sent)
        query = {"contract": "query.v1", "ask": "history", "correlation_id": sent["correlation_id"], "after_seq": 2}
        answer = ask(channel, "query", query)
    numbers = [event["seq"] for event in answer["events"]]
    assert numbers == list(range(3, 3 + len(numbers)))
    assert answer["events"][-1]["event"] == "completed"
    assert_valid(answer, "QueryAnswer")


def test_the_same_request_again_after_its_end_is_answered_with_the_same_result(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        sent = request()
        first = ask(channel, "requestSubmitted", sent)
        assert ask(channel, "requestSubmitted", sent) == first


def test_a_request_without_a_plan_is_planned(shared_system: System) -> None:
    text = "Generate shipping labels for paid orders and keep them in the database."
    with connected(shared_system.broker_url) as channel:
        answer = ask(channel, "requestSubmitted", request(plan=None, request=text))
    assert answer["overall_success"] is True, answer
    agents = {step["agent"] for step in answer["execution_summary"]["steps"]}
    assert "shipping-automation-specialist" in agents
