"""The two databases behind one small interface: run a function over a connection, commit, roll back.

SQLite runs in two threads of its own, one that writes and one that reads: a whole step of a transaction is one hop to
the thread, where an asynchronous driver hops for each statement and each fetch; the last step and the commit are one
hop too. PostgreSQL runs on the event loop.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlencode

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from .errors import StoreMisconfigured, translated
from .lock import FileLock

T = TypeVar("T")

IDLE_IN_TRANSACTION_S = 10
COMMAND_TIMEOUT_S = 20
CONNECT_TIMEOUT_S = 10
POOL_SIZE = 5
BUSY_TIMEOUT_S = 5  # another program (a shell, a backup) may lock the file for a moment
STATEMENTS = 256  # prepared statements kept: every size of every bulk statement fits
TLS_FILES = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl"})
TLS_PARAMETERS = TLS_FILES | {"sslmode", "sslpassword", "sslnegotiation"}
WAL_PAGES = 4_000  # about 16 MB between checkpoints: a checkpoint costs two more fsyncs


class Session(Protocol):
    """One connection in one transaction."""

    async def run(self, work: Callable[[Connection], T]) -> T: ...

    async def finish(self, work: Callable[[Connection], T]) -> T:
        """Runs the last function and commits."""

    async def commit(self) -> None: ...


class Database(Protocol):
    """A source of sessions. Leaving `writing` without a commit rolls back."""

    @property
    def exclusive(self) -> bool:
        """Whether no other process can use it."""

    def writing(self) -> AbstractAsyncContextManager[Session]: ...

    def reading(self) -> AbstractAsyncContextManager[Session]: ...

    async def close(self) -> None: ...


class _SqliteThread:
    """A SQLite connection and the one thread that uses it; also the session, for one transaction at a time."""

    def __init__(self, path: Path, name: str, read_only: bool) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._free = asyncio.Lock()
        self._path, self._read_only = path, read_only
        self._connection: Connection | None = None
        self._begun = False  # and not known to be committed

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Opens a transaction; without a commit it is rolled back, whatever happens to the caller."""
        async with self._free:
            try:
                yield self
            finally:
                if self._begun:
                    await self._call(self._end)
                    self._begun = False

    async def run(self, work: Callable[[Connection], T]) -> T:
        self._begun = True
        return await self._call(lambda: work(self._connected()))

    async def finish(self, work: Callable[[Connection], T]) -> T:
        self._begun = True
        result = await self._call(lambda: self._committed(work))
        self._begun = False
        return result

    async def commit(self) -> None:
        await self.finish(lambda _: None)

    async def close(self) -> None:
        async with self._free:
            await self._call(self._close)
            self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._thread, _mapped, work)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # retrieved, should we be cancelled
        return await asyncio.shield(future)  # the thread cannot be interrupted; its next call comes after this one

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = _sqlite_engine(self._path, self._read_only).connect()
        return self._connection

    def _committed(self, work: Callable[[Connection], T]) -> T:
        result = work(self._connected())
        self._connected().commit()
        return result

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.rollback()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection.engine.dispose()


def _mapped(work: Callable[[], T]) -> T:
    with translated():
        return work()


class Sqlite:
    """A SQLite file, used by this process alone."""

    exclusive: Final = True

    def __init__(self, path: Path, owner: str) -> None:
        self._lock = FileLock(path, owner)
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # nobody else may read what is stored
        except OSError as error:
            self._lock.release()
            raise StoreMisconfigured(f"the store {path} cannot be opened: {error.strerror}; give a file") from error
        self._writer = _SqliteThread(path, "store-write", read_only=False)
        self._reader = _SqliteThread(path, "store-read", read_only=True)

    def writing(self) -> AbstractAsyncContextManager[Session]:
        return self._writer.session()

    def reading(self) -> AbstractAsyncContextManager[Session]:
        return self._reader.session()

    async def close(self) -> None:
        try:
            await self._reader.close()
            await self._writer.close()
        finally:
            self._lock.release()


def _sqlite_engine(path: Path, read_only: bool) -> Any:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=StaticPool,
        hide_parameters=True,
        connect_args={
            "isolation_level": None,  # the driver begins nothing by itself: BEGIN is ours
            "check_same_thread": False,
            "cached_statements": STATEMENTS,
            "timeout": BUSY_TIMEOUT_S,
        },
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        connection.execute(f"PRAGMA query_only = {int(read_only)}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


class _PostgresSession:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def run(self, work: Callable[[Connection], T]) -> T:
        with translated():
            return await self._connection.run_sync(work)

    async def finish(self, work: Callable[[Connection], T]) -> T:
        result = await self.run(work)
        await self.commit()
        return result

    async def commit(self) -> None:
        with translated():
            await self._connection.commit()


class Postgres:
    """A PostgreSQL database, shared with other replicas. A transaction left idle is ended by the server."""

    exclusive: Final = False

    def __init__(self, url: URL, owner: str) -> None:
        plain, tls = _without_tls(url)
        self._engine: AsyncEngine = create_async_engine(
            plain.set(drivername="postgresql+asyncpg"),
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=COMMAND_TIMEOUT_S,
            hide_parameters=True,
            connect_args={
                **tls,
                "timeout": CONNECT_TIMEOUT_S,
                "command_timeout": COMMAND_TIMEOUT_S,
                "server_settings": {
                    "application_name": f"creatorflow-orchestrator {owner}"[:63],
                    "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_S * 1000),
                },
            },
        )

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Session]:
        connection = self._engine.connect()
        with translated():
            await connection.start()
        try:
            yield _PostgresSession(connection)
        finally:
            with translated():
                await asyncio.shield(connection.close())

    def reading(self) -> AbstractAsyncContextManager[Session]:
        return self.writing()

    async def close(self) -> None:
        with translated():
            await self._engine.dispose()


def _without_tls(url: URL) -> tuple[URL, dict[str, str]]:
    """Splits the TLS parameters (`sslmode=verify-full&sslrootcert=...`, as libpq has them) from the address. They are
    returned as an address for the driver, which reads them; SQLAlchemy would pass on each as an unknown argument.

    Raises StoreMisconfigured for a file that cannot be read.
    """
    parameters = {name: value for name, value in url.query.items() if name in TLS_PARAMETERS and isinstance(value, str)}
    if not parameters:
        return url, {}
    for name in TLS_FILES & parameters.keys():
        if not os.access(parameters[name], os.R_OK):
            raise StoreMisconfigured(f"the file that {name} names in the store's address cannot be read: correct it")
    return url.difference_update_query(parameters), {"dsn": f"postgresql://?{urlencode(parameters)}"}
