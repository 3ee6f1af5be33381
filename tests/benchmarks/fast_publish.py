"""The fast publish beside the public one, on a broker of one's own: processor and wall time of a confirmed message.

    CREATORFLOW_AMQP_URL=amqp://... python -m tests.benchmarks.fast_publish

Both go through the bus, into a quorum queue, persistent, 2,000 bytes. Rounds are interleaved; a figure is the median.
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
"""Messages published at once, and messages of a round."""


class Cost(NamedTuple):
    """Microseconds a message."""

    cpu: float
    wall: float


@contextmanager
def borrowing(fast: bool) -> Iterator[None]:
    """Buses that are opened within find a client that can be borrowed from, or one that cannot."""
    with pytest.MonkeyPatch.context() as patch:
        if not fast:
            patch.setattr(fast_publish, "missing", lambda _: ("the benchmark borrows nothing",))
        yield


async def cost(url: str, at_once: int, total: int) -> Cost:
    """Publish `total` messages in batches."""
    name = f"benchmark-{uuid.uuid4().hex}"
    queue = Queue(name, {"x-queue-type": "quorum"})
    message = OutgoingMessage(name, "k.1", b"x" * 2_000, "benchmark.v1", correlation_id=uuid.uuid4().hex)
    async with Bus.connect(url, name="benchmark") as bus:
        await bus.declare(Topology((Exchange(name),), (queue,), (Binding(name, name, "k.#"),)))
        await bus.publish_all([message] * 200)
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(total // at_once):
            if any(await bus.publish_all([message] * at_once)):
                raise RuntimeError("the broker did not confirm every message: start it anew, with enough memory")
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        await bus.delete_queue(name)
    return Cost(cpu / total * 1e6, wall / total * 1e6)


async def compare(url: str, at_once: int, total: int) -> str:
    """Measure both, and return a line of a table."""
    costs: dict[bool, list[Cost]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for is_fast, measured in costs.items():
            with borrowing(is_fast):
                measured.append(await cost(url, at_once, total))
    fast, public = (Cost(*map(statistics.median, zip(*costs[way], strict=True))) for way in (True, False))
    return (
        f"| {at_once} | {fast.cpu:.0f} | {public.cpu:.0f} | {public.cpu / fast.cpu:.1f} "
        f"| {fast.wall:.0f} | {public.wall:.0f} | {public.wall / fast.wall:.1f} |"
    )


async def main() -> None:
    """Print the table, a line for each size of a batch."""
    logging.disable(logging.WARNING)
    print("| at once | cpu, fast | cpu, public | ratio | wall, fast | wall, public | ratio |")
    for at_once, total in BATCHES.items():
        print(await compare(os.environ["CREATORFLOW_AMQP_URL"], at_once, total), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
