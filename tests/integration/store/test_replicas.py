"""Several orchestrators on one database: each saga and each message is processed by one of them at a time."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from creatorflow_orchestrator.shell.store import (
    Applied,
    Changes,
    Store,
    StoreMisconfigured,
    StoreUnavailable,
    statements,
)
from sqlalchemy import make_url

from tests.waiting import eventually, in_time

from .conftest import Opener
from .samples import NOW, event, message, saga

SILENCE = timedelta(seconds=10)


@pytest.fixture
async def first(shared_database: str, opener: Opener) -> Store:
    return await opener(shared_database)


@pytest.fixture
async def second(shared_database: str, first: Store, opener: Opener) -> Store:
    return await opener(shared_database)


async def apply(store: Store, changes: Changes) -> Applied:
    async with store.transaction() as transaction:
        return await transaction.apply(changes)


async def test_a_saga_locked_by_one_replica_is_busy_for_the_other(first: Store, second: Store) -> None:
    locked, free, unknown = saga(), saga(), uuid4()
    await apply(first, Changes(new=(locked, free)))
    async with first.transaction() as mine:
        await mine.load([locked.id])
        async with second.transaction() as theirs:
            loaded = await theirs.load([locked.id, free.id, unknown])
            assert dict(loaded.sagas) == {free.id: free}
            assert loaded.busy == {locked.id}
        await mine.apply(Changes(saved=(replace(locked, seq=2),)))
    async with second.transaction() as theirs:
        loaded = await theirs.load([locked.id])
    assert loaded.sagas[locked.id].seq == 2
    assert not loaded.busy


async def test_due_sagas_are_shared_between_replicas(first: Store, second: Store) -> None:
    rows = [saga(wake_at=NOW + timedelta(seconds=second)) for second in range(4)]
    await apply(first, Changes(new=tuple(rows)))
    later = NOW + timedelta(minutes=1)
    async with first.transaction() as mine, second.transaction() as theirs:
        assert await mine.due(later, limit=3) == rows[:3]
        assert await theirs.due(later, limit=3) == rows[3:]


async def test_replicas_that_insert_the_same_sagas_in_any_order_never_deadlock(first: Store, second: Store) -> None:
    rows = [saga() for _ in range(64)]
    won: list[UUID] = []

    async def insert(store: Store, seed: int) -> None:
        shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311 (an order, not a secret)
        won.extend((await apply(store, Changes(new=tuple(shuffled)))).inserted)

    await asyncio.gather(*(insert(store, seed) for seed in range(4) for store in (first, second)))
    assert sorted(won) == sorted(row.id for row in rows)


async def test_many_concurrent_transactions_lose_no_update(first: Store, second: Store) -> None:
    row = saga(seq=0)
    await apply(first, Changes(new=(row,)))

    async def step(store: Store) -> bool:
        async with store.transaction() as transaction:
            loaded = await transaction.load([row.id])
            if row.id in loaded.busy:
                return False
            seq = loaded.sagas[row.id].seq + 1
            await transaction.apply(
                Changes(saved=(replace(loaded.sagas[row.id], seq=seq),), history=(event(row.id, seq),))
            )
            return True

    async def steps(store: Store) -> None:
        for _ in range(20):
            await eventually(lambda: step(store), "a transaction without contention", every=0.005)

    await asyncio.gather(steps(first), steps(second), steps(first))
    stored = await first.saga(row.id)
    assert stored is not None
    assert stored.seq == 60
    assert [entry.seq for entry in await first.history(row.id)] == list(range(1, 61))


async def test_a_cancelled_transaction_changes_nothing_and_releases_its_locks(first: Store, second: Store) -> None:
    row = saga()
    await apply(first, Changes(new=(row,)))
    entered = asyncio.Event()

    async def hangs() -> None:
        async with first.transaction() as transaction:
            await transaction.load([row.id])
            await transaction.apply(Changes(saved=(replace(row, seq=9),)))
            entered.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hangs())
    await entered.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    async with second.transaction() as transaction:
        assert dict((await transaction.load([row.id])).sagas) == {row.id: row}


async def test_outbox_rows_belong_to_their_writer_until_it_is_silent_and_are_then_adopted(
    first: Store, second: Store
) -> None:
    rows = (await apply(first, Changes(outbox=(message(), message())))).outbox
    now = datetime.now(UTC)
    assert await second.adopt(now, SILENCE) == 0
    assert await second.pending(10) == []
    later = now + SILENCE * 2
    assert await second.adopt(later, SILENCE, limit=1) == 1
    assert await second.adopt(later, SILENCE) == 1
    assert tuple(await second.pending(10)) == rows
    assert await first.pending(10) == []
    assert await first.adopt(later, SILENCE) == 0


async def test_a_replica_with_signs_of_life_keeps_its_outbox_rows(first: Store, second: Store) -> None:
    rows = (await apply(first, Changes(outbox=(message(),)))).outbox
    later = datetime.now(UTC) + SILENCE * 2
    await first.adopt(later, SILENCE)
    assert await second.adopt(later + SILENCE / 2, SILENCE) == 0
    assert tuple(await first.pending(10)) == rows


async def test_each_outbox_row_of_a_dead_replica_is_adopted_once(shared_database: str, opener: Opener) -> None:
    dead, *alive = [await opener(shared_database) for _ in range(4)]
    rows = (await apply(dead, Changes(outbox=tuple(message() for _ in range(60))))).outbox
    later = datetime.now(UTC) + SILENCE * 2
    for store in alive:
        await store.adopt(later, SILENCE, limit=0)
    while sum(await asyncio.gather(*(store.adopt(later, SILENCE, limit=7) for store in alive))):
        pass
    taken = [row for store in alive for row in await store.pending(100)]
    assert sorted(row.id for row in taken if row.id) == [row.id for row in rows]


async def test_rows_being_adopted_by_one_replica_are_skipped_by_others(shared_database: str, opener: Opener) -> None:
    dead, first, second = [await opener(shared_database) for _ in range(3)]
    rows = (await apply(dead, Changes(outbox=tuple(message() for _ in range(4))))).outbox
    later = datetime.now(UTC) + SILENCE * 2
    await second.adopt(later, SILENCE, limit=0)
    async with first.transaction() as taking:
        taken = await taking._session.run(lambda c: statements.adopt(c, first.owner, later, later - SILENCE, 3))
        assert taken == 3
        assert await in_time(second.adopt(later, SILENCE)) == 1
    assert (*await first.pending(10), *await second.pending(10)) == rows


async def test_replicas_that_open_an_empty_database_together_migrate_it_once(
    shared_database: str, opener: Opener
) -> None:
    stores = await asyncio.gather(*(opener(shared_database) for _ in range(4)))
    assert [await store.open_count() for store in stores] == [0] * 4


async def test_an_unreachable_server_is_unavailable(shared_database: str) -> None:
    url = make_url(shared_database).set(port=1).render_as_string(hide_password=False)
    with pytest.raises(StoreUnavailable):
        await Store.open(url, owner="test")


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"database": "no_such_database"}, {"username": "nobody"}])
async def test_wrong_credentials_or_names_are_a_misconfiguration(shared_database: str, wrong: dict[str, str]) -> None:
    url = make_url(shared_database).set(**wrong).render_as_string(hide_password=False)  # type: ignore[arg-type]
    with pytest.raises(StoreMisconfigured) as caught:
        await Store.open(url, owner="test")
    assert "wrong" not in str(caught.value)
