"""A running broker: its address, its management API, and its node, which can be stopped and started."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ops.local.broker.management import Management
from ops.local.broker.probe import probe, wait_until_it_answers


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """The parts of `amqp://user:password@host:port/vhost`; `str` makes the URL."""

    scheme: str
    user: str
    password: str
    host: str
    port: int
    vhost: str
    query: str = ""

    @classmethod
    def parse(cls, url: str) -> BrokerUrl:
        """Parse a URL; missing parts get RabbitMQ's defaults."""
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            user=unquote(parts.username or "guest"),
            password=unquote(parts.password or "guest"),
            host=parts.hostname or "localhost",
            port=parts.port or (5671 if parts.scheme == "amqps" else 5672),
            vhost=unquote(parts.path[1:]) or "/",
            query=parts.query,
        )

    def with_vhost(self, vhost: str) -> BrokerUrl:
        """The URL with another virtual host."""
        return replace(self, vhost=vhost)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return urlunsplit(
            (self.scheme, f"{login}@{host}:{self.port}", "/" + quote(self.vhost, safe=""), self.query, "")
        )


class Node(Protocol):
    """A broker that we may stop: a container or a private node. Every method returns when it is done."""

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl ARGUMENTS`, return its output."""

    def start(self) -> None:
        """Start the node again with the same ports and data, unless it is running."""

    def stop(self) -> None:
        """Stop the node gracefully; its data is kept."""

    def kill(self) -> None:
        """Send SIGKILL; the data is kept."""

    def freeze(self) -> None:
        """Send SIGSTOP: connections stay open and nothing answers."""

    def thaw(self) -> None:
        """Send SIGCONT."""

    def remove(self) -> None:
        """End the node and delete its data."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running RabbitMQ.

    Attributes:
        way: the way by which it was obtained: "url", "docker" or "server".
        url: its address with the administrator's login and the default virtual host.
        management: its management API; None if there is none.
        node: stops and starts it; None if it was given by URL, and so is not ours.
    """

    way: str
    url: str
    management: Management | None
    node: Node | None

    @property
    def version(self) -> tuple[int, int, int]:
        """RabbitMQ's version as sent to clients, such as (4, 0, 5)."""
        return probe(self.url)

    @property
    def own(self) -> Node:
        """The node, which we may stop.

        Raises:
            PermissionError: the broker was given by URL.
        """
        if self.node is None:
            raise PermissionError("this broker was given by URL and is not ours to stop")
        return self.node

    def new_vhost(self) -> str:
        """Create a new virtual host; returns its URL."""
        name = f"test-{secrets.token_hex(6)}"
        url = BrokerUrl.parse(self.url)
        self._api().add_vhost(name, url.user)
        return str(url.with_vhost(name))

    def drop_vhost(self, url: str) -> None:
        """Delete the virtual host of `url` with all its contents."""
        self._api().delete_vhost(BrokerUrl.parse(url).vhost)

    def close_connections(self, url: str, reason: str = "closed by the operator") -> None:
        """Close every client connection to the virtual host of `url`, as an operator would."""
        vhost = BrokerUrl.parse(url).vhost
        if self.node is not None:
            self.node.ctl("close_all_connections", "--vhost", vhost, reason)
        else:
            self._api().close_connections(vhost, reason)

    def start(self) -> None:
        """Start the node again and wait until it answers."""
        self.own.start()
        wait_until_it_answers(self.url)

    def _api(self) -> Management:
        if self.management is None:
            raise PermissionError("this broker was given by URL and its management API does not answer")
        return self.management
