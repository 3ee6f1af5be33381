"""Makes the user of an agent that somebody has added, with its queue, on a broker that runs already; and its password.

It runs once in a container of its own, before the agent's. What the broker has stays, and nobody is disconnected.
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
    """Tell the broker of the agent; its password is made when there is none in its folder.

    Raises NameInvalid; Unavailable when the broker does not take it.
    """
    told = agent_definitions(agent, vhost)
    passwords = {agent: kept(root / agent / PASSWORD)}
    broker = Management(address, ADMIN_USER, (root / ADMIN_USER / PASSWORD).read_text())
    broker.wait_until_it_answers()
    broker.ask("POST", "definitions", with_passwords(told, passwords))


def main(agents: list[str]) -> int:
    """Exit code: 0, or 1 with one line on standard error."""
    for agent in agents:
        try:
            add(agent)
        except (NameInvalid, Unavailable, OSError) as reason:
            say(f"{agent}: {reason}")
            return 1
        say(f"{agent}: the broker knows it")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
