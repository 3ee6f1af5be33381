"""Counts of the store for metrics: open requests, unsent messages, and quarantined messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from creatorflow_orchestrator.shell.store import Changes, Store, StoreCounts, maintenance

from .samples import NOW, message, quarantined_row, saga

OLD = NOW - timedelta(hours=1)


async def test_the_counts_of_an_empty_store_are_zero(store: Store) -> None:
    assert await store.counts() == StoreCounts({}, 0, None, {})


async def test_open_requests_are_counted_by_status_with_the_oldest_and_final_ones_are_not(store: Store) -> None:
    rows = [saga(), saga(created_at=OLD), saga(status="compensating"), saga(status="failed", created_at=OLD)]
    async with store.transaction() as transaction:
        await transaction.conclude(Changes(new=tuple(rows)))
    assert (await store.counts()).sagas == {"running": (2, OLD), "compensating": (1, NOW)}


async def test_messages_of_every_replica_are_counted_until_they_are_sent(store: Store) -> None:
    rows = tuple(message(created_at=at) for at in (OLD, NOW, NOW))
    async with store.transaction() as transaction:
        applied = await transaction.conclude(Changes(outbox=rows))
    counts = await store.counts()
    assert (counts.outbox, counts.outbox_since) == (3, OLD)
    async with store.transaction() as transaction:
        await transaction.conclude(Changes(sent=tuple(row.id for row in applied.outbox[:1] if row.id)))
    counts = await store.counts()
    assert (counts.outbox, counts.outbox_since) == (2, NOW)


async def test_quarantined_messages_are_counted_by_code_until_they_are_resolved(store: Store) -> None:
    async with store.transaction() as transaction:
        applied = await transaction.apply(Changes(quarantined=tuple(quarantined_row(code=code) for code in "AAB")))
        await transaction.mark_resolved([row.id for row in applied.quarantined[:1] if row.id], "dropped", NOW)
    assert (await store.counts()).quarantine == {"A": 1, "B": 1}


async def test_no_count_exceeds_its_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "COUNTED", 3)
    many = Changes(
        new=tuple(saga() for _ in range(5)),
        outbox=tuple(message() for _ in range(5)),
        quarantined=tuple(quarantined_row(code="A") for _ in range(5)),
    )
    async with store.transaction() as transaction:
        await transaction.conclude(many)
    counts = await store.counts()
    assert (counts.sagas["running"][0], counts.outbox, counts.quarantine) == (3, 3, {"A": 3})
