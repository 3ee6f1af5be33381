"""The broker of `make up`: had once by the ladder, remembered in the state directory, started again when it died."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ops.local.broker import container, ladder
from ops.local.broker.model import Broker
from ops.local.broker.server import Ports, PrivateNode, new_folder
from ops.local.console import Unavailable, say
from ops.local.ports import free_port

AMQP_PORT, WEB_PORT = 5672, 15672


@dataclass(frozen=True, slots=True)
class KeptBroker:
    """What is remembered of the broker of one clone, in `state`/broker.json; only its owner can read the password."""

    state: Path
    logs: Path

    @property
    def _file(self) -> Path:
        return self.state / "broker.json"

    def obtain(self) -> Broker:
        """The broker that was had before, started again if need be; else one by the ladder.

        Raises:
            Refused: none could be had.
        """
        try:
            again = self.again()
        except Unavailable as reason:
            say(f"broker: the one of before is gone ({reason})")
            self.remove()
            again = None
        if again is not None:
            return again
        broker = ladder.obtain(self._ways())
        self._remember(broker)
        return broker

    def again(self) -> Broker | None:
        """The broker that was had before, started again if need be; None when there was none, or another is wanted.

        Raises:
            Unavailable: it cannot be had any more.
        """
        told = self._told()
        wanted = os.environ.get("CREATORFLOW_AMQP_URL")
        if told is None or (wanted and wanted != told["url"]):
            return None
        if told["way"] == "url":
            return ladder.by_url(told["url"])
        if told["way"] == "server":
            node = PrivateNode.load(self.state / "node.json")
            node.start()
            return node.broker()
        return container.again(told["name"], told["url"], told["web"])

    def is_ours(self) -> bool:
        """Whether `remove` may take its data away: not when it was given by URL."""
        told = self._told()
        return told is not None and told["way"] != "url"

    def remove(self) -> None:
        """End it with its data, unless it was given by URL, and forget it."""
        told = self._told() or {"way": "none"}
        if told["way"] == "server":
            PrivateNode.load(self.state / "node.json").remove()
            (self.state / "node.json").unlink()
        if told["way"] == "docker":
            container.Container(told["name"]).remove()
        self._file.unlink(missing_ok=True)

    def _told(self) -> dict[str, str] | None:
        try:
            told: dict[str, str] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return None
        return told

    def _remember(self, broker: Broker) -> None:
        told = {"way": broker.way, "url": broker.url, "web": broker.management.base if broker.management else ""}
        if isinstance(broker.node, PrivateNode):
            broker.node.save(self.state / "node.json")
        if isinstance(broker.node, container.Container):
            told["name"] = broker.node.name
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(told))

    def _ways(self) -> tuple[ladder.Way, ...]:
        return (
            ("url", lambda: ladder.by_url(os.environ.get("CREATORFLOW_AMQP_URL"))),
            ("docker", self._container),
            ladder.by_server(
                lambda: new_folder(self.state / "broker"),
                lambda: Ports.choose(AMQP_PORT, WEB_PORT),
                self.logs / "apt.log",
            ),
        )

    def _container(self) -> Broker:
        # another clone on this machine has another name
        name = "creatorflow-rabbitmq-" + hashlib.sha256(str(self.state).encode()).hexdigest()[:8]
        password = secrets.token_hex(12)
        try:
            return container.run(name, free_port(AMQP_PORT), free_port(WEB_PORT), "creatorflow", password)
        except Unavailable as reason:  # the usual ports may have been taken between the look and the start
            if "port" not in str(reason):
                raise
            return container.run(name, free_port(), free_port(), "creatorflow", password)
