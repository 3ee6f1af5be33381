"""The floor: the same twelve messages per request, written by hand on aio-pika as a good engineer would.

Quorum queues, persistent messages, publisher confirms in flight together, prefetch, an acknowledgement after the
confirm. It keeps its state in memory, checks nothing, recovers nothing and reports nothing: the difference is the cost
of all that. `python -m tests.benchmarks.floor coordinator|workers`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from tests.benchmarks.shop import AGENTS, DESCRIPTION, OUTPUT, REQUEST

QUORUM = {"x-queue-type": "quorum"}
PREFETCH = 200
Json = dict[str, Any]


class Side:
    """The connections, exchange and queues of one process."""

    async def open(self) -> None:
        """Connects and declares."""
        url = os.environ["CREATORFLOW_AMQP_URL"]
        self.publishing = await aio_pika.connect_robust(url, heartbeat=10)
        self.consuming = await aio_pika.connect_robust(url, heartbeat=10)
        channel = await self.publishing.channel(publisher_confirms=True, on_return_raises=True)
        self.exchange: AbstractExchange = await channel.declare_exchange(
            "floor", aio_pika.ExchangeType.TOPIC, durable=True
        )
        self.replies: AbstractExchange = channel.default_exchange
        self.consumer = await self.consuming.channel()
        await self.consumer.set_qos(PREFETCH)

    async def consume(self, name: str, key: str, handle: Any) -> None:
        """Consumes a quorum queue bound to `key`."""
        queue = await self.consumer.declare_queue(name, durable=True, arguments=QUORUM)
        await queue.bind("floor", key)
        await queue.consume(handle)

    async def publish(self, key: str, body: Json, saga: str) -> None:
        """Publishes a persistent message and waits for its confirm."""
        await self.exchange.publish(message(body, saga), key)


def message(body: Json, saga: str) -> aio_pika.Message:
    """Builds a message as both sides send it."""
    return aio_pika.Message(
        json.dumps(body).encode(),
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        correlation_id=saga,
        message_id=uuid.uuid4().hex,
        type=body["contract"],
    )


class Coordinator(Side):
    """Takes requests, sends the five tasks one after the other, and replies."""

    def __init__(self) -> None:
        self.sagas: dict[str, Json] = {}

    async def start(self) -> None:
        """Connects and consumes."""
        await self.open()
        await self.consume("floor.submit", "request.#", self.on_request)
        await self.consume("floor.results", "result.#", self.on_result)

    async def on_request(self, incoming: AbstractIncomingMessage) -> None:
        """Sends the first task of a request."""
        body = json.loads(incoming.body)
        saga = body["correlation_id"]
        self.sagas[saga] = {"reply_to": incoming.reply_to, "results": []}
        await self.publish(f"task.{AGENTS[0]}.v1", self.task(saga, 0), saga)
        await incoming.ack()

    async def on_result(self, incoming: AbstractIncomingMessage) -> None:
        """Sends the next task after a result, or the reply."""
        body = json.loads(incoming.body)
        saga = body["correlation_id"]
        state = self.sagas[saga]
        state["results"].append(body["output"])
        number = len(state["results"])
        if number < len(AGENTS):
            await self.publish(f"task.{AGENTS[number]}.v1", self.task(saga, number), saga)
        else:
            del self.sagas[saga]
            answer = {"contract": "answer", "correlation_id": saga, "results": state["results"], "request": REQUEST}
            await self.replies.publish(message(answer, saga), state["reply_to"], mandatory=False)
        await incoming.ack()

    def task(self, saga: str, number: int) -> Json:
        """Builds a task with the same fields as the system's."""
        results = self.sagas[saga]["results"]
        before = number - 1
        previous = [
            {"step": f"step-{before}", "agent": AGENTS[before], "output": result, "decisions": {}}
            for result in results[-1:]
        ]
        return {
            "contract": "agent-task.v1",
            "id": str(uuid.uuid5(uuid.UUID(saga), f"step-{number}/1/1")),
            "correlation_id": saga,
            "agent": AGENTS[number],
            "step": f"step-{number}",
            "iteration": 1,
            "attempt": 1,
            "type": "supporting",
            "description": DESCRIPTION,
            "context": {
                "original_request": REQUEST,
                "previous_results": previous,
                "shared_state": {},
                "coordination_info": {
                    "pattern": "sequential",
                    "depends_on": [f"step-{before}"] if number else [],
                    "peers": [],
                    "iteration": 1,
                    "deadline": (datetime.now(UTC) + timedelta(hours=24)).isoformat(),
                },
            },
            "requirements": ["Nothing is done"],
            "constraints": [],
            "quantities": [],
            "expected_output": {"sections": []},
            "timeout_ms": 120_000,
            "accepts": [1],
        }


class Workers(Side):
    """Five agents that do no work."""

    async def start(self) -> None:
        """Connects and consumes."""
        await self.open()
        for agent in AGENTS:
            await self.consume(f"floor.agent.{agent}", f"task.{agent}.v1", self.on_task)

    async def on_task(self, incoming: AbstractIncomingMessage) -> None:
        """Sends the result of a task."""
        task = json.loads(incoming.body)
        result = {
            "contract": "agent-result.v1",
            "task_id": task["id"],
            "correlation_id": task["correlation_id"],
            "agent": task["agent"],
            "instance": "floor",
            "attempt": task["attempt"],
            "success": True,
            "output": OUTPUT,
            "execution_time_ms": 0,
            "metadata": {"prompt_tokens": 0, "completion_tokens": 0, "capabilities": []},
        }
        await self.publish(f"result.{task['agent']}.v1", result, task["correlation_id"])
        await incoming.ack()


async def main(role: str) -> None:
    """Runs one process of the floor."""
    side = Coordinator() if role == "coordinator" else Workers()
    await side.start()
    print("floor ready", file=sys.stderr, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
