"""Consumers on a real broker: acknowledgement, prefetch, reconnects, closing."""

from __future__ import annotations

import asyncio
import time

import pytest
from creatorflow.bus import REPLY_QUEUE, Bus, Consumer, IncomingMessage, OutgoingMessage, ack_all
from creatorflow.bus.amqp import BrokerConnection, Channel, channel
from creatorflow_contracts.queue_time import waited_ms
from creatorflow_contracts.topology import CONTROL, Binding, Exchange, Topology, control_key

from tests.waiting import eventually, in_time, patient

from .conftest import Route
from .proxy import TcpProxy

Deliveries = asyncio.Queue[IncomingMessage]


async def take(deliveries: Deliveries, count: int) -> list[IncomingMessage]:
    async with asyncio.timeout(patient()):
        return [await deliveries.get() for _ in range(count)]


async def is_empty(bus: Bus, queue: str) -> bool:
    counts = await bus.counts(queue)
    return counts.ready == 0


async def test_a_delivery_carries_what_was_published(bus: Bus, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    await bus.consume(route.name, deliveries.put_nowait, prefetch=5)
    await bus.publish(route.message(b'{"a":1}', correlation_id="c", headers={"h": "v"}, reply_to="me"))
    (incoming,) = await take(deliveries, 1)
    delivery = incoming.delivery
    assert (delivery.body, delivery.type, delivery.content_type) == (b'{"a":1}', "test.v1", "application/json")
    assert (delivery.exchange, delivery.routing_key, delivery.reply_to) == (route.name, "k.1", "me")
    assert (delivery.correlation_id, delivery.headers["h"], delivery.redelivered) == ("c", "v", False)


async def test_a_delivery_and_its_redelivery_contain_the_time_in_the_queue(bus: Bus, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    before = time.time()
    await bus.publish(route.message())
    await bus.consume(route.name, deliveries.put_nowait, prefetch=5)
    (first,) = await take(deliveries, 1)
    await first.nack()
    (second,) = await take(deliveries, 1)
    after = time.time()
    for incoming in (first, second):
        waited = waited_ms(incoming.delivery, after)
        assert waited is not None
        assert 0 <= waited <= (after - before) * 1000 + 1


async def test_an_acknowledged_message_is_removed_and_a_second_ack_has_no_effect(bus: Bus, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    consumer = await bus.consume(route.name, deliveries.put_nowait, prefetch=5)
    await bus.publish(route.message())
    (incoming,) = await take(deliveries, 1)
    assert not incoming.void
    assert await incoming.ack()
    assert incoming.void
    assert not await incoming.ack()
    await consumer.close()
    assert await is_empty(bus, route.name)


async def test_a_requeued_message_is_delivered_again(bus: Bus, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    await bus.consume(route.name, deliveries.put_nowait, prefetch=5)
    await bus.publish(route.message())
    (first,) = await take(deliveries, 1)
    await first.nack()
    (second,) = await take(deliveries, 1)
    assert second.delivery.redelivered
    assert second.delivery.delivery_count >= 1


async def test_at_most_prefetch_deliveries_are_open(bus: Bus, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    consumer = await bus.consume(route.name, deliveries.put_nowait, prefetch=3)
    await consumer.ready(patient())
    await bus.publish_all([route.message() for _ in range(10)])
    await take(deliveries, 3)
    assert (await bus.counts(route.name)).ready == 7
    assert deliveries.empty()


async def test_merged_acknowledgements_cover_every_message_and_keep_the_channel_open(bus: Bus, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    consumer = await bus.consume(route.name, deliveries.put_nowait, prefetch=100)
    await bus.publish_all([route.message() for _ in range(100)])
    taken = await take(deliveries, 100)
    await ack_all(taken[10:20])
    await ack_all(taken[:10] + taken[50:])
    await ack_all(taken)
    await bus.publish_all([route.message() for _ in range(100)])  # the prefetch is free again, the channel the same
    await ack_all(await take(deliveries, 100))
    await consumer.close()
    assert await is_empty(bus, route.name)


async def test_after_a_lost_connection_the_consumer_resumes_and_old_acks_have_no_effect(
    proxy: TcpProxy, route: Route
) -> None:
    deliveries: Deliveries = asyncio.Queue()
    async with Bus.connect(proxy.url, name="cut") as bus:
        await bus.declare(route.topology)
        await bus.consume(route.name, deliveries.put_nowait, prefetch=5)
        await bus.publish(route.message())
        (first,) = await take(deliveries, 1)
        proxy.cut()
        (again,) = await take(deliveries, 1)
        assert again.delivery.redelivered
        assert first.void
        assert not await first.ack()
        await ack_all([first, again])
        await bus.publish(route.message())
        await take(deliveries, 1)


async def test_a_consumer_resumes_after_its_queue_was_deleted(bus: Bus, broker_url: str, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    consumer = await bus.consume(route.name, deliveries.put_nowait, prefetch=5)
    await consumer.ready(patient())
    async with Bus.connect(broker_url, name="other") as other:
        await other.delete_queue(route.name)
    await eventually(lambda: has_consumer(bus, route.name), "the queue is declared again and consumed")
    await bus.publish(route.message())
    await take(deliveries, 1)


async def has_consumer(bus: Bus, queue: str) -> bool:
    return await bus.consumer_count(queue) == 1


async def test_a_queue_that_does_not_exist_yet_is_waited_for(bus: Bus, broker_url: str) -> None:
    later, deliveries = Route(), Deliveries()
    consumer = await bus.consume(later.name, deliveries.put_nowait, prefetch=5)
    async with Bus.connect(broker_url, name="other") as other:
        await other.declare(later.topology)
        await other.publish(later.message())
    await take(deliveries, 1)
    await consumer.ready(patient())
    assert consumer.error is None


async def test_a_consumer_can_be_closed_at_any_moment(bus: Bus, route: Route) -> None:
    """A cancellation that coincides with the broker's reply can be swallowed, so one cancel is not enough."""
    await bus.publish(route.message())
    for turns in range(0, 60, 2):
        consumer = await bus.consume(route.name, lambda _: None, prefetch=1)
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(patient()):
            await consumer.close()


async def test_a_stopped_consumer_gets_no_more_messages_and_can_still_acknowledge(bus: Bus, route: Route) -> None:
    deliveries: Deliveries = asyncio.Queue()
    consumer = await bus.consume(route.name, deliveries.put_nowait, prefetch=5)
    await bus.publish(route.message())
    (incoming,) = await take(deliveries, 1)
    await consumer.stop()
    await bus.publish(route.message())
    assert await incoming.ack()
    assert deliveries.empty()
    assert (await bus.counts(route.name)).ready == 1


async def test_a_consumer_that_is_stopped_while_it_subscribes_is_cancelled_on_the_broker(
    bus: Bus, broker_url: str, route: Route
) -> None:
    """A delivery can arrive before the reply to `consume`, and its receiver may stop the consumer at once."""
    deliveries, answer = Deliveries(), asyncio.Event()
    link = BrokerConnection(broker_url, name="stopped", app_id="test", heartbeat=10)

    async def name(_: Channel) -> str:
        return route.name

    async def consume(channel: Channel, queue: str, prefetch: int) -> str:
        tag = await channel.consume(queue, deliveries.put_nowait, prefetch=prefetch)
        await answer.wait()
        return tag

    await link.open(10)
    consumer = Consumer(route.name, link.channel, name, consume, 5)
    await bus.publish(route.message())
    (incoming,) = await take(deliveries, 1)
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.sleep(0)
    answer.set()
    await stopping
    assert await incoming.ack()
    await bus.publish(route.message())
    assert (await bus.counts(route.name)).ready == 1
    assert deliveries.empty()
    await consumer.close()
    await link.close()


async def test_a_stopped_consumer_is_not_extended(bus: Bus, route: Route) -> None:
    consumer = await bus.consume(route.name, lambda _: None, prefetch=5)
    await consumer.ready(10)
    await asyncio.gather(consumer.stop(), consumer.extend(5))
    assert (
        await bus.consumer_count(route.name) == 0
    )  # a quorum queue also counts consumers with unacknowledged deliveries; there are none


async def test_the_control_queue_has_a_fresh_name_at_each_connect(proxy: TcpProxy) -> None:
    deliveries: Deliveries = asyncio.Queue()
    async with Bus.connect(proxy.url, name="control") as bus:
        await bus.declare(Topology((Exchange(CONTROL),), (), ()))
        consumer = await bus.consume_control(
            "test", deliveries.put_nowait, lambda queue: [Binding(CONTROL, queue, "control.discover.#")]
        )
        await consumer.ready(patient())
        first = consumer.queue
        proxy.cut()
        await eventually(lambda: consumer.queue != first and consumer.error is None, "another control queue")
        await consumer.ready(patient())
        message = OutgoingMessage(CONTROL, control_key("discover", "all"), b"{}", "test.v1", persistent=False)
        await bus.publish(message)
        await take(deliveries, 1)


async def test_a_reply_arrives_in_the_direct_reply_queue(bus: Bus, route: Route) -> None:
    asked: Deliveries = asyncio.Queue()
    answers: Deliveries = asyncio.Queue()
    await bus.consume_replies(answers.put_nowait)
    await bus.consume(route.name, asked.put_nowait, prefetch=5)
    await bus.publish(route.message(reply_to=REPLY_QUEUE))
    (question,) = await take(asked, 1)
    reply_to = question.delivery.reply_to
    assert reply_to is not None
    await bus.publish(OutgoingMessage("", reply_to, b"{}", "answer.v1", persistent=False, mandatory=False))
    (answer,) = await take(answers, 1)
    assert answer.delivery.type == "answer.v1"


async def test_a_declaration_waits_for_the_return_of_a_lost_connection(
    broker_url: str, proxy: TcpProxy, route: Route
) -> None:
    async with Bus.connect(proxy.url, name="slow", patience=30) as bus:
        proxy.hold()
        declaring = asyncio.create_task(bus.declare(route.topology))
        await eventually(lambda: proxy.held > 0, "a declaration is on its way")
        proxy.cut()
        proxy.release()
        assert await in_time(declaring) == []
        assert (await bus.counts(route.name)).ready == 0


async def test_closing_does_not_wait_for_an_unresponsive_broker(
    proxy: TcpProxy, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bus.connect(proxy.url, name="frozen") as bus:
        await bus.declare(route.topology)
        consumers = [await bus.consume(route.name, lambda _: None, prefetch=1) for _ in range(5)]
        for consumer in consumers:
            await consumer.ready(patient())
        monkeypatch.setattr(channel, "RPC_TIMEOUT", 3600)  # a wait for a reply would take an hour
        proxy.hold()
        await in_time(bus.close())
