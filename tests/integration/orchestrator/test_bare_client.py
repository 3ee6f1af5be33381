"""Any language can join: requests from the AsyncAPI document alone, with a client that nothing of ours is built on."""

from __future__ import annotations

from uuid import uuid4

import jsonschema

from tests.integration.orchestrator.bare import DIRECT, DOCUMENT, ask, connected, publish, replies
from tests.integration.plans import THREE
from tests.system.processes import System
from tests.waiting import until

SCHEMAS = DOCUMENT["components"]["schemas"]


def request(**fields: object) -> dict[str, object]:
    """A request as the document describes it."""
    body = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "make a shop", "plan": THREE}
    return body | fields


def valid(answer: dict[str, object], name: str) -> None:
    """The answer is what the document promises."""
    jsonschema.validate(answer, {"components": {"schemas": SCHEMAS}, "$ref": f"#/components/schemas/{name}"})


def test_a_request_with_a_queue_of_ones_own_gets_its_result(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        sent = request()
        answer = ask(channel, "requestSubmitted", sent)
    assert (answer["contract"], answer["correlation_id"]) == ("synthesized-result.v1", sent["correlation_id"])
    assert answer["overall_success"] is True
    valid(answer, "SynthesizedResult")


def test_a_request_with_direct_reply_to_gets_its_result(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        answers = channel.consume(DIRECT, auto_ack=True, inactivity_timeout=0.1)
        next(answers)
        publish(channel, "requestSubmitted", request(), reply_to=DIRECT)
        answer = replies(channel, DIRECT)
    assert answer["overall_success"] is True


def test_the_outbox_drains_though_nobody_watches_and_nobody_is_answered(shared_system: System) -> None:
    sent = request()
    with connected(shared_system.broker_url) as channel:
        publish(channel, "requestSubmitted", sent)

        def final() -> bool:
            query = {"contract": "query.v1", "ask": "state", "correlation_id": sent["correlation_id"]}
            return bool(ask(channel, "query", query).get("state", {}).get("status") == "completed")

        until(final, "the end of the request")
    until(lambda: shared_system.rows("outbox") == 0, "an empty outbox")


def test_the_history_is_asked_for_from_any_number(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        sent = request()
        ask(channel, "requestSubmitted", sent)
        query = {"contract": "query.v1", "ask": "history", "correlation_id": sent["correlation_id"], "after_seq": 2}
        answer = ask(channel, "query", query)
    numbers = [event["seq"] for event in answer["events"]]
    assert numbers == list(range(3, 3 + len(numbers)))
    assert answer["events"][-1]["event"] == "completed"
    valid(answer, "QueryAnswer")


def test_the_same_request_again_after_its_end_is_answered_with_the_same_result(shared_system: System) -> None:
    with connected(shared_system.broker_url) as channel:
        sent = request()
        first = ask(channel, "requestSubmitted", sent)
        assert ask(channel, "requestSubmitted", sent) == first


def test_a_request_is_understood_without_a_plan(shared_system: System) -> None:
    text = "Generate shipping labels for paid orders and keep them in the database."
    with connected(shared_system.broker_url) as channel:
        answer = ask(channel, "requestSubmitted", request(plan=None, request=text))
    assert answer["overall_success"] is True, answer
    agents = {step["agent"] for step in answer["execution_summary"]["steps"]}
    assert "shipping-automation-specialist" in agents
