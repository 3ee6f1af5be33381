"""Whose attempt a message is about that no longer, or never, could be read as a message."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from uuid import UUID

from creatorflow_contracts.cards import known_agents
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.permissions import CLIENT_USER
from creatorflow_contracts.v1.base import RESERVED_AGENT_NAMES, is_name

from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT

_RESULT_KEY = re.compile(r"result\.([a-z0-9_-]{1,64})\.v\d{1,9}")
_UUID = rb'"\s*:\s*"([0-9A-Fa-f-]{32,36})"'
_TASK = re.compile(rb'"task_id' + _UUID)
_SAGA = re.compile(rb'"correlation_id' + _UUID)
_LOOKED_AT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """An attempt of a step of a saga, and the agent that speaks of it; empty where none does."""

    saga_id: UUID
    task_id: UUID
    agent: str = ""


def refused_result(delivery: Delivery, own_user: str | None = None) -> AttemptRef | None:
    """The attempt that a result answers which the door has refused; `None` where that cannot be said.

    The body may be cut off, or too large to be read, so ids are looked for and nothing is parsed; the sender is whom
    the key names, and the broker's word on the user must not contradict it: a child's answer comes from `own_user`.
    """
    key, user = _RESULT_KEY.fullmatch(delivery.routing_key), delivery.user_id
    if key is None or (user != key[1] and (user == CLIENT_USER or user in known_agents())):
        return None
    if own_user is not None and key[1] == CHILD_AGENT and user != own_user:
        return None
    body = delivery.body[:_LOOKED_AT]
    task, saga = _TASK.search(body), _SAGA.search(body)
    if task is None or saga is None:
        return None
    try:
        return AttemptRef(UUID(saga[1].decode()), UUID(task[1].decode()), key[1])
    except ValueError:
        return None


def lost_attempt(contract: str, body: bytes) -> AttemptRef | None:
    """The attempt that is lost with a message of ours that cannot be sent; `None` for one that no saga waits for."""
    sent = json.loads(body)
    if contract == "agent-task.v1":
        return AttemptRef(UUID(sent["correlation_id"]), UUID(sent["id"]))
    if contract == "agent-result.v1":  # a child's
        return AttemptRef(UUID(sent["correlation_id"]), UUID(sent["task_id"]), CHILD_AGENT)
    if contract == "request-submitted.v1" and sent.get("parent"):
        return AttemptRef(UUID(sent["parent"]["correlation_id"]), UUID(sent["parent"]["task_id"]), CHILD_AGENT)
    return None


_AGENT_KEY = re.compile(r"(?:task|result|claim)\.([a-z0-9_-]{1,64})\.v\d{1,9}")
_CONTRACT = re.compile(rb'"contract"\s*:\s*"([a-z0-9.-]{1,100})"')
_READ = 64 * 1024
"""Bytes of a body that are parsed for what it claims to be; a larger one is searched."""


def agent_of(delivery: Delivery) -> str | None:
    """The agent whose message it is: the broker's word on the sender if that is an agent, else the one in the key.

    What the body says is no evidence: a forged answer names somebody else there.
    """
    if delivery.user_id in known_agents():
        return delivery.user_id
    return agent_in(delivery.routing_key)


def agent_in(routing_key: str) -> str | None:
    """The agent that a task's, a result's or a claim's key names; not a child saga, which is none."""
    named = _AGENT_KEY.fullmatch(routing_key)
    return named[1] if named and is_name(named[1]) and named[1] not in RESERVED_AGENT_NAMES else None


def contract_of(delivery: Delivery) -> str | None:
    """The contract that the body claims, its version included; else the one among the properties."""
    claimed = _parsed(delivery.body) or _found(delivery.body)
    return claimed or delivery.type


def _parsed(body: bytes) -> str | None:
    try:
        told = json.loads(body)["contract"] if len(body) <= _READ else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return told[:255] if isinstance(told, str) else None


def _found(body: bytes) -> str | None:
    named = _CONTRACT.search(body[:_READ])
    return named[1].decode() if named else None
