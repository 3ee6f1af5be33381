"""The transport of one connection, which makes every frame readable for the client (see `tolerant_decoding.py`).

aiormq accepts a transport factory for a connection, so nothing changes for other users of it in the same process.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import aiormq
from aiormq.exceptions import AMQPConnectionError
from yarl import URL

from creatorflow.bus.tolerant_decoding import HEADER, METHOD, readable

_HEAD = struct.Struct(">BHI")
"""Type, channel and size of a frame; its payload is followed by one byte."""


class ReadableTransport(aiormq.TransportFactory):
    """Opens TCP or TLS, and reads through a `FrameReader`."""

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect. Raises AMQPConnectionError, as the client's own factories do."""
        provider: aiormq.SSLContextProvider = kwargs.pop("ssl_context_provider")
        tls = await provider.get_context() if url.scheme == "amqps" else None
        try:
            reader, writer = await asyncio.open_connection(url.host, url.port, ssl=tls, **kwargs)
        except OSError as error:
            raise AMQPConnectionError(*error.args) from error
        return FrameReader(reader), writer


class FrameReader(asyncio.StreamReader):
    """Reads a frame at a time from another reader, and returns it in the pieces that the client reads."""

    def __init__(self, source: asyncio.StreamReader) -> None:
        super().__init__()
        self._source = source
        self._ahead = b""

    def at_eof(self) -> bool:
        return not self._ahead and self._source.at_eof()

    async def read(self, n: int = -1) -> bytes:
        ahead, self._ahead = self._ahead, b""
        return ahead + await self._source.read(n)

    async def readexactly(self, n: int) -> bytes:
        if not self._ahead:
            self._ahead = await self._frame()
        if len(self._ahead) < n:
            self._ahead += await self._source.readexactly(n - len(self._ahead))
        piece, self._ahead = self._ahead[:n], self._ahead[n:]
        return piece

    async def _frame(self) -> bytes:
        """Return the next frame, or unchanged the protocol header of a broker that refuses ours."""
        head = await self._source.readexactly(_HEAD.size)
        if head.startswith(b"AMQP"):
            return head
        kind, channel, size = _HEAD.unpack(head)
        raw = await self._source.readexactly(size + 1)
        if kind not in (METHOD, HEADER):
            return head + raw
        payload = readable(kind, raw[:-1])
        return _HEAD.pack(kind, channel, len(payload)) + payload + raw[-1:]
