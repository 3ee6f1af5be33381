"""A connection that is restored automatically, by aio-pika (reconnects, heartbeats); its channels are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiormq
from aio_pika import RobustConnection
from aio_pika.connection import make_url
from yarl import URL

from creatorflow.bus.errors import BrokerRefused, BusUnavailable
from creatorflow.bus.messages import MAX_SHORT
from creatorflow.bus.tls_errors import tls_distrust
from creatorflow.logs import get_logger
from creatorflow.telemetry import server_attributes

from . import fast_publish
from .channel import RPC_TIMEOUT, Channel
from .errors import mapped
from .outgoing import Sender, Writer
from .public_publish import PublicWriter
from .transport import ReadableTransport

RECONNECT_INTERVAL = 1
INSTALL_TESTED = "messages are published more slowly; install aiormq and pamqp as creatorflow requires them"

log = get_logger(__name__)


class BrokerConnection:
    """A connection that is restored automatically; its channels are not."""

    def __init__(
        self, url: str, *, name: str, app_id: str, heartbeat: int, on_connect: Callable[[], None] | None = None
    ) -> None:
        self._url = url
        self._sender = Sender(app_id, _user(url))
        self.server = server_attributes(url)
        self._name = name
        self._heartbeat = heartbeat
        self._on_connect = on_connect
        self._connection: RobustConnection | None = None
        self._is_slow = False

    async def open(self, timeout: float) -> None:
        """Connect, in one attempt. Raises BrokerRefused or BusUnavailable."""
        if len(URL(self._url).path[1:].encode()) > MAX_SHORT:  # the client would retry without end and without an error
            raise BrokerRefused("there is no such virtual host: a name has at most 255 bytes")
        url = make_url(self._url, heartbeat=self._heartbeat, reconnect_interval=RECONNECT_INTERVAL)
        connection = RobustConnection(url, client_properties={"connection_name": self._name})
        connection.kwargs["transport_factory"] = ReadableTransport()  # which aio-pika passes to aiormq
        try:
            with mapped():
                await connection.connect(timeout)
        except BusUnavailable as error:
            await connection.close()
            if URL(self._url).scheme == "amqps" and (reason := tls_distrust(error)) is not None:
                raise BrokerRefused(reason) from error
            if isinstance(error.__cause__, aiormq.exceptions.InvalidFrameError):  # it closed when the vhost was opened
                raise BrokerRefused("there is no such virtual host, or the user may not enter it") from error
            raise
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        if self._on_connect is not None:
            connection.reconnect_callbacks.add(self._reconnected)
            self._on_connect()

    def _reconnected(self, *_: object) -> None:
        if self._on_connect is not None:
            self._on_connect()

    @property
    def user(self) -> str | None:
        return self._sender.user_id

    @property
    def is_connected(self) -> bool:
        connection = self._connection
        return connection is not None and connection.connected.is_set() and connection.transport is not None

    async def channel(self, *, confirms: bool = False) -> Channel:
        """Open a new channel, after waiting for the connection."""
        connection = self._connection
        if connection is None:
            raise BusUnavailable("the bus is not open")
        await connection.connected.wait()
        if connection.transport is None:
            raise BusUnavailable("the connection to the broker is being restored")
        with mapped():
            raw = await connection.transport.connection.channel(
                publisher_confirms=confirms, on_return_raises=confirms, timeout=RPC_TIMEOUT
            )
        if not isinstance(raw, aiormq.Channel):
            raise BusUnavailable("the client returned a channel of an unknown kind")
        return Channel(raw, self._writer(raw), self.server)

    def _writer(self, raw: aiormq.Channel) -> Writer:
        """Return the fast writer, or the public one if the client differs from the tested one, which is logged once."""
        missing = fast_publish.missing(raw)
        if not missing:
            return fast_publish.FastWriter(raw, self._sender)
        if not self._is_slow:
            self._is_slow = True
            log.warning("fast_publish_unavailable", missing=", ".join(missing), hint=INSTALL_TESTED)
        return PublicWriter(raw, self._sender)

    @property
    def server_version(self) -> tuple[int, int]:
        """(major, minor) of the broker."""
        connection = self._connection
        if connection is None or connection.transport is None:
            raise BusUnavailable("the bus is not connected")
        properties: Any = connection.transport.connection.server_properties
        text = properties.get("version", "0.0")
        major, minor, *_ = (text.decode() if isinstance(text, bytes) else str(text)).split(".")
        return int(major), int(minor)

    async def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


def _user(url: str) -> str | None:
    """Return the user in the address; None if something else determines it."""
    parts = URL(url)
    return None if parts.query.get("auth", "plain").lower() == "external" else parts.user
