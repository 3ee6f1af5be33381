"""Stores on every kind of database; each test has its own database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from creatorflow_orchestrator.shell.store import Store

KINDS = {"sqlite": "sqlite_database", "postgresql": "postgres_url"}
"""The kinds of database, each with the fixture that makes an empty one."""
SHARED = ("postgresql",)
"""Those that several processes may open."""

Opener = Callable[[str], Awaitable[Store]]


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'store.db'}"


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; parametrized by its kind."""
    return str(request.getfixturevalue(KINDS[request.param]))


@pytest.fixture(params=SHARED)
def shared_database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database that several processes may open; parametrized by its kind."""
    return str(request.getfixturevalue(KINDS[request.param]))


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
    """An open, empty store; parametrized by the kind of database."""
    return await opener(database)
