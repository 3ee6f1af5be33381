"""Outbox rows on their way to the broker: a row that waits delays no other."""

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

from tests.unit.shell.orchestrator_in_memory import AGENT, InMemoryOrchestrator
from tests.waiting import in_time, patient

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


def row(number: int, body: bytes = b"{}") -> OutboxRow:
    return OutboxRow(None, "creatorflow.events", f"k{number}", "saga-events.v1", body, datetime.now(UTC))


async def stored(orchestrator: InMemoryOrchestrator, *rows: OutboxRow) -> list[OutboxRow]:
    async with orchestrator.store.transaction() as tx:
        return list((await tx.apply(Changes(outbox=rows))).outbox)


def refuses(key: str, times: int = 10**9) -> object:
    """Return a broker response that nacks messages of this key so many times, as if the queue were full."""
    left = [times]

    def answer(out: OutgoingMessage) -> Nacked | None:
        if out.routing_key != key or left[0] == 0:
            return None
        left[0] -= 1
        return Nacked("full")

    return answer


@pytest.mark.parametrize("lost", [True, False])
async def test_a_refused_message_without_a_reply_address_is_quarantined(
    orchestrator: InMemoryOrchestrator, lost: bool
) -> None:
    orchestrator.bus.outcome = refuses("asker") if lost else lambda _: None  # type: ignore[assignment]
    orchestrator.deliver(topology.SUBMIT_QUEUE, b"no json", topology.submit_key(), reply_to="asker")
    await orchestrator.process_all()
    assert [message.routing_key for message in orchestrator.bus.sent] == ["asker"]
    await until(lambda: orchestrator.quarantined() == ([("request", "NOT_JSON")] if lost else []))


async def test_waiting_rows_are_sent_though_an_earlier_row_is_always_nacked(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    orchestrator.bus.outcome = refuses("k0")  # type: ignore[assignment]
    await stored(orchestrator, *(row(number) for number in range(7)))
    await in_time(orchestrator.relay.send_pending())
    await until(
        lambda: {message.routing_key for message in orchestrator.bus.sent} == {f"k{number}" for number in range(7)}
    )


async def test_a_nacked_row_is_retried_and_then_marked(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "OUTBOX_NACKED", wait_none())
    orchestrator.bus.outcome = refuses("k0", times=2)  # type: ignore[assignment]
    rows = orchestrator.relay.take(await stored(orchestrator, row(0)))
    await in_time(orchestrator.relay.send(rows))
    await until(lambda: len(orchestrator.bus.sent) == 3)
    await until(lambda: orchestrator.query("SELECT * FROM outbox") == [], orchestrator)


async def test_rows_beyond_the_memory_limit_wait_in_the_store_and_are_sent_later(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_TAKEN_BYTES", 10)
    rows = await stored(orchestrator, *(row(number, b"12345") for number in range(5)))
    first = orchestrator.relay.take(rows)
    assert len(first) == 2
    await orchestrator.relay.send(first)
    orchestrator.relay.forget([row.id for row in first if row.id])
    await orchestrator.relay.send_pending()
    await until(lambda: len(orchestrator.bus.sent) == 4)


async def test_an_unavailable_store_is_read_later_and_ends_nothing(
    orchestrator: InMemoryOrchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [1, 1]
    real = orchestrator.store.pending

    async def pending(limit: int, after: UUID | None = None) -> list[OutboxRow]:
        if failures:
            failures.pop()
            raise StoreUnavailable("away")
        return await real(limit, after)

    await stored(orchestrator, row(0))
    monkeypatch.setattr(orchestrator.store, "pending", pending)
    monkeypatch.setattr(module, "ADOPT_SOON_S", 0.01)
    await orchestrator.relay.send_pending()
    relaying = asyncio.create_task(orchestrator.relay.run(adopt_all=False))
    await until(lambda: len(orchestrator.bus.sent) == 1)
    relaying.cancel()


async def test_a_row_is_taken_once_until_it_is_marked(orchestrator: InMemoryOrchestrator) -> None:
    rows = await stored(orchestrator, row(0))
    assert orchestrator.relay.take(rows) == rows
    assert orchestrator.relay.take(rows) == []
    orchestrator.relay.forget([UUID(str(rows[0].id))])
    assert orchestrator.relay.take(rows) == rows


async def test_an_unexpected_error_ends_the_relay_instead_of_leaving_rows_behind(
    orchestrator: InMemoryOrchestrator,
) -> None:
    def broken(_: OutgoingMessage) -> None:
        raise RuntimeError("a defect")

    orchestrator.bus.outcome = broken
    await stored(orchestrator, row(0))
    await orchestrator.relay.send_pending()
    with pytest.raises(RuntimeError):
        await in_time(orchestrator.relay.failing())


async def test_a_batch_whose_follow_up_fails_ends_the_worker(orchestrator: InMemoryOrchestrator) -> None:
    def broken(_: OutgoingMessage) -> None:
        raise RuntimeError("a defect")

    orchestrator.bus.outcome = broken
    orchestrator.submit(STEP)
    await orchestrator.worker.process(await orchestrator.work_queue.take())
    with pytest.raises(RuntimeError):
        await in_time(orchestrator.worker.failing())


async def until(holds: object, orchestrator: InMemoryOrchestrator | None = None) -> None:
    """Wait for a condition, at most five seconds; process the orchestrator's batches meanwhile if one is given."""
    async with asyncio.timeout(patient()):
        while not holds():  # type: ignore[operator]
            if orchestrator is not None:
                await orchestrator.process_all()
            await asyncio.sleep(0)
