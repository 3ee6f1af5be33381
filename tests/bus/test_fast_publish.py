"""The internals of aiormq that fast publishing uses exist, and the public publish is as reliable without them."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator

import aiormq
import aiormq.abc
import pytest
from creatorflow.bus import Bus, BusUnavailable, MessageRefused, Nacked, Unroutable
from creatorflow.bus.amqp.fast_publish import BORROWED, FRAME_FIELDS, missing
from creatorflow_contracts.topology import Arguments, Queue, Topology

from tests.waiting import eventually, patient

from .conftest import QUORUM, Route
from .proxy import TcpProxy

NO_SUCH = "an_attribute_of_no_version"


@pytest.fixture
async def raw(broker_url: str) -> AsyncIterator[aiormq.Channel]:
    connection = await aiormq.connect(broker_url)
    channel = await connection.channel(publisher_confirms=True)
    assert isinstance(channel, aiormq.Channel)
    yield channel
    await connection.close()


@pytest.mark.parametrize("name", BORROWED)
async def test_the_installed_client_has_each_borrowed_attribute_with_its_type(raw: aiormq.Channel, name: str) -> None:
    assert isinstance(getattr(raw, name), BORROWED[name])


async def test_the_installed_client_is_the_one_that_was_tested(raw: aiormq.Channel) -> None:
    assert tuple(field.name for field in dataclasses.fields(aiormq.abc.ChannelFrame)) == FRAME_FIELDS
    assert missing(raw) == ()


@pytest.mark.parametrize("name", sorted(BORROWED.keys() - {"lock"}))
async def test_a_changed_attribute_is_reported(raw: aiormq.Channel, name: str) -> None:
    setattr(raw, name, object())
    assert missing(raw) == (name,)


async def test_a_missing_attribute_is_reported(raw: aiormq.Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(aiormq.Channel, "lock")
    monkeypatch.delattr(aiormq.abc, "ChannelFrame")
    assert missing(raw) == ("lock", "ChannelFrame")


@pytest.fixture
def another_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the installed client look like an untested version."""
    monkeypatch.setitem(BORROWED, NO_SUCH, int)


with_another_client = pytest.mark.usefixtures("another_client")


@with_another_client
async def test_the_public_publish_confirms_and_its_use_is_logged_once(
    broker_url: str, route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with Bus.connect(broker_url, name="another client") as bus:
            await bus.declare(route.topology)
            assert await bus.publish_all([route.message() for _ in range(500)]) == [None] * 500
            assert (await bus.counts(route.name)).ready == 500
    warnings = [record.getMessage() for record in caplog.records if "fast_publish" in record.getMessage()]
    assert len([line for line in warnings if NO_SUCH in line]) == 1


@with_another_client
async def test_the_public_publish_keeps_the_order_and_the_properties(bus: Bus, route: Route) -> None:
    deliveries: asyncio.Queue[tuple[bytes, str | None, object]] = asyncio.Queue()
    await bus.consume(
        route.name,
        lambda incoming: deliveries.put_nowait(
            (incoming.delivery.body, incoming.delivery.correlation_id, incoming.delivery.headers["h"])
        ),
        prefetch=500,
    )
    messages = [route.message(b"%d" % n, correlation_id="c", headers={"h": "v"}) for n in range(300)]
    assert await bus.publish_all(messages) == [None] * 300
    async with asyncio.timeout(patient()):
        assert [await deliveries.get() for _ in range(300)] == [(b"%d" % n, "c", "v") for n in range(300)]


@with_another_client
async def test_the_public_publish_returns_exactly_the_unroutable_ones(bus: Bus, route: Route) -> None:
    results = await bus.publish_all([route.message(key="k.1" if n % 3 else "nobody") for n in range(300)])
    assert [type(result) for result in results] == [type(None) if n % 3 else Unroutable for n in range(300)]
    await bus.publish(route.message(key="nobody", mandatory=False))


@with_another_client
async def test_the_public_publish_is_nacked_by_a_full_queue(bus: Bus) -> None:
    full = Route()
    limited: Arguments = {**QUORUM, "x-max-length": 1, "x-overflow": "reject-publish"}
    await bus.declare(Topology(full.topology.exchanges, (Queue(full.name, limited),), full.topology.bindings))
    with pytest.raises(Nacked):
        for _ in range(50):  # a length limit is not exact
            await bus.publish(full.message())


@with_another_client
async def test_a_message_that_closes_the_channel_of_the_public_publish_fails_alone(bus: Bus, route: Route) -> None:
    bad = dataclasses.replace(route.message(), exchange="no-such-exchange")
    results = await bus.publish_all([route.message() for _ in range(20)] + [bad] + [route.message() for _ in range(20)])
    assert isinstance(results.pop(20), MessageRefused)
    assert results == [None] * 40
    await bus.publish(route.message())


@with_another_client
async def test_a_message_that_the_public_publish_cannot_encode_fails_alone(bus: Bus, route: Route) -> None:
    bad = dataclasses.replace(route.message(), correlation_id="\ud800")
    results = await bus.publish_all([route.message(), bad, route.message()])
    assert [type(result) for result in results] == [type(None), MessageRefused, type(None)]


@with_another_client
async def test_a_lost_connection_fails_the_publishes_in_flight_and_the_public_publish_goes_on(
    proxy: TcpProxy, route: Route
) -> None:
    async with Bus.connect(proxy.url, name="cut") as bus:
        await bus.declare(route.topology)
        await bus.publish(route.message())
        proxy.hold()
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(bus.publish_all([route.message() for _ in range(200)]))
            await eventually(lambda: proxy.held > 0, "the batch is on the wire")
            proxy.cut()
            proxy.release()
        assert all(isinstance(result, BusUnavailable) for result in publishing.result())
        await bus.publish(route.message(), timeout=patient())
