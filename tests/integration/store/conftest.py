"""Stores on both databases, each test with a database of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from creatorflow_orchestrator.shell.store import Store
from sqlalchemy import make_url

Opener = Callable[[str], Awaitable[Store]]


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL server on which databases may be created."""
    url = os.environ.get("CREATORFLOW_STORE_URL", "")
    if not url.startswith("postgresql"):
        pytest.skip("no PostgreSQL: set CREATORFLOW_STORE_URL=postgresql://...")
    return url


@pytest.fixture
async def postgres_database(postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty PostgreSQL database."""
    server = make_url(postgres_url).set(drivername="postgresql")
    name = f"store_{uuid4().hex}"
    admin = await asyncpg.connect(server.render_as_string(hide_password=False))
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield server.set(database=name).render_as_string(hide_password=False)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'store.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of each kind in turn."""
    kind = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    return str(request.getfixturevalue(kind))


@pytest.fixture
async def opener() -> AsyncIterator[Opener]:
    """Opens stores, each with an owner of its own, and closes them after the test."""
    opened: list[Store] = []

    async def open_store(url: str) -> Store:
        store = await Store.open(url, owner=f"test-{uuid4().hex[:8]}")
        opened.append(store)
        return store

    yield open_store
    for store in opened:
        await store.close()


@pytest.fixture
async def store(database: str, opener: Opener) -> Store:
    """An open, empty store, on each database in turn."""
    return await opener(database)
