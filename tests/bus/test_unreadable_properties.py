"""Message properties that cannot be decoded end no connection and do not affect other users of the decoder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pika
import pytest
from creatorflow.bus import Bus, IncomingMessage
from pamqp import decode

from tests.waiting import patient

from .conftest import Route
from .proxy import TcpProxy

STRANGE = (
    {"timestamp": 2**63},
    {"type": b"\xff\xfe"},
    {"message_id": b"\xff" * 255},
    {"headers": {"all": ["v"] * 15_000}},
    {"headers": {"x": {"x": 1}, "t": b"\xff"}},
)


def publish_strange(url: str, route: Route) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    for properties in STRANGE:
        channel.basic_publish(route.name, "k.1", b"{}", pika.BasicProperties(**properties), mandatory=True)
    channel.basic_publish(route.name, b"k.\xff", b"{}", pika.BasicProperties(), mandatory=True)
    connection.close()


@pytest.fixture
async def strange(broker_url: str, route: Route, bus: Bus) -> AsyncIterator[int]:
    await asyncio.to_thread(publish_strange, broker_url, route)
    yield len(STRANGE) + 1


async def test_a_message_with_undecodable_properties_is_delivered_once_and_so_is_the_next(
    bus: Bus, route: Route, strange: int
) -> None:
    deliveries: asyncio.Queue[IncomingMessage] = asyncio.Queue()
    await bus.publish(route.message(b"after"))
    await bus.consume(route.name, deliveries.put_nowait, prefetch=50)
    async with asyncio.timeout(patient()):
        taken = [await deliveries.get() for _ in range(strange + 1)]
    assert taken[-1].delivery.body == b"after"
    assert taken[-2].delivery.routing_key == "k.\ufffd"
    assert not any(incoming.delivery.redelivered or incoming.void for incoming in taken)


async def test_undecodable_properties_are_read_after_a_reconnect_too(
    proxy: TcpProxy, route: Route, strange: int
) -> None:
    deliveries: asyncio.Queue[IncomingMessage] = asyncio.Queue()
    async with Bus.connect(proxy.url, name="strange") as bus:
        await bus.consume_control("first", deliveries.put_nowait, lambda _: [])
        proxy.cut()
        await bus.consume(route.name, deliveries.put_nowait, prefetch=50)
        async with asyncio.timeout(patient()):
            taken = [await deliveries.get() for _ in range(strange)]
        assert not any(incoming.void for incoming in taken)


async def test_a_bus_does_not_change_the_tables_of_the_decoder(bus: Bus) -> None:
    assert (decode.METHODS["shortstr"], decode.METHODS["timestamp"]) == (decode.short_str, decode.timestamp)
    assert decode.METHODS["table"] is decode.TABLE_MAPPING[b"F"] is decode.field_table
    assert decode.TABLE_MAPPING[b"T"] is decode.timestamp
