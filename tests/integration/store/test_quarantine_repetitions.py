"""Repetitions of a quarantined message are counted in its row: endless garbage does not fill the table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from creatorflow_orchestrator.shell.store import (
    Changes,
    QuarantineEntry,
    QuarantineFilter,
    QuarantineGroup,
    QuarantineRow,
    Store,
    schema,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from .conftest import Opener
from .samples import NOW, quarantined_row

ALL = QuarantineFilter()
SAME = quarantined_row()


async def put(store: Store, *rows: QuarantineRow) -> list[UUID | None]:
    async with store.transaction() as transaction:
        return [row.id for row in (await transaction.conclude(Changes(quarantined=rows))).quarantined]


async def entries(store: Store, limit: int = 100) -> Sequence[QuarantineEntry]:
    return await store.quarantine_entries(ALL, limit)


async def test_repetitions_are_counted_with_the_first_and_the_last_time(store: Store) -> None:
    later = [quarantined_row(**_same(), at=NOW + timedelta(seconds=seconds)) for seconds in (0, 1, 2)]
    first = await put(store, *later[:2])
    assert await put(store, later[2]) == first
    (entry,) = await entries(store)
    assert (entry.id, entry.times, entry.at, entry.last_at) == (first[0], 3, NOW, NOW + timedelta(seconds=2))


async def test_twenty_thousand_equal_messages_are_one_row(store: Store) -> None:
    for _ in range(200):
        await put(store, *(SAME for _ in range(100)))
    assert [entry.times for entry in await entries(store)] == [20_000]
    assert await store.quarantine_groups(ALL, 10) == [QuarantineGroup("NOT_JSON", None, None, 1, 20_000, NOW, NOW)]


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "result"},
        {"code": "TOO_DEEP"},
        {"body": b""},
        {"agent": "a"},
        {"contract": "x.v1"},
        {"correlation_id": "c"},
        {"exchange": "x"},
        {"routing_key": "k"},
        {"properties": {"user_id": "somebody"}},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_a_message_that_would_be_redriven_differently_is_another_row(
    store: Store, other: dict[str, object]
) -> None:
    await put(store, SAME, quarantined_row(**_same() | other))
    await put(store, quarantined_row(**_same() | other), SAME)
    assert [entry.times for entry in await entries(store)] == [2, 2]


async def test_messages_that_differ_only_in_message_id_and_trace_are_equal(store: Store) -> None:
    for name in ("one", "two"):
        await put(store, quarantined_row(**_same(), headers={"traceparent": name}, properties={"message_id": name}))
    (entry,) = await entries(store)
    (row,) = await store.quarantine_rows([entry.id])
    assert (row.times, row.headers, row.properties) == (2, {"traceparent": "one"}, {"message_id": "one"})


async def test_a_repetition_after_the_resolution_is_a_new_row(store: Store) -> None:
    for resolution in ("redriven", "dropped"):
        (row_id,) = await put(store, SAME, SAME)
        async with store.transaction() as transaction:
            assert await transaction.mark_resolved([row_id], resolution, NOW) == {row_id}  # type: ignore[list-item]
    await put(store, SAME)
    assert [entry.times for entry in await entries(store)] == [1]


async def test_replicas_that_count_in_the_same_rows_lose_no_count_and_do_not_deadlock(
    shared_database: str, opener: Opener
) -> None:
    stores = [await opener(shared_database), await opener(shared_database)]
    few = [quarantined_row() for _ in range(8)]
    orders = [few, few[::-1], few[4:] + few[:4]]
    await asyncio.gather(*(put(stores[number % 2], *orders[number % 3]) for number in range(30)))
    assert [entry.times for entry in await entries(stores[0])] == [30] * 8


@given(st.lists(st.lists(st.integers(0, 4), max_size=6), max_size=6))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_each_message_is_counted_as_often_as_it_came_in_any_batches(
    store: Store, batches: list[list[int]]
) -> None:
    kinds = [quarantined_row() for _ in range(5)]
    for batch in batches:
        await put(store, *(kinds[number] for number in batch))
    keys = {row.routing_key: number for number, row in enumerate(kinds)}
    counted = {
        keys[entry.routing_key]: entry.times for entry in await entries(store, 1_000) if entry.routing_key in keys
    }
    published = [number for batch in batches for number in batch]
    assert counted == {number: published.count(number) for number in set(published)}


async def test_rows_of_a_replica_of_the_previous_release_stay_separate(store: Store) -> None:
    added = ("digest", "times", "last_at")
    names = ", ".join(f'"{column.name}"' for column in schema.QUARANTINE.columns if column.name not in added)

    def insert_as_before(connection: Connection) -> None:
        connection.execute(text(f"INSERT INTO quarantine ({names}) SELECT {names} FROM quarantine_before"))  # noqa: S608

    def copy_table(connection: Connection) -> None:
        connection.execute(text(f"CREATE TABLE quarantine_before AS SELECT {names} FROM quarantine"))  # noqa: S608
        connection.execute(text("DELETE FROM quarantine"))

    await put(store, SAME)
    async with store.transaction() as transaction:
        await transaction._session.run(copy_table)
        await transaction._session.run(insert_as_before)
    assert await store.quarantine_groups(ALL, 10) == [QuarantineGroup("NOT_JSON", None, None, 1, 1, NOW, NOW)]
    await put(store, SAME, SAME)
    assert [(entry.times, entry.last_at is None) for entry in await entries(store)] == [(1, True), (2, False)]
    assert await store.quarantine_groups(ALL, 10) == [QuarantineGroup("NOT_JSON", None, None, 2, 3, NOW, NOW)]


def _same() -> dict[str, object]:
    return {"routing_key": SAME.routing_key}
