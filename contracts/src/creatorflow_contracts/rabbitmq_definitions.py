"""RabbitMQ's definitions, which it loads at its start (`load_definitions`) or by `rabbitmqctl import_definitions`:
users, permissions, exchanges, queues, bindings, policies; all derived from the topology.

The users have an empty password hash, with which RabbitMQ accepts no login; `with_passwords` inserts hashes where the
system is deployed. `python -m creatorflow_contracts.rabbitmq_definitions AGENT` prints what one more agent needs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from . import topology
from .errors import NameInvalid
from .permissions import User, agent_user, users
from .topology import Topology

Node = dict[str, Any]
VHOST = "/"


def definitions(agents: Iterable[str], vhost: str = VHOST) -> Node:
    """Return the whole file for these agents, in a stable order. Raises NameInvalid."""
    names = tuple(agents)
    everything = topology.orchestrator_topology()
    for name in names:
        everything += topology.agent_topology(name)
    accounts = users(names)
    return {
        "vhosts": [{"name": vhost}],
        "users": [{"name": user.name, "password_hash": "", "tags": list(user.tags)} for user in accounts],
        "permissions": [_permission(user, vhost) for user in accounts],
        "topic_permissions": [permission for user in accounts for permission in _topic_permissions(user, vhost)],
        **_topology(everything, vhost),
        "policies": [
            {
                "vhost": vhost,
                "name": policy.name,
                "pattern": policy.pattern,
                "apply-to": policy.apply_to,
                "definition": dict(policy.definition),
                "priority": policy.priority,
            }
            for policy in topology.POLICIES
        ],
    }


def agent_definitions(agent: str, vhost: str = VHOST) -> Node:
    """Return the definitions that one more agent adds: its user (without a usable password yet), queue and binding.

    They are imported beside the present ones. Raises NameInvalid.
    """
    user, whole = agent_user(agent), definitions([agent], vhost)
    queue = topology.agent_queue(agent)
    return {
        "users": [account for account in whole["users"] if account["name"] == agent],
        "permissions": [_permission(user, vhost)],
        "topic_permissions": _topic_permissions(user, vhost),
        "queues": [declared for declared in whole["queues"] if declared["name"] == queue],
        "bindings": [binding for binding in whole["bindings"] if binding["destination"] == queue],
    }


def with_passwords(original: Mapping[str, Any], passwords: Mapping[str, str]) -> Node:
    """Return definitions in which each user with a password has its hash."""
    given = [
        {**user, "password_hash": hashed(passwords[user["name"]])} if user["name"] in passwords else user
        for user in original["users"]
    ]
    return {**original, "users": given}


def hashed(password: str) -> str:
    """Return a password as RabbitMQ stores it: four bytes of salt and the SHA-256 of salt and password, in base64."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _permission(user: User, vhost: str) -> Node:
    return {"user": user.name, "vhost": vhost, "configure": user.configure, "write": user.write, "read": user.read}


def _topic_permissions(user: User, vhost: str) -> list[Node]:
    return [
        {"user": user.name, "vhost": vhost, "exchange": topic.exchange, "write": topic.write, "read": topic.read}
        for topic in user.topics
    ]


def _topology(wanted: Topology, vhost: str) -> Node:
    return {
        "exchanges": [
            {
                "name": exchange.name,
                "vhost": vhost,
                "type": exchange.type,
                "durable": exchange.durable,
                "auto_delete": False,
                "internal": False,
                "arguments": {},
            }
            for exchange in wanted.exchanges
        ],
        "queues": [
            {
                "name": queue.name,
                "vhost": vhost,
                "durable": queue.durable,
                "auto_delete": queue.auto_delete,
                "arguments": dict(queue.arguments),
            }
            for queue in wanted.queues
        ],
        "bindings": [
            {
                "source": binding.exchange,
                "vhost": vhost,
                "destination": binding.queue,
                "destination_type": "queue",
                "routing_key": binding.key,
                "arguments": {},
            }
            for binding in wanted.bindings
        ],
    }


def main(agents: list[str]) -> int:
    """Print the definitions of one agent. Exit code: 0, or 2 with one line on standard error."""
    try:
        (agent,) = agents
        added = agent_definitions(agent)
    except NameInvalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except ValueError:
        sys.stderr.write("usage: python -m creatorflow_contracts.rabbitmq_definitions AGENT\n")
        return 2
    sys.stdout.write(json.dumps(added, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
