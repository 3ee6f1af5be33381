"""Compares the fast publish with the public one on a given broker: processor and wall time of a confirmed message.

    CREATORFLOW_AMQP_URL=amqp://... python -m tests.benchmarks.fast_publish

Both go through the bus, into a quorum queue, persistent, 2,000 bytes. Rounds are interleaved; a number is the median.
"""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from creatorflow.bus import Bus, OutgoingMessage
from creatorflow.bus.amqp import fast_publish
from creatorflow_contracts.topology import Binding, Exchange, Queue, Topology

ROUNDS = 5
BATCHES = {1: 1_500, 50: 10_000, 500: 20_000}
"""Messages of a round, by messages published at once."""


class Cost(NamedTuple):
    """Microseconds per message."""

    cpu: float
    wall: float


@contextmanager
def publishing_with(fast: bool) -> Iterator[None]:
    """Makes buses that are opened within use the fast publish, or the public one."""
    with pytest.MonkeyPatch.context() as patch:
        if not fast:
            patch.setattr(fast_publish, "missing", lambda _: ("the benchmark borrows nothing",))
        yield


async def cost(url: str, at_once: int, total: int) -> Cost:
    """Publishes `total` messages in batches; returns the cost of one."""
    name = f"benchmark-{uuid.uuid4().hex}"
    queue = Queue(name, {"x-queue-type": "quorum"})
    message = OutgoingMessage(name, "k.1", b"x" * 2_000, "benchmark.v1", correlation_id=uuid.uuid4().hex)
    async with Bus.connect(url, name="benchmark") as bus:
        await bus.declare(Topology((Exchange(name),), (queue,), (Binding(name, name, "k.#"),)))
        await bus.publish_all([message] * 200)
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(total // at_once):
            if any(await bus.publish_all([message] * at_once)):
                raise RuntimeError("the broker did not confirm every message: restart it, with enough memory")
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        await bus.delete_queue(name)
    return Cost(cpu / total * 1e6, wall / total * 1e6)


async def compare(url: str, at_once: int, total: int) -> str:
    """Measures both; returns a line of the table."""
    costs: dict[bool, list[Cost]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for is_fast, measured in costs.items():
            with publishing_with(is_fast):
                measured.append(await cost(url, at_once, total))
    fast, public = (Cost(*map(statistics.median, zip(*costs[way], strict=True))) for way in (True, False))
    return (
        f"| {at_once} | {fast.cpu:.0f} | {public.cpu:.0f} | {public.cpu / fast.cpu:.1f} "
        f"| {fast.wall:.0f} | {public.wall:.0f} | {public.wall / fast.wall:.1f} |"
    )


async def main() -> None:
    """Prints the table, with a line for each size of a batch."""
    logging.disable(logging.WARNING)
    print("| at once | cpu, fast | cpu, public | ratio | wall, fast | wall, public | ratio |")
    for at_once, total in BATCHES.items():
        print(await compare(os.environ["CREATORFLOW_AMQP_URL"], at_once, total), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
