"""Reads a broker's version, over AMQP only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import aio_pika
from aio_pika.exceptions import AMQPException

from ops.local.console import Unavailable
from ops.local.wait import until


async def _version(url: str, seconds: float) -> tuple[int, int, int]:
    parts = urlsplit(url)
    # by a plain socket first: the client library logs an error of its own for every port without a listener
    _, writer = await asyncio.open_connection(parts.hostname, parts.port or (5671 if parts.scheme == "amqps" else 5672))
    writer.close()
    connection = await aio_pika.connect(url, timeout=seconds)
    async with connection:
        transport = connection.transport
        if transport is None:
            raise ConnectionError("closed at once")
        version = transport.connection.server_properties["version"]
    text = version.decode() if isinstance(version, bytes) else str(version)
    major, minor, patch = (int("".join(filter(str.isdigit, part)) or 0) for part in (*text.split("."), "0", "0")[:3])
    return major, minor, patch


def probe(url: str, seconds: float = 5.0) -> tuple[int, int, int]:
    """Log in and out again; returns the broker's version.

    Raises:
        Unavailable: no listener, no answer in time, or the broker refuses the login.
    """
    with ThreadPoolExecutor(1) as thread:  # the caller may have an event loop of its own
        try:
            return thread.submit(asyncio.run, asyncio.wait_for(_version(url, seconds), seconds)).result()
        except (OSError, ValueError, AMQPException) as failure:
            raise Unavailable(f"no login ({type(failure).__name__})") from failure


def wait_until_it_answers(url: str, runs: Callable[[], bool] = lambda: True, seconds: float = 180.0) -> None:
    """Return when a login works.

    Raises:
        Unavailable: none works within `seconds`, or `runs` returns false: the server has ended.
    """

    def answers() -> bool:
        if not runs():
            raise Unavailable("started, and ended at once")
        try:
            return bool(probe(url))
        except Unavailable:
            return False

    try:
        until(answers, seconds, "the broker's answer", every=0.2)
    except TimeoutError as failure:
        raise Unavailable(f"started, but accepted no login within {seconds:g} s") from failure
