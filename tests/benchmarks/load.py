"""The client of both sides: sends requests, a number of them at once, and measures their latencies."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.v1.request import RequestSubmitted

from tests.benchmarks.shop import PLAN, REQUEST

REPLY_QUEUE = "amq.rabbitmq.reply-to"
PATIENCE_S = 60.0
TARGETS = {"ours": (topology.REQUESTS, topology.submit_key()), "floor": ("floor", "request.submitted.v1")}


@dataclass(slots=True)
class Round:
    """The measurements of a round; times in seconds."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds


class Load:
    """Submits requests to one side and waits for their replies, by direct reply-to."""

    def __init__(self, url: str, side: str) -> None:
        self._url = url
        self._exchange_name, self._key = TARGETS[side]
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def open(self) -> None:
        """Connects. Raises aio-pika's errors."""
        self._connection = await aio_pika.connect(self._url)
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        self._exchange = await channel.get_exchange(self._exchange_name)
        replies = await channel.get_queue(REPLY_QUEUE, ensure=False)
        await replies.consume(self._answered, no_ack=True)

    async def close(self) -> None:
        """Disconnects."""
        await self._connection.close()

    async def round(self, count: int, at_once: int) -> Round:
        """Runs `count` requests, `at_once` of them together."""
        remaining = iter(range(count))
        latencies: list[float] = []

        async def run_sequentially() -> None:
            for _ in remaining:
                latency = await self._run_request()
                latencies.append(latency)

        begun = time.perf_counter()
        await asyncio.gather(*(run_sequentially() for _ in range(at_once)))
        return Round(time.perf_counter() - begun, sorted(latencies))

    async def _run_request(self) -> float:
        saga = uuid.uuid4()
        answered = self._waiting[str(saga)] = asyncio.get_running_loop().create_future()
        request = RequestSubmitted(correlation_id=saga, request=REQUEST, plan=PLAN)
        message = aio_pika.Message(
            request.to_json(),
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            correlation_id=str(saga),
            message_id=uuid.uuid4().hex,
            type=request.contract,
            reply_to=REPLY_QUEUE,
        )
        begun = time.perf_counter()
        await self._exchange.publish(message, self._key)
        await asyncio.wait_for(answered, PATIENCE_S)
        return time.perf_counter() - begun

    async def _answered(self, incoming: AbstractIncomingMessage) -> None:
        body = json.loads(incoming.body)
        if body["contract"] == "problem.v1":
            raise RuntimeError(f"refused: {body}")
        waiting = self._waiting.pop(body["correlation_id"], None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
