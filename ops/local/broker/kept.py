"""The broker of `make up`: obtained once, recorded in the state directory, and started again if it has ended."""

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
    """The broker of one clone, recorded in `state`/broker.json; only its owner can read the password."""

    state: Path
    logs: Path

    @property
    def _file(self) -> Path:
        return self.state / "broker.json"

    def obtain(self) -> Broker:
        """Get the recorded broker, started again if necessary; else a new one.

        Raises:
            Refused: no broker is available.
        """
        try:
            again = self.again()
        except Unavailable as reason:
            say(f"broker: the earlier one is unavailable ({reason})")
            self.remove()
            again = None
        if again is not None:
            return again
        broker = ladder.obtain(self._ways())
        self._write_record(broker)
        return broker

    def again(self) -> Broker | None:
        """Get the recorded broker, started again if necessary; None if there is none, or another one is configured.

        Raises:
            Unavailable: the recorded broker does not work any more.
        """
        record = self._record()
        wanted = os.environ.get("CREATORFLOW_AMQP_URL")
        if record is None or (wanted and wanted != record["url"]):
            return None
        if record["way"] == "url":
            return ladder.by_url(record["url"])
        if record["way"] == "server":
            node = PrivateNode.load(self.state / "node.json")
            node.start()
            return node.broker()
        return container.again(record["name"], record["url"], record["web"])

    def is_ours(self) -> bool:
        """True if `remove` may delete its data: not if it was given by URL."""
        record = self._record()
        return record is not None and record["way"] != "url"

    def remove(self) -> None:
        """Remove the broker with its data, unless it was given by URL, and the record."""
        record = self._record() or {"way": "none"}
        if record["way"] == "server":
            PrivateNode.load(self.state / "node.json").remove()
            (self.state / "node.json").unlink()
        if record["way"] == "docker":
            container.Container(record["name"]).remove()
        self._file.unlink(missing_ok=True)

    def _record(self) -> dict[str, str] | None:
        try:
            record: dict[str, str] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return None
        return record

    def _write_record(self, broker: Broker) -> None:
        record = {"way": broker.way, "url": broker.url, "web": broker.management.base if broker.management else ""}
        if isinstance(broker.node, PrivateNode):
            broker.node.save(self.state / "node.json")
        if isinstance(broker.node, container.Container):
            record["name"] = broker.node.name
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(record))

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
        except Unavailable as reason:  # the usual ports may have been taken between the check and the start
            if "port" not in str(reason):
                raise
            return container.run(name, free_port(), free_port(), "creatorflow", password)
