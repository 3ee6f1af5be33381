"""A TCP proxy between the bus and the broker that a test can cut or freeze: works with any broker, on any machine."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit


class TcpProxy:
    """Forwards connections to the broker. `cut` breaks all of them, `hold` stops the data in both directions."""

    def __init__(self, broker_url: str) -> None:
        self._parts = urlsplit(broker_url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusing = False
        self.connections = 0
        self.held = 0
        """The number of chunks that were held back."""

    @property
    def url(self) -> str:
        """The broker's URL through this proxy."""
        port = self._server.sockets[0].getsockname()[1]
        credentials, _, _ = self._parts.netloc.rpartition("@")
        return urlunsplit(self._parts._replace(netloc=f"{credentials}@127.0.0.1:{port}"))

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cut()
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Breaks every connection, as a crash of the network does."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def refuse(self, refusing: bool) -> None:
        """Breaks new connections at once, as if the broker were down, or accepts them again."""
        self._refusing = refusing

    def hold(self) -> None:
        """Holds back all data without closing anything: a half-open connection."""
        self._flowing.clear()

    def release(self) -> None:
        """Lets the data pass again."""
        self._flowing.set()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self._writers.add(writer)  # before the broker is reached, so that `cut` breaks what it has counted
        try:
            if not self._refusing:
                await self._connect(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()
            self._tasks.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_broker = await asyncio.open_connection(self._parts.hostname, self._parts.port or 5672)
        self._writers.add(to_broker[1])
        pumps = [
            asyncio.create_task(self._pump(reader, to_broker[1])),
            asyncio.create_task(self._pump(to_broker[0], writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers.discard(to_broker[1])
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            to_broker[1].transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self._flowing.is_set():
                self.held += 1
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
