"""The AsyncAPI document is enough for any AMQP client: what it describes can be declared, and its examples arrive.

The client is pika, which nothing of ours is built on; all it knows is `asyncapi.yaml`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import creatorflow_contracts
import pika
import pytest
import yaml
from creatorflow_contracts import CONTRACTS, Delivery, admit
from pika.adapters.blocking_connection import BlockingChannel

from tests.waiting import patient

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(creatorflow_contracts.__file__).parents[2] / "asyncapi.yaml").read_text("utf-8")
)
AGENT = "shipping-automation-specialist"
ARRIVALS = {
    "RequestSubmitted": "creatorflow.orchestrator.submit",
    "CancelRequest": "creatorflow.orchestrator.commands",
    "Query": "creatorflow.orchestrator.commands",
    "AgentTask": f"creatorflow.agent.{AGENT}.v1",
    "AgentResult": "creatorflow.orchestrator.results",
    "TaskClaimed": "creatorflow.orchestrator.results",
    "SynthesizedResult": "creatorflow.orchestrator.results",
}


@pytest.fixture(scope="module")
def channel(module_broker_url: str) -> Iterator[BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(module_broker_url))
    opened = connection.channel()
    opened.confirm_delivery()
    declare(opened)
    yield opened
    connection.close()


def declare(channel: BlockingChannel) -> None:
    reported = DOCUMENT["x-topology"]
    for each in reported["exchanges"]:
        channel.exchange_declare(each["name"], each["type"], durable=each["durable"])
    for each in reported["queues"]:
        channel.queue_declare(of_agent(each["name"]), durable=each["durable"], arguments=each["arguments"])
    for each in reported["bindings"]:
        channel.queue_bind(of_agent(each["queue"]), each["exchange"], of_agent(each["key"]))


def of_agent(name: str) -> str:
    return name.replace("<agent>", AGENT)


def publish_example(channel: BlockingChannel, name: str) -> dict[str, Any]:
    message = DOCUMENT["components"]["messages"][name]
    place = next(each for each in DOCUMENT["channels"].values() if name in each["messages"] and each["address"])
    body = message["examples"][0]["payload"]
    properties = {key: value for key, value in message["x-amqp-properties"].items() if key != "reply_to"}
    channel.basic_publish(
        place["bindings"]["amqp"]["exchange"]["name"],
        place["address"].format(**body),
        json.dumps(body).encode(),
        pika.BasicProperties(**{**properties, "message_id": str(uuid4())}),
        mandatory=True,  # with confirms, pika raises UnroutableError when no queue takes it
    )
    return dict(body)


@pytest.mark.parametrize("name", sorted(ARRIVALS))
def test_an_example_arrives_where_it_is_awaited_and_the_door_takes_it(channel: BlockingChannel, name: str) -> None:
    body = publish_example(channel, name)
    method, properties, received = channel.basic_get(ARRIVALS[name], auto_ack=True)
    assert method is not None and properties is not None and received is not None
    found = admit(
        Delivery(
            received,
            method.exchange,
            method.routing_key,
            content_type=properties.content_type,
            content_encoding=properties.content_encoding,
            type=properties.type,
            correlation_id=properties.correlation_id,
        )
    )
    assert isinstance(found, CONTRACTS[body["contract"]]), found


def test_a_rejected_task_rests_among_the_dead_letters_under_its_own_key(channel: BlockingChannel) -> None:
    publish_example(channel, "AgentTask")
    method, _, _ = channel.basic_get(ARRIVALS["AgentTask"])
    assert method is not None
    channel.basic_reject(method.delivery_tag, requeue=False)
    method, properties, received = next(
        iter(channel.consume("creatorflow.orchestrator.dead-letters", inactivity_timeout=patient()))
    )
    channel.cancel()
    assert method is not None and properties is not None and received is not None, "no dead letter within 20 s"
    found = admit(Delivery(received, method.exchange, method.routing_key, headers=properties.headers or {}))
    assert isinstance(found, CONTRACTS["agent-task.v1"]), found


def test_a_request_of_a_later_version_arrives_to_be_parked(channel: BlockingChannel) -> None:
    body = {"contract": "request-submitted.v2", "correlation_id": str(uuid4())}
    channel.basic_publish("creatorflow.requests", "request.submitted.v2", json.dumps(body).encode(), mandatory=True)
    _, _, received = channel.basic_get(ARRIVALS["RequestSubmitted"], auto_ack=True)
    assert received is not None
    assert json.loads(admit(Delivery(received)).to_json())["code"] == "VERSION_UNSUPPORTED"
