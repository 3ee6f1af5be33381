"""Publishing on a real broker: confirms, returns, refusals, lost connections."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable

import pytest
from creatorflow.bus import Bus, BusUnavailable, MessageRefused, Nacked, Unroutable
from creatorflow_contracts.topology import Arguments, Queue, Topology

from tests.waiting import in_time, patient

from .conftest import QUORUM, Route
from .proxy import TcpProxy


async def test_a_confirmed_message_is_in_its_queue(bus: Bus, route: Route) -> None:
    await bus.publish(route.message())
    assert (await bus.counts(route.name)).ready == 1


async def test_an_unroutable_message_is_an_error(bus: Bus, route: Route) -> None:
    with pytest.raises(Unroutable):
        await bus.publish(route.message(key="nobody"))


async def test_an_unroutable_message_that_is_not_mandatory_is_no_error(bus: Bus, route: Route) -> None:
    await bus.publish(route.message(key="nobody", mandatory=False, persistent=False))


async def test_in_a_batch_exactly_the_unroutable_messages_fail(bus: Bus, route: Route) -> None:
    results = await bus.publish_all([route.message(key="k.1" if n % 3 else "nobody") for n in range(300)])
    assert [type(result) for result in results] == [type(None) if n % 3 else Unroutable for n in range(300)]
    assert (await bus.counts(route.name)).ready == 200


async def test_a_full_queue_nacks(bus: Bus) -> None:
    full = Route()
    limited: Arguments = {**QUORUM, "x-max-length": 1, "x-overflow": "reject-publish"}
    await bus.declare(Topology(full.topology.exchanges, (Queue(full.name, limited),), full.topology.bindings))
    with pytest.raises(Nacked):
        for _ in range(50):  # a length limit is not exact
            await bus.publish(full.message())


async def test_a_message_that_closes_the_channel_fails_alone(bus: Bus, route: Route) -> None:
    bad = dataclasses.replace(route.message(), exchange="no-such-exchange")
    results = await bus.publish_all([route.message() for _ in range(20)] + [bad] + [route.message() for _ in range(20)])
    assert isinstance(results.pop(20), MessageRefused)
    assert results == [None] * 40
    await bus.publish(route.message())


@pytest.mark.parametrize(
    "bad",
    [
        {"body": b"x" * (16 * 1024 * 1024 + 1)},
        {"headers": {"h": "x" * 9000}},
        {"key": "k." + "x" * 300},
        {"correlation_id": "x" * 300},
    ],
    ids=lambda bad: next(iter(bad)),
)
async def test_a_message_that_would_close_the_channel_or_the_connection_is_refused_before_it_is_sent(
    bus: Bus, route: Route, bad: dict[str, object]
) -> None:
    with pytest.raises(MessageRefused):
        await bus.publish(route.message(**bad))  # type: ignore[arg-type]
    await bus.publish(route.message())


async def test_an_error_never_contains_the_message(bus: Bus, route: Route) -> None:
    with pytest.raises(MessageRefused) as raised:
        await bus.publish(route.message(headers={"h": "geheim" * 2000}))
    assert "geheim" not in str(raised.value)


async def test_a_large_body_is_split_into_frames(bus: Bus, route: Route) -> None:
    body = bytes(range(256)) * 4096 * 3
    deliveries: asyncio.Queue[bytes] = asyncio.Queue()
    await bus.consume(route.name, lambda incoming: deliveries.put_nowait(incoming.delivery.body), prefetch=1)
    await bus.publish(route.message(body))
    assert await in_time(deliveries.get()) == body


async def test_after_a_lost_connection_publishing_goes_on_and_no_confirmed_message_is_lost(
    proxy: TcpProxy, route: Route
) -> None:
    async with Bus.connect(proxy.url, name="cut") as bus:
        await bus.declare(route.topology)
        confirmed = 0
        for repetition in range(3):
            results, _ = await asyncio.gather(
                bus.publish_all([route.message() for _ in range(2000)]), cut_after(proxy, bus.publish(route.message()))
            )
            confirmed += results.count(None) + 1
            lost = [result for result in results if result is not None]
            assert all(isinstance(result, BusUnavailable) for result in lost), repetition
            await publish_until_confirmed(bus, route)
            confirmed += 1
        assert (await bus.counts(route.name)).ready >= confirmed


async def publish_until_confirmed(bus: Bus, route: Route) -> None:
    """Publishes again until confirmed, as the outbox relay does; the first attempt may use the broken connection."""
    async with asyncio.timeout(patient()):
        while (await bus.publish_all([route.message()]))[0] is not None:
            pass


async def cut_after(proxy: TcpProxy, publish: Awaitable[None]) -> None:
    await publish
    proxy.cut()


async def test_a_publish_without_a_broker_fails_in_time_as_certainly_not_sent(proxy: TcpProxy, route: Route) -> None:
    async with Bus.connect(proxy.url, name="unavailable") as bus:
        await bus.declare(route.topology)
        proxy.refuse(True)
        proxy.cut()
        with pytest.raises(BusUnavailable):
            await bus.publish(route.message(), timeout=1)
        with pytest.raises(BusUnavailable) as raised:
            await bus.publish(route.message(), timeout=1)
        assert not raised.value.may_have_arrived
        proxy.refuse(False)
        await bus.publish(route.message(), timeout=patient())


async def test_a_publish_that_was_sent_and_not_confirmed_may_have_arrived(proxy: TcpProxy, route: Route) -> None:
    async with Bus.connect(proxy.url, name="held") as bus:
        await bus.declare(route.topology)
        await bus.publish(route.message())
        proxy.hold()
        with pytest.raises(BusUnavailable) as raised:
            await bus.publish(route.message(), timeout=1)
        assert raised.value.may_have_arrived
        proxy.release()


async def test_a_half_open_connection_is_noticed(proxy: TcpProxy, route: Route) -> None:
    async with Bus.connect(proxy.url, name="half-open", heartbeat=1) as bus:
        await bus.declare(route.topology)
        await bus.publish(route.message())
        proxy.hold()
        with pytest.raises(BusUnavailable):
            await bus.publish(route.message(), timeout=patient())
        proxy.cut()
        proxy.release()
        await bus.publish(route.message(), timeout=patient())
