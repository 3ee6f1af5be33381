"""Creates the broker user of an added agent, with its password and its queue, on a broker that is running.

It runs once in its own container, before the agent. Nothing else on the broker changes, and no client is disconnected.
"""

from __future__ import annotations

import sys
from pathlib import Path

from creatorflow_contracts.errors import NameInvalid
from creatorflow_contracts.permissions import ADMIN_USER
from creatorflow_contracts.rabbitmq_definitions import VHOST, agent_definitions, with_passwords

from ops.compose.passwords import PASSWORD, ROOT, kept
from ops.local.broker.management import Management
from ops.local.console import Unavailable, say

ADDRESS = "http://rabbitmq:15672"


def add(agent: str, root: Path = ROOT, address: str = ADDRESS, vhost: str = VHOST) -> None:
    """Create the agent's user and queue; its password is generated unless its folder has one.

    Raises NameInvalid; Unavailable if the broker refuses the definitions.
    """
    added = agent_definitions(agent, vhost)
    passwords = {agent: kept(root / agent / PASSWORD)}
    broker = Management(address, ADMIN_USER, (root / ADMIN_USER / PASSWORD).read_text())
    broker.wait_until_it_answers()
    broker.ask("POST", "definitions", with_passwords(added, passwords))


def main(agents: list[str]) -> int:
    """Add the agents; returns exit code 0, or 1 with one line on standard error."""
    for agent in agents:
        try:
            add(agent)
        except (NameInvalid, Unavailable, OSError) as reason:
            say(f"{agent}: {reason}")
            return 1
        say(f"{agent}: its broker user and queue exist")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
