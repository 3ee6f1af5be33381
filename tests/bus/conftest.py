"""Fixtures of the bus tests: an exchange and queue per test, a bus, and a proxy before the broker."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from creatorflow.bus import Bus, OutgoingMessage
from creatorflow_contracts.topology import Arguments, Binding, Exchange, Queue, Topology

from .proxy import TcpProxy

QUORUM: Arguments = {"x-queue-type": "quorum"}


class Route:
    """An exchange and a queue that no other test uses."""

    def __init__(self) -> None:
        self.name = f"test-{uuid.uuid4().hex}"
        self.topology = Topology(
            (Exchange(self.name),), (Queue(self.name, QUORUM),), (Binding(self.name, self.name, "k.#"),)
        )

    def message(self, body: bytes = b"{}", key: str = "k.1", **more: object) -> OutgoingMessage:
        return OutgoingMessage(self.name, key, body, "test.v1", **more)  # type: ignore[arg-type]


@pytest.fixture
def route() -> Route:
    return Route()


@pytest.fixture
async def bus(broker_url: str, route: Route) -> AsyncIterator[Bus]:
    async with Bus.connect(broker_url, name="test") as bus:
        assert await bus.declare(route.topology) == []
        yield bus


@pytest.fixture
async def proxy(broker_url: str) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(broker_url) as proxy:
        yield proxy
