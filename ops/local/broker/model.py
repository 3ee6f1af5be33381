"""A broker that was had: its address, what can be asked of it, and what can be done to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ops.local.broker.management import Management
from ops.local.broker.probe import probe, wait_until_it_answers


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """`amqp://user:password@host:port/vhost`, taken apart; `str` puts it together again."""

    scheme: str
    user: str
    password: str
    host: str
    port: int
    vhost: str
    query: str = ""

    @classmethod
    def parse(cls, url: str) -> BrokerUrl:
        """Take a URL apart; what it leaves out is RabbitMQ's default."""
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
        """The same broker and user, another virtual host."""
        return replace(self, vhost=vhost)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return urlunsplit(
            (self.scheme, f"{login}@{host}:{self.port}", "/" + quote(self.vhost, safe=""), self.query, "")
        )


class Node(Protocol):
    """A broker that is ours to stop: a container or a private node. Every method returns when it is done."""

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl ARGUMENTS` printed."""

    def start(self) -> None:
        """Start it again on the same ports and data; what already runs is left as it is."""

    def stop(self) -> None:
        """Stop it in order, data kept."""

    def kill(self) -> None:
        """SIGKILL, data kept."""

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""

    def thaw(self) -> None:
        """SIGCONT."""

    def remove(self) -> None:
        """End it and forget its data."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running RabbitMQ.

    Attributes:
        way: how it was had: "url", "docker" or "server".
        url: its address as its administrator, the default virtual host included.
        management: its management API; None where there is none.
        node: what stops and starts it; None when it is somebody else's (given by URL).
    """

    way: str
    url: str
    management: Management | None
    node: Node | None

    @property
    def version(self) -> tuple[int, int, int]:
        """RabbitMQ's version as it tells a client: (4, 0, 5)."""
        return probe(self.url)

    @property
    def own(self) -> Node:
        """The node, which is ours to stop.

        Raises:
            PermissionError: the broker was given by URL.
        """
        if self.node is None:
            raise PermissionError("this broker was given by URL and is not ours to stop")
        return self.node

    def new_vhost(self) -> str:
        """Make a virtual host that nobody else uses; the URL that leads to it."""
        name = f"test-{secrets.token_hex(6)}"
        url = BrokerUrl.parse(self.url)
        self._api().add_vhost(name, url.user)
        return str(url.with_vhost(name))

    def drop_vhost(self, url: str) -> None:
        """Delete the virtual host of `url` and all it holds."""
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
