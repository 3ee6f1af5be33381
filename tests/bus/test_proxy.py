"""The proxy of these tests breaks every connection that it has counted."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

from tests.waiting import eventually, patient

from .proxy import TcpProxy


async def test_a_connection_is_cut_also_before_the_proxy_has_reached_the_broker(broker_url: str) -> None:
    async with TcpProxy(broker_url) as proxy:
        address = urlsplit(proxy.url)
        for _ in range(20):
            before = proxy.connections
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            await eventually(lambda before=before: proxy.connections > before, "counted", every=0)  # type: ignore[misc]
            proxy.cut()
            async with asyncio.timeout(patient()):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
            writer.transport.abort()
