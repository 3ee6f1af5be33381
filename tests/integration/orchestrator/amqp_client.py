"""A client of pika and the AsyncAPI document, without code of this project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import yaml
from pika.adapters.blocking_connection import BlockingChannel

from tests.waiting import patient, until

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[3] / "contracts" / "asyncapi.yaml").read_text("utf-8")
)
DIRECT = "amq.rabbitmq.reply-to"


@contextmanager
def connected(url: str) -> Iterator[BlockingChannel]:
    """Opens a channel with publisher confirms."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        yield channel
    finally:
        connection.close()


def publish(channel: BlockingChannel, where: str, body: bytes | dict[str, Any], **properties: Any) -> None:
    """Publishes to the document's channel `where`."""
    channels = DOCUMENT["channels"][where]
    channel.basic_publish(
        channels["bindings"]["amqp"]["exchange"]["name"],
        channels["address"],
        body if isinstance(body, bytes) else json.dumps(body).encode(),
        pika.BasicProperties(content_type="application/json", delivery_mode=2, message_id=uuid4().hex, **properties),
        mandatory=True,
    )


def replies(channel: BlockingChannel, queue: str) -> dict[str, Any]:
    """Waits for the next message of a queue; returns its body."""
    for _, _, body in channel.consume(queue, auto_ack=True, inactivity_timeout=patient()):
        assert body is not None, "no answer in time"
        return json.loads(body)  # type: ignore[no-any-return]
    raise AssertionError("the consumer was cancelled")


def ask(channel: BlockingChannel, where: str, body: bytes | dict[str, Any], **properties: Any) -> dict[str, Any]:
    """Publishes with an own reply queue; returns the first reply."""
    queue = channel.queue_declare("", exclusive=True).method.queue
    publish(channel, where, body, reply_to=queue, **properties)

    def answer() -> bytes | None:
        channel.connection.process_data_events(0)
        body: bytes | None = channel.basic_get(queue, auto_ack=True)[2]
        return body

    return json.loads(until(answer, f"the answer to {where}"))  # type: ignore[no-any-return]
