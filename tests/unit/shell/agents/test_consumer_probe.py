"""Consumers are counted one queue at a time and seldom, and never while the broker is unavailable."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from creatorflow import backoff
from creatorflow.bus import BusUnavailable
from creatorflow_contracts import topology
from creatorflow_orchestrator.core.state.events import ConsumersCounted
from creatorflow_orchestrator.shell.agents.consumer_probe import ConsumerProbe
from creatorflow_orchestrator.shell.batch.work_queue import InternalEvent
from creatorflow_orchestrator.shell.environment import Environment
from tenacity import wait_none

from tests.waiting import in_time

THERE, AWAY = "database-specialist", "ui-ux-specialist"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Broker:
    """Counts the questions, and the largest number at one time."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.at_once = self.most_at_once = 0
        self.failures = 0

    async def count(self, queue: str) -> int:
        self.asked[queue] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.failures:
            self.failures -= 1
            raise BusUnavailable("away")
        return int(queue == topology.agent_queue(THERE))


@asynccontextmanager
async def counting(broker: Broker, busy: int = 0) -> AsyncIterator[tuple[ConsumerProbe, asyncio.Queue[InternalEvent]]]:
    Queue: asyncio.Queue[InternalEvent] = asyncio.Queue()
    counts = ConsumerProbe(broker.count, lambda _: busy, Queue.put_nowait, Environment(now=lambda: NOW))
    running = asyncio.create_task(counts.run())
    yield counts, Queue
    running.cancel()
    await asyncio.wait([running])


async def test_a_saga_receives_the_consumer_counts_of_its_agents() -> None:
    saga_id = uuid4()
    async with counting(Broker()) as (counts, reported):
        counts.request(saga_id, (THERE, AWAY))
        noticed = await in_time(reported.get())
    assert noticed.saga_id == saga_id
    assert noticed.event == ConsumersCounted(NOW, {THERE: 1, AWAY: 0})


async def test_an_agent_that_is_too_busy_to_consume_is_available() -> None:
    async with counting(Broker(), busy=1) as (counts, reported):
        counts.request(uuid4(), (AWAY,))
        noticed = await in_time(reported.get())
    assert noticed.event == ConsumersCounted(NOW, {AWAY: 1})


async def test_ten_thousand_sagas_cost_one_question_for_each_queue_and_none_at_once() -> None:
    broker = Broker()
    asked = [uuid4() for _ in range(10_000)]
    async with counting(broker) as (counts, reported):
        for saga_id in asked:
            counts.request(saga_id, (AWAY, THERE))
        answered = {(await in_time(reported.get())).saga_id for _ in asked}
    assert answered == set(asked)
    assert sum(broker.asked.values()) <= 4
    assert broker.most_at_once == 1


async def test_a_repeated_question_is_answered_once() -> None:
    saga_id = UUID(int=1)
    async with counting(Broker()) as (counts, reported):
        counts.request(saga_id, (THERE,))
        counts.request(saga_id, (AWAY,))
        noticed = await in_time(reported.get())
    assert isinstance(noticed.event, ConsumersCounted)
    assert dict(noticed.event.consumers) == {THERE: 1, AWAY: 0}
    assert reported.empty()


async def test_while_the_broker_is_unavailable_nothing_is_counted_and_the_question_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backoff, "CONSUMER_COUNT", wait_none())
    broker = Broker()
    broker.failures = 3
    async with counting(broker) as (counts, reported):
        counts.request(uuid4(), (THERE,))
        noticed = await in_time(reported.get())
    assert broker.asked.total() == 4
    assert noticed.event == ConsumersCounted(NOW, {THERE: 1})
