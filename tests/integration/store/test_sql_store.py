"""The behaviour of the store, the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from creatorflow_orchestrator.shell.store import (
    Changes,
    HistoryRow,
    QuarantineFilter,
    SagaFilter,
    SagaRow,
    Store,
    StoreLocked,
    StoreRefused,
)

from .samples import NOW, event, message, quarantined_row, saga


async def write(store: Store, changes: Changes) -> None:
    async with store.transaction() as transaction:
        await transaction.conclude(changes)


async def test_written_rows_are_read_back_unchanged(store: Store) -> None:
    row = saga()
    history = tuple(event(row.id, seq, data='{"text": "\u20ac \U0001f600"}') for seq in (1, 2, 3))
    await write(store, Changes(new=(row,), history=history, outbox=(message(row.id),)))
    assert await store.saga(row.id) == row
    assert await store.history(row.id) == list(history)
    assert [replace(sent, id=None) for sent in await store.pending(10)] == [message(row.id)]


async def test_long_texts_and_bodies_are_read_back_whole(store: Store) -> None:
    text, body = "\u20ac" * 2**20, bytes(range(256)) * 2**12
    row = saga(state=text)
    quarantined = quarantined_row(body=body, headers={"long": text})
    written = Changes(
        new=(row,), history=(event(row.id, 1, data=text),), outbox=(message(body=body),), quarantined=(quarantined,)
    )
    async with store.transaction() as transaction:
        applied = await transaction.apply(written)
    assert await store.saga(row.id) == row
    assert [entry.data for entry in await store.history(row.id)] == [text]
    assert [sent.body for sent in await store.pending(10)] == [body]
    (kept,) = await store.quarantine_rows([row.id for row in applied.quarantined if row.id])
    assert (kept.body, kept.headers) == (body, {"long": text})


async def test_texts_that_differ_in_case_accent_or_a_space_at_the_end_are_different(store: Store) -> None:
    agents = ("agent", "Agent", "\u00e0gent", "agent ")
    await write(store, Changes(quarantined=tuple(quarantined_row(agent=agent) for agent in agents)))
    for agent in agents:
        assert [entry.agent for entry in await store.quarantine_entries(QuarantineFilter(agent=agent), 9)] == [agent]
    assert {group.agent for group in await store.quarantine_groups(QuarantineFilter(), 9)} == set(agents)


async def test_an_unknown_saga_is_none_and_has_no_history(store: Store) -> None:
    assert await store.saga(uuid4()) is None
    assert await store.history(uuid4()) == []
    assert await store.last(uuid4(), "completed") is None


async def test_saving_changes_mutable_columns_only(store: Store) -> None:
    row, other = saga(), saga()
    await write(store, Changes(new=(row, other)))
    later = NOW + timedelta(seconds=1)
    changed = replace(row, status="completed", state="{}", seq=9, wake_at=None, updated_at=later)
    await write(store, Changes(saved=(replace(changed, digest="other", created_at=later),)))
    assert await store.saga(row.id) == changed
    assert await store.saga(other.id) == other


async def test_a_batch_of_any_size_is_written_whole(store: Store) -> None:
    rows = tuple(saga() for _ in range(301))
    history = tuple(event(row.id, 1) for row in rows)
    async with store.transaction() as transaction:
        applied = await transaction.apply(
            Changes(new=rows, history=history, outbox=tuple(message(row.id) for row in rows))
        )
    assert applied.inserted == {row.id for row in rows}
    saved = tuple(replace(row, seq=2) for row in rows)
    await write(store, Changes(saved=saved, sent=tuple(row.id for row in applied.outbox if row.id)))
    async with store.transaction() as transaction:
        loaded = await transaction.load([row.id for row in rows])
    assert dict(loaded.sagas) == {row.id: row for row in saved}
    assert await store.pending(1000) == []


async def test_an_exception_in_the_transaction_rolls_it_back(store: Store) -> None:
    row = saga()
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as transaction:
            await transaction.apply(
                Changes(new=(row,), history=(event(row.id, 1),), outbox=(message(),), quarantined=(quarantined_row(),))
            )
            raise ZeroDivisionError
    assert await store.saga(row.id) is None
    assert (await store.history(row.id), await store.pending(9)) == ([], [])
    assert await store.quarantine_entries(QuarantineFilter(), 9) == []


async def test_conclude_commits_and_ends_the_transaction(store: Store) -> None:
    row = saga()
    with pytest.raises(RuntimeError, match="over"):
        async with store.transaction() as transaction:
            await transaction.conclude(Changes(new=(row,)))
            assert await store.saga(row.id) == row
            await transaction.apply(Changes(saved=(replace(row, seq=7),)))
    assert await store.saga(row.id) == row


async def test_a_refused_row_rolls_back_its_batch_and_the_store_goes_on(store: Store) -> None:
    row = saga()
    await write(store, Changes(new=(row,), history=(event(row.id, 1),)))
    with pytest.raises(StoreRefused):
        await write(store, Changes(saved=(replace(row, seq=7),), history=(event(row.id, 2), event(row.id, 1))))
    assert await store.saga(row.id) == row
    await write(store, Changes(history=(event(row.id, 2),)))
    assert [entry.seq for entry in await store.history(row.id)] == [1, 2]


async def test_a_refusal_that_is_caught_cannot_be_committed(store: Store) -> None:
    row = saga()
    with pytest.raises(StoreRefused):
        async with store.transaction() as transaction:
            await transaction.apply(Changes(new=(row,)))
            with pytest.raises(StoreRefused):
                await transaction.apply(Changes(history=(event(row.id, 1), event(row.id, 1))))
    assert await store.saga(row.id) is None


@pytest.mark.parametrize(
    "bad",
    [
        event(uuid4(), 1, data="nul \0"),
        event(uuid4(), 1, data="lone surrogate \ud800"),
        event(uuid4(), 2**63),
        replace(event(uuid4(), 1), at=datetime(2026, 1, 1)),  # noqa: DTZ001 (tested)
        replace(event(uuid4(), 1), data=None),  # type: ignore[arg-type]
    ],
    ids=["nul", "surrogate", "65 bits", "no time zone", "null"],
)
async def test_unstorable_data_is_refused_without_being_quoted(store: Store, bad: HistoryRow) -> None:
    with pytest.raises(StoreRefused) as caught:
        await write(store, Changes(history=(bad,)))
    assert "surrogate" not in str(caught.value)
    assert caught.value.__suppress_context__
    await write(store, Changes(history=(event(bad.saga_id, 1),)))


async def test_saving_a_saga_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(StoreRefused):
        await write(store, Changes(saved=(saga(),)))


async def test_quarantined_messages_are_stored_with_any_contents(store: Store) -> None:
    row = quarantined_row(
        routing_key="a\0b\ud800", headers={"raw": b"\xff\0", "at": NOW, "n": [1, {"x": None}]}, agent="a"
    )
    async with store.transaction() as transaction:
        applied = await transaction.apply(Changes(quarantined=(row, quarantined_row())))
    kept = await store.quarantine_rows([row.id for row in applied.quarantined if row.id])
    assert [stored.id for stored in kept] == [stored.id for stored in applied.quarantined]
    assert kept[0].body == bytes(range(256))
    assert kept[0].routing_key == "a\ufffdb?"
    assert kept[0].headers == {"raw": "\\xff\0", "at": NOW.isoformat(), "n": [1, {"x": None}]}


async def test_a_point_in_time_is_the_same_in_every_time_zone(store: Store) -> None:
    east, west = timezone(timedelta(hours=9)), timezone(timedelta(hours=-8))
    rows = [
        saga(wake_at=datetime(2026, 1, 1, 9, 0, tzinfo=east)),  # 00:00 UTC
        saga(wake_at=datetime(2025, 12, 31, 16, 0, 0, 1, west)),  # 00:00:00.000001 UTC
        saga(wake_at=datetime(2026, 1, 1, 0, 0, 0, 2, UTC)),
        saga(wake_at=None),
    ]
    await write(store, Changes(new=tuple(rows)))
    assert await store.next_wake() == datetime(2026, 1, 1, tzinfo=UTC)
    async with store.transaction() as transaction:
        due = await transaction.due(datetime(2026, 1, 1, 5, 0, 0, 1, timezone(timedelta(hours=5))), limit=10)
    assert [row.id for row in due] == [rows[0].id, rows[1].id]
    assert all(row.wake_at is not None and row.wake_at.utcoffset() == timedelta(0) for row in due)


async def test_due_sagas_are_ordered_by_their_wake_up_and_limited(store: Store) -> None:
    rows = [saga(wake_at=NOW + timedelta(seconds=seconds)) for seconds in (3, 1, 2)]
    await write(store, Changes(new=tuple(rows)))
    async with store.transaction() as transaction:
        due = await transaction.due(NOW + timedelta(seconds=9), limit=2)
    assert due == [rows[1], rows[2]]


async def test_open_sagas_are_counted_and_listed_newest_first(store: Store) -> None:
    statuses = ("running", "completed", "running", "failed", "cancelled", "cancelling")
    rows: list[SagaRow] = [
        saga(status=status, created_at=NOW + timedelta(seconds=age)) for age, status in enumerate(statuses)
    ]
    await write(store, Changes(new=tuple(rows)))
    assert await store.open_count() == 3
    assert await store.sagas(10) == rows[::-1]
    assert await store.sagas(2) == [rows[5], rows[4]]


async def test_sagas_are_filtered_by_status_age_kind_and_prefix_of_their_id(store: Store) -> None:
    running, plan = saga(UUID("ab" * 16)), saga(UUID("ac" * 16), status="completed", dry_run=True)
    old = saga(UUID("bb" * 16), status="completed", created_at=NOW - timedelta(hours=1))
    await write(store, Changes(new=(running, plan, old)))

    async def listed(**wanted: Any) -> set[UUID]:
        return {row.id for row in await store.sagas(10, SagaFilter(**wanted))}

    assert await listed(statuses=("completed", "failed")) == {plan.id, old.id}
    assert await listed(since=NOW) == {running.id, plan.id}
    assert await listed(dry_run=True) == {plan.id}
    assert await listed(dry_run=False) == {running.id, old.id}
    assert await listed(prefix="a") == {running.id, plan.id}
    assert await listed(prefix=running.id.hex) == {running.id}
    assert await listed(prefix="a", dry_run=False, statuses=("failed",)) == set()


async def test_history_is_read_in_pages_by_event_and_by_sequence_number(store: Store) -> None:
    row = saga()
    history = [event(row.id, seq, "tick" if seq % 2 else "tock") for seq in range(1, 8)]
    await write(store, Changes(new=(row,), history=tuple(reversed(history))))
    assert await store.history(row.id, after_seq=2, limit=3) == history[2:5]
    assert await store.last(row.id, "tock") == history[5]
    async with store.transaction() as transaction:
        entries = await transaction.entries([(row.id, 3), (row.id, 99), (uuid4(), 1)])
    assert entries == {(row.id, 3): history[2]}


async def test_outbox_rows_get_growing_ids_and_are_deleted_when_sent(store: Store) -> None:
    rows = tuple(message(body=bytes([number])) for number in range(40))
    async with store.transaction() as transaction:
        first = await transaction.apply(Changes(outbox=rows[:20]))
    async with store.transaction() as transaction:
        second = await transaction.apply(Changes(outbox=rows[20:]))
    written = [*first.outbox, *second.outbox]
    assert [row.body for row in await store.pending(100)] == [row.body for row in rows]
    assert await store.pending(100) == written
    assert await store.pending(5, after=written[9].id) == written[10:15]
    await write(store, Changes(sent=tuple(row.id for row in written[:39] if row.id)))
    assert await store.pending(100) == written[39:]


async def test_a_reopened_store_contains_what_was_committed(database: str) -> None:
    row = saga()
    async with await Store.open(database, owner="before") as before:
        await write(before, Changes(new=(row,), outbox=(message(row.id),)))
    async with await Store.open(database, owner="after") as after:
        assert await after.saga(row.id) == row
        assert await after.pending(10) == []
        assert await after.adopt(NOW, silence=timedelta(0)) == 1
        assert [pending.saga_id for pending in await after.pending(10)] == [row.id]


async def test_a_store_is_exclusive_if_and_only_if_no_second_one_can_be_opened_beside_it(
    database: str, store: Store
) -> None:
    try:
        await (await Store.open(database, owner="second")).close()
    except StoreLocked:
        assert store.exclusive
    else:
        assert not store.exclusive
