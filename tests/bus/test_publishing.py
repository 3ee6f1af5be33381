"""What a publish promises."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable

import pytest
from creatorflow.bus import Bus, BusUnavailable, MessageRefused, Nacked, Unroutable
from creatorflow_contracts.topology import Arguments, Queue, Topology

from tests.waiting import in_time, patient

from .conftest import QUORUM, Place
from .proxy import Wire


async def test_a_confirmed_message_is_in_its_queue(bus: Bus, place: Place) -> None:
    await bus.publish(place.message())
    assert (await bus.counts(place.name)).ready == 1


async def test_an_unroutable_message_is_an_error(bus: Bus, place: Place) -> None:
    with pytest.raises(Unroutable):
        await bus.publish(place.message(key="nobody"))


async def test_an_unroutable_message_that_is_not_mandatory_is_fine(bus: Bus, place: Place) -> None:
    await bus.publish(place.message(key="nobody", mandatory=False, persistent=False))


async def test_in_a_batch_exactly_the_unroutable_ones_fail(bus: Bus, place: Place) -> None:
    results = await bus.publish_all([place.message(key="k.1" if n % 3 else "nobody") for n in range(300)])
    assert [type(result) for result in results] == [type(None) if n % 3 else Unroutable for n in range(300)]
    assert (await bus.counts(place.name)).ready == 200


async def test_a_full_queue_nacks(bus: Bus) -> None:
    full = Place()
    limited: Arguments = {**QUORUM, "x-max-length": 1, "x-overflow": "reject-publish"}
    await bus.declare(Topology(full.topology.exchanges, (Queue(full.name, limited),), full.topology.bindings))
    with pytest.raises(Nacked):
        for _ in range(50):  # a length limit is not exact
            await bus.publish(full.message())


async def test_a_message_that_closes_the_channel_hurts_only_itself(bus: Bus, place: Place) -> None:
    bad = dataclasses.replace(place.message(), exchange="no-such-exchange")
    results = await bus.publish_all([place.message() for _ in range(20)] + [bad] + [place.message() for _ in range(20)])
    assert isinstance(results.pop(20), MessageRefused)
    assert results == [None] * 40
    await bus.publish(place.message())


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
async def test_what_would_close_the_channel_or_the_connection_is_refused_before_it_is_sent(
    bus: Bus, place: Place, bad: dict[str, object]
) -> None:
    with pytest.raises(MessageRefused):
        await bus.publish(place.message(**bad))  # type: ignore[arg-type]
    await bus.publish(place.message())


async def test_an_error_never_shows_the_body(bus: Bus, place: Place) -> None:
    with pytest.raises(MessageRefused) as raised:
        await bus.publish(place.message(headers={"h": "geheim" * 2000}))
    assert "geheim" not in str(raised.value)


async def test_a_large_body_is_split_into_frames(bus: Bus, place: Place) -> None:
    body = bytes(range(256)) * 4096 * 3
    got: asyncio.Queue[bytes] = asyncio.Queue()
    await bus.consume(place.name, lambda incoming: got.put_nowait(incoming.delivery.body), prefetch=1)
    await bus.publish(place.message(body))
    assert await in_time(got.get()) == body


async def test_after_a_cut_wire_publishing_goes_on_and_nothing_confirmed_is_lost(wire: Wire, place: Place) -> None:
    async with Bus.connect(wire.url, name="cut") as bus:
        await bus.declare(place.topology)
        confirmed = 0
        for turn in range(3):
            results, _ = await asyncio.gather(
                bus.publish_all([place.message() for _ in range(2000)]), cut_after(wire, bus.publish(place.message()))
            )
            confirmed += results.count(None) + 1
            lost = [result for result in results if result is not None]
            assert all(isinstance(result, BusUnavailable) for result in lost), turn
            await publish_until_confirmed(bus, place)
            confirmed += 1
        assert (await bus.counts(place.name)).ready >= confirmed


async def publish_until_confirmed(bus: Bus, place: Place) -> None:
    """As an outbox does; the first attempt may meet the connection that is just being lost."""
    async with asyncio.timeout(patient()):
        while (await bus.publish_all([place.message()]))[0] is not None:
            pass


async def cut_after(wire: Wire, publish: Awaitable[None]) -> None:
    await publish
    wire.cut()


async def test_a_publish_without_a_broker_fails_in_time_and_says_that_it_was_not_sent(wire: Wire, place: Place) -> None:
    async with Bus.connect(wire.url, name="away") as bus:
        await bus.declare(place.topology)
        wire.refuse(True)
        wire.cut()
        with pytest.raises(BusUnavailable):
            await bus.publish(place.message(), timeout=1)
        with pytest.raises(BusUnavailable) as raised:
            await bus.publish(place.message(), timeout=1)
        assert not raised.value.may_have_arrived
        wire.refuse(False)
        await bus.publish(place.message(), timeout=patient())


async def test_a_publish_that_was_sent_and_not_confirmed_may_have_arrived(wire: Wire, place: Place) -> None:
    async with Bus.connect(wire.url, name="held") as bus:
        await bus.declare(place.topology)
        await bus.publish(place.message())
        wire.hold()
        with pytest.raises(BusUnavailable) as raised:
            await bus.publish(place.message(), timeout=1)
        assert raised.value.may_have_arrived
        wire.release()


async def test_a_half_open_connection_is_noticed(wire: Wire, place: Place) -> None:
    async with Bus.connect(wire.url, name="half-open", heartbeat=1) as bus:
        await bus.declare(place.topology)
        await bus.publish(place.message())
        wire.hold()
        with pytest.raises(BusUnavailable):
            await bus.publish(place.message(), timeout=patient())
        wire.cut()
        wire.release()
        await bus.publish(place.message(), timeout=patient())
