"""Faults of the broker itself: connections closed by force, alarms, a stop, a SIGKILL, a frozen node."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

import pytest
from creatorflow.bus import Bus, BusUnavailable, IncomingMessage, ack_all

from ops.local.broker import Broker
from tests.waiting import eventually, in_time, patient

from .conftest import Route
from .dispatcher import dispatching
from .test_agents import FAST, ControlledHandler, make, running

OLD_ENOUGH_S = 8
LONGER_THAN_ITS_HEARTBEATS_S = 12


class Traffic:
    """Publishes messages one batch after another as an outbox does, and consumes them."""

    def __init__(self, bus: Bus, route: Route) -> None:
        self._bus = bus
        self._place = route
        self.confirmed: set[str] = set()
        self.received: set[str] = set()
        self._taken: asyncio.Queue[IncomingMessage] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self._bus.declare(self._place.topology)
        self.begun = time.monotonic()
        await self._bus.consume(self._place.name, self._taken.put_nowait, prefetch=50)
        self._tasks = [asyncio.create_task(self._publish()), asyncio.create_task(self._receive())]

    async def stop_and_drain(self) -> None:
        """Stops publishing and waits until every confirmed message has arrived."""
        self._tasks[0].cancel()
        await asyncio.gather(self._tasks[0], return_exceptions=True)
        await eventually(lambda: self.confirmed <= self.received, "everything confirmed has arrived")
        self._tasks[1].cancel()
        await asyncio.gather(self._tasks[1], return_exceptions=True)

    async def _publish(self) -> None:
        while True:
            ids = [str(uuid.uuid4()) for _ in range(20)]
            messages = [self._place.message(correlation_id=message_id) for message_id in ids]
            try:
                errors = await self._bus.publish_all(messages, timeout=5)
            except BusUnavailable:
                continue
            self.confirmed |= {message_id for message_id, error in zip(ids, errors, strict=True) if error is None}
            await asyncio.sleep(0.005)

    async def _receive(self) -> None:
        while True:
            batch = [await self._taken.get()]
            while not self._taken.empty():
                batch.append(self._taken.get_nowait())
            self.received |= {str(incoming.delivery.correlation_id) for incoming in batch}
            await ack_all(batch)

    async def grows(self) -> None:
        """Waits until a new message is confirmed and has arrived."""
        known = set(self.confirmed)
        await eventually(lambda: bool((self.confirmed - known) & self.received), "messages flow again")


@pytest.fixture
async def traffic(broker_url: str, route: Route) -> AsyncIterator[Traffic]:
    async with Bus.connect(broker_url, name="traffic", heartbeat=2) as bus:
        traffic = Traffic(bus, route)
        await traffic.start()
        await traffic.grows()
        yield traffic
        await traffic.stop_and_drain()
        assert traffic.confirmed


async def in_thread(act: Any, *arguments: object) -> None:
    await asyncio.to_thread(act, *arguments)


async def test_connections_closed_by_the_operator_are_reopened_and_no_confirmed_message_is_lost(
    broker: Broker, broker_url: str, traffic: Traffic
) -> None:
    for _ in range(3):
        await in_thread(broker.close_connections, broker_url)
        await traffic.grows()


async def test_a_broker_killed_under_load_loses_no_confirmed_message(
    stoppable_broker: Broker, traffic: Traffic
) -> None:
    """RabbitMQ does not survive a SIGKILL with a quorum queue that was declared just now; the real ones are older."""
    await eventually(lambda: time.monotonic() - traffic.begun > OLD_ENOUGH_S, "the queue is on disk")
    await in_thread(stoppable_broker.own.kill)
    await in_thread(stoppable_broker.start)
    await traffic.grows()


async def test_a_frozen_broker_is_noticed_and_work_resumes_when_it_thaws(
    stoppable_broker: Broker, traffic: Traffic, route: Route
) -> None:
    await in_thread(stoppable_broker.own.freeze)
    try:
        with pytest.raises(BusUnavailable):
            await traffic._bus.publish(route.message(), timeout=LONGER_THAN_ITS_HEARTBEATS_S)
    finally:
        await in_thread(stoppable_broker.own.thaw)
    await traffic.grows()


@pytest.fixture
def memory_alarm(stoppable_broker: Broker) -> Iterator[Awaitable[None]]:
    async def raise_it() -> None:
        await in_thread(stoppable_broker.own.ctl, "set_vm_memory_high_watermark", "0.00000001")

    alarm = raise_it()
    yield alarm
    alarm.close()
    stoppable_broker.own.ctl("set_vm_memory_high_watermark", "0.6")


async def test_under_a_memory_alarm_publishing_waits_and_consuming_goes_on(
    broker_url: str, route: Route, stoppable_broker: Broker, memory_alarm: Awaitable[None]
) -> None:
    deliveries: asyncio.Queue[IncomingMessage] = asyncio.Queue()
    async with Bus.connect(broker_url, name="alarmed") as bus:
        await bus.declare(route.topology)
        await bus.publish_all([route.message() for _ in range(10)])
        await memory_alarm
        await eventually(lambda: is_blocked(bus, route), "publishing is blocked")
        await bus.consume(route.name, deliveries.put_nowait, prefetch=3)
        async with asyncio.timeout(patient()):
            for _ in range(10):
                await (await deliveries.get()).ack()
        waiting = asyncio.create_task(bus.publish(route.message(), timeout=patient()))
        await asyncio.sleep(0)
        assert not waiting.done()
        await in_thread(stoppable_broker.own.ctl, "set_vm_memory_high_watermark", "0.6")
        await in_time(waiting)


async def is_blocked(bus: Bus, route: Route) -> bool:
    (error,) = await bus.publish_all([route.message(key="nobody", mandatory=False)], timeout=0.5)
    return isinstance(error, BusUnavailable)


async def test_agents_go_on_while_the_broker_is_unavailable_and_their_results_arrive(
    stoppable_broker: Broker, broker_url: str
) -> None:
    runs = ControlledHandler()
    slow = make(runs, concurrency=10)
    async with dispatching(broker_url) as dispatcher, running(slow, url=broker_url, timing=FAST):
        tasks = [await dispatcher.dispatch(slow) for _ in range(10)]
        await eventually(lambda: all(dispatcher.claims[task.id] for task in tasks), "every task is claimed")
        await in_thread(stoppable_broker.own.stop)
        runs.may_end.set()
        await eventually(lambda: len(runs.ended) == 10, "the work ends")
        await in_thread(stoppable_broker.start)
        for task in tasks:
            assert (await dispatcher.result(task)).success
    assert len(runs.begun) == 10
    assert all(len(dispatcher.results[task.id]) == 1 for task in tasks), "each result was sent once"
