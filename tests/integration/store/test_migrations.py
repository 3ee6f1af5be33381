"""The schema is created, migrated, and left unchanged if it is of a later release."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from creatorflow_orchestrator.shell.store import Changes, SagaFilter, Store, StoreNewer, schema
from creatorflow_orchestrator.shell.store.migrate import migrate
from sqlalchemy import Connection, text

from .samples import saga


async def run(store: Store, work: Any) -> Any:
    async with store.transaction() as transaction:
        return await transaction._session.run(work)


async def test_the_migrations_build_the_schema_that_the_code_uses(store: Store) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), schema.METADATA))

    assert await run(store, differences) == []


async def test_partial_indexes_serve_their_queries(store: Store) -> None:
    def plan(connection: Connection) -> str:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        prefix = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        queries = (
            f"SELECT count(*) FROM saga WHERE {schema.OPEN.text}",  # noqa: S608
            "SELECT wake_at FROM saga WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1",
        )
        return str([row for query in queries for row in connection.execute(text(f"{prefix} {query}")).all()])

    assert {name for name in ("saga_open", "saga_waiting") if name in await run(store, plan)} == {
        "saga_open",
        "saga_waiting",
    }


async def test_migrating_again_changes_nothing(database: str) -> None:
    row = saga()
    async with await Store.open(database, owner="first") as first, first.transaction() as transaction:
        await transaction.apply(Changes(new=(row,)))
    async with await Store.open(database, owner="second") as second:
        await run(second, migrate)
        assert await second.saga(row.id) == row


async def test_a_migration_marks_dry_runs_by_their_stored_state(store: Store) -> None:
    plan, run_of_it = saga(state='{"saga":{"definition":{"dry_run":true}}}'), saga(state='{"saga":{"definition":{}}}')
    async with store.transaction() as transaction:
        await transaction.apply(Changes(new=(plan, run_of_it)))

    def back(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE saga DROP COLUMN dry_run"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))

    await run(store, back)
    await run(store, migrate)
    assert [row.id for row in await store.sagas(10, SagaFilter(dry_run=True))] == [plan.id]


async def test_a_store_of_a_later_release_is_refused_and_not_changed(database: str) -> None:
    row = saga()
    async with await Store.open(database, owner="first") as store:
        async with store.transaction() as transaction:
            await transaction.apply(Changes(new=(row,)))
        await run(store, lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        with pytest.raises(StoreNewer, match="9999"):
            await run(store, migrate)
        assert await store.saga(row.id) == row
    with pytest.raises(StoreNewer, match="start the release that wrote it"):
        await Store.open(database, owner="second")


async def test_a_failed_migration_does_not_change_the_schema(store: Store) -> None:
    def fails(connection: Connection) -> None:
        connection.execute(text("DROP TABLE history"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(store, fails)
    assert await store.history(saga().id) == []
