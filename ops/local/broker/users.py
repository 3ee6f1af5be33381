"""The broker users of the services, each with no more rights than it needs, on a broker that is ours."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.permissions import ORCHESTRATOR_USER
from creatorflow_contracts.rabbitmq_definitions import definitions, with_passwords

from ops.local.broker.model import Broker, BrokerUrl


@dataclass(frozen=True, slots=True)
class ServiceUsers:
    """The broker users of the services; their passwords are in `file`, which only its owner can read."""

    file: Path

    def load_into(self, broker: Broker) -> None:
        """Create the users on a broker that is ours, with the permissions of the topology. On another broker no users
        are created, and all services share the user in its address.

        Raises:
            Unavailable: the management API refuses them.
        """
        if broker.node is None or broker.management is None:
            self.file.unlink(missing_ok=True)
            return
        agents = [card.name for card in load_cards()]
        passwords = {name: secrets.token_urlsafe(24) for name in (ORCHESTRATOR_USER, *agents)} | self._passwords()
        self.file.touch(mode=0o600)
        self.file.write_text(json.dumps(passwords))
        users = definitions(agents, BrokerUrl.parse(broker.url).vhost)
        broker.management.ask("POST", "definitions", with_passwords(users, passwords))

    def url(self, service: str, url: str) -> str:
        """The broker's address for a service: `url` with the service's user, if it has one."""
        password = self._passwords().get(service)
        return url if password is None else str(replace(BrokerUrl.parse(url), user=service, password=password))

    def _passwords(self) -> dict[str, str]:
        try:
            passwords: dict[str, str] = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}
        return passwords
