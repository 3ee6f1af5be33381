"""What RabbitMQ loads at its start (`load_definitions`) or by `rabbitmqctl import_definitions`: users, permissions,
exchanges, queues, bindings, policies; all derived from the topology.

The users have an empty password hash, by which RabbitMQ lets nobody in. Passwords are put in where the system is
deployed, see `ops/rabbitmq/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import topology
from .permissions import User, users
from .topology import Topology

Node = dict[str, Any]
VHOST = "/"


def definitions(agents: Iterable[str], vhost: str = VHOST) -> Node:
    """The whole file for these agents, in a stable order. Raises NameInvalid."""
    names = tuple(agents)
    everything = topology.orchestrator_topology()
    for name in names:
        everything += topology.agent_topology(name)
    told = users(names)
    return {
        "vhosts": [{"name": vhost}],
        "users": [{"name": user.name, "password_hash": "", "tags": list(user.tags)} for user in told],
        "permissions": [_permission(user, vhost) for user in told],
        "topic_permissions": [each for user in told for each in _topic_permissions(user, vhost)],
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


def _permission(user: User, vhost: str) -> Node:
    return {"user": user.name, "vhost": vhost, "configure": user.configure, "write": user.write, "read": user.read}


def _topic_permissions(user: User, vhost: str) -> list[Node]:
    return [
        {"user": user.name, "vhost": vhost, "exchange": each.exchange, "write": each.write, "read": each.read}
        for each in user.topics
    ]


def _topology(wanted: Topology, vhost: str) -> Node:
    return {
        "exchanges": [
            {
                "name": each.name,
                "vhost": vhost,
                "type": each.type,
                "durable": each.durable,
                "auto_delete": False,
                "internal": False,
                "arguments": {},
            }
            for each in wanted.exchanges
        ],
        "queues": [
            {
                "name": each.name,
                "vhost": vhost,
                "durable": each.durable,
                "auto_delete": each.auto_delete,
                "arguments": dict(each.arguments),
            }
            for each in wanted.queues
        ],
        "bindings": [
            {
                "source": each.exchange,
                "vhost": vhost,
                "destination": each.queue,
                "destination_type": "queue",
                "routing_key": each.key,
                "arguments": {},
            }
            for each in wanted.bindings
        ],
    }
