"""Rows on their way to the broker: one that has to wait keeps no other waiting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from creatorflow import backoff
from creatorflow.bus import Nacked, OutgoingMessage
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.messaging import outbox_relay as module
from creatorflow_orchestrator.shell.store import Changes, OutboxRow, StoreUnavailable
from tenacity import wait_none

from tests.unit.shell.orchestrator_in_memory import AGENT, House
from tests.waiting import in_time, patient

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


def row(number: int, body: bytes = b"{}") -> OutboxRow:
    return OutboxRow(None, "creatorflow.events", f"k{number}", "saga-events.v1", body, datetime.now(UTC))


async def stored(house: House, *rows: OutboxRow) -> list[OutboxRow]:
    async with house.store.transaction() as tx:
        return list((await tx.apply(Changes(outbox=rows))).outbox)


def refuses(key: str, times: int = 10**9) -> object:
    """A broker whose queue for this key is full, so many times."""
    left = [times]

    def answer(out: OutgoingMessage) -> Nacked | None:
        if out.routing_key != key or left[0] == 0:
            return None
        left[0] -= 1
        return Nacked("full")

    return answer


@pytest.mark.parametrize("lost", [True, False])
async def test_a_refused_message_without_a_reply_address_is_quarantined(house: House, lost: bool) -> None:
    house.bus.answer = refuses("asker") if lost else lambda _: None  # type: ignore[assignment]
    house.deliver(topology.SUBMIT_QUEUE, b"no json", topology.submit_key(), reply_to="asker")
    await house.settle()
    assert [each.routing_key for each in house.bus.sent] == ["asker"]
    await until(lambda: house.quarantined() == ([("request", "NOT_JSON")] if lost else []))


async def test_waiting_rows_are_sent_though_an_earlier_row_is_always_nacked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    house.bus.answer = refuses("k0")  # type: ignore[assignment]
    await stored(house, *(row(number) for number in range(7)))
    await in_time(house.relay.send_pending())
    await until(lambda: {each.routing_key for each in house.bus.sent} == {f"k{number}" for number in range(7)})


async def test_a_nacked_row_is_retried_and_then_marked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "OUTBOX_NACKED", wait_none())
    house.bus.answer = refuses("k0", times=2)  # type: ignore[assignment]
    rows = house.relay.take(await stored(house, row(0)))
    await in_time(house.relay.send(rows))
    await until(lambda: len(house.bus.sent) == 3)
    await until(lambda: house.query("SELECT * FROM outbox") == [], house)


async def test_rows_beyond_the_memory_limit_wait_in_the_store_and_are_sent_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_TAKEN_BYTES", 10)
    rows = await stored(house, *(row(number, b"12345") for number in range(5)))
    first = house.relay.take(rows)
    assert len(first) == 2
    await house.relay.send(first)
    house.relay.forget([each.id for each in first if each.id])
    await house.relay.send_pending()
    await until(lambda: len(house.bus.sent) == 4)


async def test_an_unavailable_store_is_read_later_and_ends_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [1, 1]
    real = house.store.pending

    async def pending(limit: int, after: UUID | None = None) -> list[OutboxRow]:
        if failures:
            failures.pop()
            raise StoreUnavailable("away")
        return await real(limit, after)

    await stored(house, row(0))
    monkeypatch.setattr(house.store, "pending", pending)
    monkeypatch.setattr(module, "ADOPT_SOON_S", 0.01)
    await house.relay.send_pending()
    relaying = asyncio.create_task(house.relay.run(adopt_all=False))
    await until(lambda: len(house.bus.sent) == 1)
    relaying.cancel()


async def test_a_row_is_taken_once_until_it_is_marked(house: House) -> None:
    rows = await stored(house, row(0))
    assert house.relay.take(rows) == rows
    assert house.relay.take(rows) == []
    house.relay.forget([UUID(str(rows[0].id))])
    assert house.relay.take(rows) == rows


async def test_an_unexpected_error_ends_the_relay_instead_of_leaving_rows_behind(house: House) -> None:
    def broken(_: OutgoingMessage) -> None:
        raise RuntimeError("a defect")

    house.bus.answer = broken
    await stored(house, row(0))
    await house.relay.send_pending()
    with pytest.raises(RuntimeError):
        await in_time(house.relay.failing())


async def test_a_batch_whose_follow_up_fails_ends_the_worker(house: House) -> None:
    def broken(_: OutgoingMessage) -> None:
        raise RuntimeError("a defect")

    house.bus.answer = broken
    house.submit(STEP)
    await house.worker.process(await house.inbox.take())
    with pytest.raises(RuntimeError):
        await in_time(house.worker.failing())


async def until(holds: object, house: House | None = None) -> None:
    """Wait for a condition, at most five seconds; with a house, its batches run meanwhile."""
    async with asyncio.timeout(patient()):
        while not holds():  # type: ignore[operator]
            if house is not None:
                await house.settle()
            await asyncio.sleep(0)
