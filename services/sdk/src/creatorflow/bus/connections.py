"""The two connections of a process: one publishes, the other consumes (docs/adr/0001-two-connections.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar

from creatorflow_contracts.errors import BrokerTooOld
from creatorflow_contracts.topology import check_broker

from creatorflow.asyncio_tasks import run_within
from creatorflow.backoff import BROKER, retrying
from creatorflow.logs import get_logger

from .amqp import BrokerConnection
from .errors import BrokerRefused, BusUnavailable

T = TypeVar("T")

log = get_logger(__name__)


class Connections:
    """Both connections, opened and closed together. All but deliveries and their answers uses `publishing`."""

    def __init__(
        self,
        url: str,
        name: str,
        *,
        app_id: str,
        heartbeat: int,
        patience: float,
        connect_timeout: float,
        on_publishing: Callable[[], None],
    ) -> None:
        """Set `name` for the broker's tools, `patience` and `connect_timeout` in seconds, for all attempts and for one.

        `on_publishing` is called at each new publishing connection.
        """
        self._patience = patience
        self._connect_timeout = connect_timeout
        self.publishing = BrokerConnection(
            url, name=f"{name} publishes", app_id=app_id, heartbeat=heartbeat, on_connect=on_publishing
        )
        self.consuming = BrokerConnection(url, name=f"{name} consumes", app_id=app_id, heartbeat=heartbeat)

    async def open(self) -> None:
        """Connect. Raises BusUnavailable, BrokerRefused."""
        for link in (self.publishing, self.consuming):
            await self.patiently(partial(link.open, self._connect_timeout))
        try:
            check_broker(self.server_version)
        except BrokerTooOld as error:
            raise BrokerRefused(str(error)) from error

    async def close(self, timeout: float) -> bool:
        """Close both. Returns False if that took longer than `timeout` seconds."""
        return await run_within(timeout, self.consuming.close(), self.publishing.close())

    async def patiently(self, act: Callable[[], Awaitable[T]]) -> T:
        """Retry a coroutine function while the broker is unavailable, for at most `patience` seconds."""
        done: T = await retrying(BROKER, BusUnavailable, _broker_awaited, patience=self._patience)(act)
        return done

    @property
    def server_version(self) -> tuple[int, int]:
        """(major, minor) of the broker."""
        return self.publishing.server_version

    @property
    def server(self) -> Mapping[str, str | int]:
        """Attributes of the broker for spans."""
        return self.publishing.server

    @property
    def user(self) -> str | None:
        """The broker's user that sends our messages; None if a certificate determines it."""
        return self.publishing.user

    @property
    def are_up(self) -> bool:
        """True if both are connected."""
        return self.publishing.is_connected and self.consuming.is_connected


def _broker_awaited(error: BaseException, pause: float) -> None:
    log.warning("broker_awaited", reason=str(error), next_try_s=round(pause, 2))
