"""Stores on both databases; each test has its own database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from creatorflow_orchestrator.shell.store import Store

Opener = Callable[[str], Awaitable[Store]]


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'store.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; parametrized by both kinds."""
    kind = "sqlite_database" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(kind))


@pytest.fixture
async def opener() -> AsyncIterator[Opener]:
    """Opens stores with different owners, and closes them after the test."""
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
    """An open, empty store; parametrized by both databases."""
    return await opener(database)
