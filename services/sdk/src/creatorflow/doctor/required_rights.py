"""The permissions that a user of the broker needs for the work of its service.

A user whose name is one of the services' (`creatorflow_contracts.permissions`) needs that service's permissions; any
other user may be shared by all services, and needs the permissions of all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from creatorflow_contracts import topology
from creatorflow_contracts.permissions import (
    CLIENT_USER,
    ORCHESTRATOR_USER,
    User,
    agent_user,
    client_user,
    orchestrator_user,
)
from creatorflow_contracts.topology import CONTROL, EVENTS, REQUESTS, RESULTS, TASKS
from creatorflow_contracts.v1.base import ALL_AGENTS

_SAGA = UUID(int=0)
_PROBE = "doctor.probe"
EXCHANGES = (REQUESTS, TASKS, RESULTS, EVENTS, CONTROL)
"""Exchanges to which our services publish."""


@dataclass(frozen=True, slots=True)
class PrivateQueue:
    """A process's exclusive queue, bound to an exchange. An empty name: the broker names it."""

    queue: str
    exchange: str
    key: str


@dataclass(frozen=True, slots=True)
class RequiredRights:
    """Queues to consume from, exchanges and keys to publish with, exchanges to listen to."""

    consumes: tuple[str, ...]
    publishes: tuple[tuple[str, str], ...]
    listens: tuple[PrivateQueue, ...]
    service: str = ""
    """The service whose needs these are; empty: all services."""


def required_rights(user: str, agents: Sequence[str], queues: Sequence[str]) -> RequiredRights:
    """Return the permissions that `user` needs; `queues` are those that exist."""
    if user == CLIENT_USER:
        return _needs(client_user(), queues, PrivateQueue("", EVENTS, topology.events_pattern(_SAGA)))
    if user == ORCHESTRATOR_USER:
        return _needs(orchestrator_user(), queues, PrivateQueue(_control_queue(user), CONTROL, "control.heartbeat.#"))
    if user in agents:
        return _needs(agent_user(user), queues, PrivateQueue(_control_queue(user), CONTROL, f"control.cancel.{user}.#"))
    own = _control_queue("doctor")
    return RequiredRights(
        tuple(queues),
        tuple((exchange, _PROBE) for exchange in EXCHANGES),
        tuple(PrivateQueue(own, exchange, _PROBE) for exchange in (CONTROL, EVENTS)),
    )


def _needs(user: User, queues: Sequence[str], listening: PrivateQueue) -> RequiredRights:
    spoken = {
        REQUESTS: (topology.submit_key(),),
        TASKS: (topology.task_key("somebody"),),
        RESULTS: (topology.SAGA_RESULT_KEY, f"result.{user.name}.v1"),
        EVENTS: (topology.event_key(_SAGA, "accepted"),),
        CONTROL: (topology.control_key("discover", ALL_AGENTS), f"control.heartbeat.{user.name}.v1"),
    }
    allowed = {topic.exchange: topic.write for topic in user.topics}
    return RequiredRights(
        consumes=tuple(name for name in queues if re.search(user.read, name)),
        publishes=tuple(
            (exchange, key)
            for exchange, keys in spoken.items()
            for key in keys
            if re.search(user.write, exchange) and re.search(allowed.get(exchange, ""), key)
        ),
        listens=(listening,),
        service=user.name,
    )


def _control_queue(service: str) -> str:
    return topology.control_queue(service, secrets.token_hex(8))
