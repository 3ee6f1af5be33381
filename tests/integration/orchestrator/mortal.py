"""Instances of an agent that do not survive its tasks: `python -m tests.integration.orchestrator.mortal URL QUEUE SIX`.

Each is a process of its own; it ends with 1 as soon as it has a task, and the number that did is the exit code.
"""

from __future__ import annotations

import os
import sys

import pika


def consume(url: str, queue: str) -> None:
    """Until a task comes; die of it."""
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.basic_qos(prefetch_count=1)
    for _ in channel.consume(queue):
        os._exit(1)


def main(url: str, queue: str, instances: str) -> int:
    """Start the instances; how many have died of a task."""
    children = [os.fork() for _ in range(int(instances)) if os.getpid() == PARENT]
    if os.getpid() != PARENT:
        consume(url, queue)
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1 for child in children)


if __name__ == "__main__":
    PARENT = os.getpid()
    sys.exit(main(*sys.argv[1:]))
