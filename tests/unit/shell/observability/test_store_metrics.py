"""Store metrics are the values last read: a scrape never waits, and a failing store ends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.event import LiveAgent
from creatorflow_orchestrator.shell.environment import Environment, utc_now
from creatorflow_orchestrator.shell.observability.store_metrics import StoreMetrics
from creatorflow_orchestrator.shell.store import StoreCounts, StoreError, StoreRefused, StoreUnavailable

from tests.unit.metric_reader import Figures, MetricReader
from tests.waiting import patient

BUSY = LiveAgent(card=load_cards()[0], instances=("one",), open_tasks=4)


class StoreStub:
    """A store that answers, fails or hangs on demand."""

    def __init__(self) -> None:
        self.reads = 0
        self.answer: Callable[[], Awaitable[StoreCounts]] = self._counts

    async def _counts(self) -> StoreCounts:
        at = utc_now()  # now: many other tests may have run since this file was read
        sagas = {"running": (7, at - timedelta(hours=1))}
        return StoreCounts(sagas, 3, at - timedelta(minutes=1), {"NOT_JSON": 2})

    async def counts(self) -> StoreCounts:
        self.reads += 1
        return await self.answer()

    async def wait_for_reads(self, times: int) -> None:
        """Wait until the store was read so many more times."""
        wanted = self.reads + times
        async with asyncio.timeout(patient()):
            while self.reads < wanted:  # noqa: ASYNC110 - it is asked now and then
                await asyncio.sleep(0.001)


@asynccontextmanager
async def running(store: StoreStub) -> AsyncIterator[MetricReader]:
    reader = MetricReader()
    task = asyncio.create_task(StoreMetrics(reader.meter, store, lambda: [BUSY], Environment()).run(every_s=0.001))
    yield reader
    assert not task.done()
    task.cancel()


async def scrape(reader: MetricReader) -> Figures:
    """Scrape like Prometheus, in a thread of its own."""
    async with asyncio.timeout(patient()):
        return await asyncio.to_thread(reader.all)


async def test_the_contents_of_the_store_are_measured_with_ages_and_none_for_empty_tables() -> None:
    store = StoreStub()
    async with running(store) as reader:
        await store.wait_for_reads(2)
        reported = await scrape(reader)
    assert reported["sagas", "running"] == 7
    assert reported["sagas", "compensating"] == reported["saga.age", "compensating"] == 0
    assert reported["outbox.rows",] == 3
    assert reported["quarantine.rows", "NOT_JSON"] == 2
    assert reported["open_tasks", BUSY.card.name] == 4
    assert reported["saga.age", "running"] >= 3600
    assert reported["outbox.age",] >= 60


async def test_before_the_first_reading_there_are_no_store_metrics() -> None:
    reader = MetricReader()
    StoreMetrics(reader.meter, StoreStub(), list, Environment())
    assert {name for name, *_ in await scrape(reader)} == {"store.read.age"}


@pytest.mark.parametrize("error", [StoreUnavailable("away"), StoreRefused("odd"), StoreError("any")])
async def test_during_a_store_failure_the_last_values_are_kept_and_the_work_continues(
    error: StoreError, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> StoreCounts:
        raise error

    store = StoreStub()
    async with running(store) as reader:
        await store.wait_for_reads(2)
        store.answer = fail
        await store.wait_for_reads(5)
        reported = await scrape(reader)
    assert reported["sagas", "running"] == 7
    assert [record.getMessage().split()[0] for record in caplog.records] == ["holdings_unread"]


async def test_during_a_hanging_store_a_scrape_is_answered_with_the_age_of_the_values() -> None:
    async def hang() -> StoreCounts:
        await asyncio.Event().wait()
        raise AssertionError

    store = StoreStub()
    async with running(store) as reader:
        await store.wait_for_reads(2)
        store.answer = hang
        await store.wait_for_reads(1)
        first = await scrape(reader)
        second = await scrape(reader)
    assert first["sagas", "running"] == second["sagas", "running"] == 7
    assert second["store.read.age",] > first["store.read.age",]
    assert second["saga.age", "running"] > first["saga.age", "running"]
