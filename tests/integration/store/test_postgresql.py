"""Behaviour of PostgreSQL only, seen or caused by a connection of an administrator: waits, killed and idle ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
from creatorflow_orchestrator.shell.store import Applied, Changes, Store, StoreUnavailable
from sqlalchemy import text

from tests.waiting import eventually

from .conftest import Opener
from .samples import event, message, saga


@pytest.fixture
async def first(postgres_url: str, opener: Opener) -> Store:
    return await opener(postgres_url)


@pytest.fixture
async def second(postgres_url: str, first: Store, opener: Opener) -> Store:
    return await opener(postgres_url)


@pytest.fixture
async def admin(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def apply(store: Store, changes: Changes) -> Applied:
    async with store.transaction() as transaction:
        return await transaction.apply(changes)


async def backends(admin: asyncpg.Connection, store: Store, condition: str = "true") -> list[int]:
    query = f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 AND {condition}"  # noqa: S608
    return [row["pid"] for row in await admin.fetch(query, f"%{store.owner}")]


async def test_two_replicas_that_get_the_same_request_accept_it_once(
    first: Store, second: Store, admin: asyncpg.Connection
) -> None:
    row, other = saga(), saga()
    changes = Changes(new=(row,), history=(event(row.id, 1, data='"first"'),), outbox=(message(row.id),))
    async with first.transaction() as mine:
        assert (await mine.apply(changes)).inserted == {row.id}
        racing_changes = Changes(
            new=(row, other),
            history=(event(row.id, 1, data='"second"'), event(other.id, 1)),
            outbox=(message(row.id), message(other.id)),
        )
        racing = asyncio.create_task(apply(second, racing_changes))

        async def waits() -> bool:
            return bool(await backends(admin, second, "wait_event_type = 'Lock'"))

        await eventually(waits, "the second waits for a lock")
    applied = await racing
    assert applied.inserted == {other.id}
    assert [row.saga_id for row in applied.outbox] == [other.id]
    assert [entry.data for entry in await second.history(row.id)] == ['"first"']
    assert await second.history(other.id) == [event(other.id, 1)]


async def test_a_killed_connection_is_unavailable_leaves_nothing_and_the_pool_recovers(
    first: Store, admin: asyncpg.Connection
) -> None:
    row = saga()
    with pytest.raises(StoreUnavailable):
        async with first.transaction() as transaction:
            await transaction.apply(Changes(new=(row,)))
            for pid in await backends(admin, first):
                await admin.execute("SELECT pg_terminate_backend($1)", pid)
            await transaction.apply(Changes(history=(event(row.id, 1),)))
    assert await first.saga(row.id) is None
    assert (await apply(first, Changes(new=(row,)))).inserted == {row.id}


async def test_a_connection_killed_before_the_commit_is_unavailable(first: Store, admin: asyncpg.Connection) -> None:
    row = saga()
    with pytest.raises(StoreUnavailable):
        async with first.transaction() as transaction:
            await transaction.apply(Changes(new=(row,)))
            for pid in await backends(admin, first):
                await admin.execute("SELECT pg_terminate_backend($1)", pid)
    assert await first.saga(row.id) is None


async def test_idle_connections_killed_all_at_once_cost_one_failure(first: Store, admin: asyncpg.Connection) -> None:
    await asyncio.gather(*(first.open_count() for _ in range(5)))
    for pid in await backends(admin, first):
        await admin.execute("SELECT pg_terminate_backend($1)", pid)
    with pytest.raises(StoreUnavailable):
        await first.open_count()
    for _ in range(5):
        assert await first.open_count() == 0


async def test_a_replica_paused_inside_its_transaction_is_refused_on_return(
    first: Store, second: Store, admin: asyncpg.Connection
) -> None:
    row = saga()
    await apply(first, Changes(new=(row,)))
    with pytest.raises(StoreUnavailable):
        async with first.transaction() as paused:
            await paused.load([row.id])
            await paused._session.run(lambda c: c.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50")))

            async def ended() -> bool:
                return not await backends(admin, first, "state LIKE 'idle in transaction%'")

            await eventually(ended, "the end of the paused transaction")
            await apply(second, Changes(saved=(replace(row, seq=2),)))
            await paused.apply(Changes(saved=(replace(row, seq=3),)))
    stored = await second.saga(row.id)
    assert stored is not None
    assert stored.seq == 2


async def test_every_connection_ends_idle_transactions(first: Store) -> None:
    async with first.transaction() as transaction:
        shown = await transaction._session.run(
            lambda c: c.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one()
        )
    assert shown == "10s"
