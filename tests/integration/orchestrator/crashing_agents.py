"""Agent instances that crash on their tasks: `python -m tests.integration.orchestrator.crashing_agents URL QUEUE SIX`.

Each instance is a process that ends with 1 when it gets a task; the exit code is the number of those.
"""

from __future__ import annotations

import os
import sys

import pika


def consume(url: str, queue: str) -> None:
    """Consumes until a task arrives; then ends the process."""
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.basic_qos(prefetch_count=1)
    for _ in channel.consume(queue):
        os._exit(1)


def main(url: str, queue: str, instances: str) -> int:
    """Starts the instances; returns the number that crashed on a task."""
    children = [os.fork() for _ in range(int(instances)) if os.getpid() == PARENT]
    if os.getpid() != PARENT:
        consume(url, queue)
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1 for child in children)


if __name__ == "__main__":
    PARENT = os.getpid()
    sys.exit(main(*sys.argv[1:]))
