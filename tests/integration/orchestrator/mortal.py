"""An agent that does not survive its task: `python -m tests.integration.orchestrator.mortal URL QUEUE`."""

from __future__ import annotations

import os
import sys

import pika


def main(url: str, queue: str) -> None:
    """Consume until a task comes, and die of it."""
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    channel.basic_qos(prefetch_count=1)
    for _ in channel.consume(queue, inactivity_timeout=20):
        os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
