"""Behaviour of SQLite only: one process a file, and no loss when it is killed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from creatorflow_orchestrator.shell.store import (
    Changes,
    Store,
    StoreLocked,
    StoreMisconfigured,
    StoreUnavailable,
    databases,
)
from sqlalchemy import Connection, make_url, text

from tests.waiting import in_time, patient

from .conftest import Opener
from .samples import event, message, saga

ROOT = Path(__file__).parents[3]


def file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


@asynccontextmanager
async def committing_process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a process that commits for ever; kills it at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.store.commit_loop", url, "the loop"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def next_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await in_time(process.stdout.readline())).decode().strip()


@pytest.mark.parametrize("commits", [1, 20, 57])
async def test_a_process_killed_while_it_commits_loses_no_commit_and_leaves_none_incomplete(
    sqlite_database: str, commits: int
) -> None:
    async with committing_process(sqlite_database) as process:
        saga_id = UUID(await next_line(process))
        for _ in range(commits):
            reported = int(await next_line(process))
        process.kill()
        remaining = (await process.communicate())[0].decode().split("\n")[:-1]
    reported = int(remaining[-1]) if remaining else reported
    async with await Store.open(sqlite_database, owner="the next") as store:
        stored = await store.saga(saga_id)
        assert stored is not None
        assert stored.seq in (reported, reported + 3)  # the process may be killed between a commit and its line
        assert [entry.seq for entry in await store.history(saga_id, limit=10_000)] == list(range(1, stored.seq + 1))
        assert await store.pending(10_000) == []
        async with store.transaction() as transaction:
            sent = await transaction._session.run(lambda c: c.execute(text("SELECT count(*) FROM outbox")).scalar_one())
        assert sent == stored.seq / 3


async def test_a_second_process_gets_an_error_that_names_the_owner_of_the_file_and_what_to_do(
    sqlite_database: str,
) -> None:
    async with committing_process(sqlite_database) as process:
        await next_line(process)
        with pytest.raises(StoreLocked, match=rf"the loop \(process {process.pid}\).*PostgreSQL"):
            await Store.open(sqlite_database, owner="second")
        process.kill()
        await process.wait()
        await (await Store.open(sqlite_database, owner="second")).close()


async def test_the_same_process_cannot_open_a_file_twice_at_once(sqlite_database: str) -> None:
    async with await Store.open(sqlite_database, owner="first"):
        with pytest.raises(StoreLocked):
            await Store.open(sqlite_database, owner="second")
    await (await Store.open(sqlite_database, owner="third")).close()


async def test_a_store_that_could_not_be_opened_keeps_no_lock(sqlite_database: str) -> None:
    path = file_of(sqlite_database)
    path.parent.mkdir()
    path.write_bytes(b"this is a text file, not a database; " * 100)
    with pytest.raises(StoreMisconfigured):
        await Store.open(sqlite_database, owner="first")
    path.unlink()
    await (await Store.open(sqlite_database, owner="second")).close()


async def test_every_commit_is_on_the_disk(sqlite_database: str, opener: Opener) -> None:
    store = await opener(sqlite_database)
    async with store.transaction() as transaction:
        settings = [
            await transaction._session.run(lambda c, name=name: c.execute(text(f"PRAGMA {name}")).scalar_one())  # type: ignore[misc]
            for name in ("journal_mode", "synchronous")
        ]
    assert settings == ["wal", 2]  # 2 is FULL


async def test_only_the_owner_may_read_the_files_of_the_store(sqlite_database: str, opener: Opener) -> None:
    store = await opener(sqlite_database)
    async with store.transaction() as transaction:
        await transaction.apply(Changes(new=(saga(),)))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in file_of(sqlite_database).parent.iterdir()}
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm", "store.db.lock"), 0o600)


async def test_a_file_that_another_program_writes_is_unavailable_and_then_works(
    sqlite_database: str, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_S", 0.05)
    store = await opener(sqlite_database)
    row = saga()
    shell = sqlite3.connect(file_of(sqlite_database), isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as transaction:
            await transaction.load([row.id])
    assert await store.saga(row.id) is None  # reads go on meanwhile
    shell.close()
    async with store.transaction() as transaction:
        await transaction.apply(Changes(new=(row,)))
    assert await store.saga(row.id) == row


async def test_a_full_disk_is_unavailable_rolls_back_and_then_works(sqlite_database: str, opener: Opener) -> None:
    store = await opener(sqlite_database)
    row = saga()
    big = Changes(new=(row,), history=tuple(event(row.id, seq, data="x" * 100_000) for seq in range(1, 30)))
    await limit_pages(store, "(SELECT 1)")
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as transaction:
            await transaction.apply(big)
    assert await store.saga(row.id) is None
    await limit_pages(store, "1000000")
    async with store.transaction() as transaction:
        await transaction.apply(big)
    assert len(await store.history(row.id)) == 29


async def limit_pages(store: Store, pages: str) -> None:
    """Limits the pages of the file. SQLite never sets the limit below the current size, so 1 means no more pages."""
    wanted = 1 if "SELECT" in pages else int(pages)
    async with store.transaction() as transaction:
        await transaction._session.run(lambda c: c.execute(text(f"PRAGMA max_page_count = {wanted}")))


async def test_reading_never_waits_for_the_transaction_that_writes(sqlite_database: str, opener: Opener) -> None:
    store = await opener(sqlite_database)
    row = saga()
    async with store.transaction() as transaction:
        await transaction.apply(Changes(new=(row,)))
        assert await in_time(store.saga(row.id)) is None
        assert await in_time(store.open_count()) == 0
    assert await store.saga(row.id) == row


async def test_transactions_are_serialised(sqlite_database: str, opener: Opener) -> None:
    store = await opener(sqlite_database)
    row = saga(seq=0)
    async with store.transaction() as transaction:
        await transaction.apply(Changes(new=(row,)))

    async def step() -> None:
        async with store.transaction() as transaction:
            loaded = (await transaction.load([row.id])).sagas[row.id]
            await transaction.apply(Changes(saved=(replace(loaded, seq=loaded.seq + 1),)))

    await asyncio.gather(*(step() for _ in range(50)))
    assert await store.saga(row.id) == replace(row, seq=50)


async def test_a_cancelled_transaction_is_rolled_back_and_the_next_one_works(
    sqlite_database: str, opener: Opener
) -> None:
    store = await opener(sqlite_database)
    rows = [saga() for _ in range(20)]

    async def write(number: int) -> None:
        async with store.transaction() as transaction:
            await transaction.apply(Changes(new=(rows[number],), outbox=(message(rows[number].id),)))
            await asyncio.Event().wait()

    for number in range(20):  # cancelled at another place each time: before it begins, inside, and waiting
        writing = asyncio.create_task(write(number))
        for _ in range(number):
            await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert (await store.open_count(), await store.pending(100)) == (0, [])
    async with store.transaction() as transaction:
        await transaction.apply(Changes(new=tuple(rows)))
    assert await store.open_count() == 20


async def test_a_transaction_cancelled_again_during_its_rollback_changes_nothing(
    sqlite_database: str, opener: Opener
) -> None:
    store = await opener(sqlite_database)
    lost, kept = saga(), saga()
    inside, finish = threading.Event(), threading.Event()

    def busy(_connection: Connection) -> None:
        inside.set()
        finish.wait(patient())

    async def writes() -> None:
        async with store.transaction() as transaction:
            await transaction.apply(Changes(new=(lost,)))
            await transaction._session.run(busy)

    writing = asyncio.create_task(writes())
    assert await asyncio.to_thread(inside.wait, 30)
    for _ in range(2):
        writing.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await writing
    finish.set()
    async with store.transaction() as transaction:
        await transaction.apply(Changes(new=(kept,)))
    assert [row.id for row in await store.sagas(10)] == [kept.id]


@pytest.mark.parametrize("url", ["", "store.db", "sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
async def test_an_invalid_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(StoreMisconfigured, match="sqlite:///path"):
        await Store.open(url, owner="test")


async def test_an_unusable_path_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreMisconfigured, match="check the path"):
        await Store.open(f"sqlite:///{tmp_path / 'file' / 'store.db'}", owner="test")


async def test_the_lock_is_not_inherited_by_child_processes(sqlite_database: str) -> None:
    store = await Store.open(sqlite_database, owner="first")
    child = await asyncio.create_subprocess_exec("cat", stdin=asyncio.subprocess.PIPE, close_fds=False)
    await store.close()
    await (await Store.open(sqlite_database, owner="second")).close()
    await child.communicate(b"")
    assert child.returncode == os.EX_OK
