"""The AsyncAPI document is enough for any AMQP client: its topology can be declared, and its examples arrive.

The client is pika, which no code of this project uses; it knows only `asyncapi.yaml`.
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
    topology = DOCUMENT["x-topology"]
    for exchange in topology["exchanges"]:
        channel.exchange_declare(exchange["name"], exchange["type"], durable=exchange["durable"])
    for queue in topology["queues"]:
        channel.queue_declare(of_agent(queue["name"]), durable=queue["durable"], arguments=queue["arguments"])
    for binding in topology["bindings"]:
        channel.queue_bind(of_agent(binding["queue"]), binding["exchange"], of_agent(binding["key"]))


def of_agent(name: str) -> str:
    return name.replace("<agent>", AGENT)


def publish_example(channel: BlockingChannel, name: str) -> dict[str, Any]:
    message = DOCUMENT["components"]["messages"][name]
    channels = DOCUMENT["channels"].values()
    address = next(candidate for candidate in channels if name in candidate["messages"] and candidate["address"])
    body = message["examples"][0]["payload"]
    properties = {key: value for key, value in message["x-amqp-properties"].items() if key != "reply_to"}
    channel.basic_publish(
        address["bindings"]["amqp"]["exchange"]["name"],
        address["address"].format(**body),
        json.dumps(body).encode(),
        pika.BasicProperties(**{**properties, "message_id": str(uuid4())}),
        mandatory=True,  # with confirms, pika raises UnroutableError when no queue takes it
    )
    return dict(body)


@pytest.mark.parametrize("name", sorted(ARRIVALS))
def test_an_example_arrives_in_its_queue_and_is_admitted(channel: BlockingChannel, name: str) -> None:
    body = publish_example(channel, name)
    method, properties, received = channel.basic_get(ARRIVALS[name], auto_ack=True)
    assert method is not None and properties is not None and received is not None
    message = admit(
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
    assert isinstance(message, CONTRACTS[body["contract"]]), message


def test_a_rejected_task_arrives_among_the_dead_letters(channel: BlockingChannel) -> None:
    publish_example(channel, "AgentTask")
    method, _, _ = channel.basic_get(ARRIVALS["AgentTask"])
    assert method is not None
    channel.basic_reject(method.delivery_tag, requeue=False)
    method, properties, received = next(
        iter(channel.consume("creatorflow.orchestrator.dead-letters", inactivity_timeout=patient()))
    )
    channel.cancel()
    assert method is not None and properties is not None and received is not None, "no dead letter within 20 s"
    message = admit(Delivery(received, method.exchange, method.routing_key, headers=properties.headers or {}))
    assert isinstance(message, CONTRACTS["agent-task.v1"]), message


def test_a_request_of_a_later_version_arrives_and_is_refused(channel: BlockingChannel) -> None:
    body = {"contract": "request-submitted.v2", "correlation_id": str(uuid4())}
    channel.basic_publish("creatorflow.requests", "request.submitted.v2", json.dumps(body).encode(), mandatory=True)
    _, _, received = channel.basic_get(ARRIVALS["RequestSubmitted"], auto_ack=True)
    assert received is not None
    assert json.loads(admit(Delivery(received)).to_json())["code"] == "VERSION_UNSUPPORTED"
