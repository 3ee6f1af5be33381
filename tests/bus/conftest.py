"""What the tests of the bus share: a queue of one's own, and waiting for a condition."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from creatorflow.bus import Bus, OutgoingMessage
from creatorflow_contracts.topology import Arguments, Binding, Exchange, Queue, Topology

from .proxy import Wire

QUORUM: Arguments = {"x-queue-type": "quorum"}


class Place:
    """An exchange and a queue that no other test uses."""

    def __init__(self) -> None:
        self.name = f"test-{uuid.uuid4().hex}"
        self.topology = Topology(
            (Exchange(self.name),), (Queue(self.name, QUORUM),), (Binding(self.name, self.name, "k.#"),)
        )

    def message(self, body: bytes = b"{}", key: str = "k.1", **more: object) -> OutgoingMessage:
        return OutgoingMessage(self.name, key, body, "test.v1", **more)  # type: ignore[arg-type]


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
async def bus(broker_url: str, place: Place) -> AsyncIterator[Bus]:
    async with Bus.connect(broker_url, name="test") as bus:
        assert await bus.declare(place.topology) == []
        yield bus


@pytest.fixture
async def wire(broker_url: str) -> AsyncIterator[Wire]:
    async with Wire(broker_url) as wire:
        yield wire
