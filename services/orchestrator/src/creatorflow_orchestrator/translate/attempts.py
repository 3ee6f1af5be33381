"""Identifies the attempt, agent and contract of a message that cannot be read or sent."""

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
_SEARCHED_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """An attempt of a step of a saga, and the agent that the message is from; empty where there is none."""

    saga_id: UUID
    task_id: UUID
    agent: str = ""


def refused_result(delivery: Delivery, own_user: str | None = None) -> AttemptRef | None:
    """Return the attempt of a result that the ingress has refused; `None` if it cannot be identified.

    The body may be truncated or too large to read, so it is searched for ids and not parsed. The sender is the agent in
    the routing key, which the user that the broker reports must not contradict: a child's result is from `own_user`.
    """
    key, user = _RESULT_KEY.fullmatch(delivery.routing_key), delivery.user_id
    if key is None or (user != key[1] and (user == CLIENT_USER or user in known_agents())):
        return None
    if own_user is not None and key[1] == CHILD_AGENT and user != own_user:
        return None
    body = delivery.body[:_SEARCHED_BYTES]
    task, saga = _TASK.search(body), _SAGA.search(body)
    if task is None or saga is None:
        return None
    try:
        return AttemptRef(UUID(saga[1].decode()), UUID(task[1].decode()), key[1])
    except ValueError:
        return None


def lost_attempt(contract: str, body: bytes) -> AttemptRef | None:
    """Return the attempt that is lost with an outgoing message that cannot be sent; `None` if no saga waits for it."""
    content = json.loads(body)
    if contract == "agent-task.v1":
        return AttemptRef(UUID(content["correlation_id"]), UUID(content["id"]))
    if contract == "agent-result.v1":  # a child's
        return AttemptRef(UUID(content["correlation_id"]), UUID(content["task_id"]), CHILD_AGENT)
    if contract == "request-submitted.v1" and content.get("parent"):
        return AttemptRef(UUID(content["parent"]["correlation_id"]), UUID(content["parent"]["task_id"]), CHILD_AGENT)
    return None


_AGENT_KEY = re.compile(r"(?:task|result|claim)\.([a-z0-9_-]{1,64})\.v\d{1,9}")
_CONTRACT = re.compile(rb'"contract"\s*:\s*"([a-z0-9.-]{1,100})"')
_PARSED_BYTES = 64 * 1024
"""Bytes of a body up to which it is parsed for its contract; a larger one is searched."""


def agent_of(delivery: Delivery) -> str | None:
    """Return the agent that sent the message: the user that the broker reports if that is an agent, else by the key.

    The body is no evidence: a forged result contains another agent's name.
    """
    if delivery.user_id in known_agents():
        return delivery.user_id
    return agent_in(delivery.routing_key)


def agent_in(routing_key: str) -> str | None:
    """Return the agent in the routing key of a task, result or claim; `None` for a child saga, which is no agent."""
    named = _AGENT_KEY.fullmatch(routing_key)
    return named[1] if named and is_name(named[1]) and named[1] not in RESERVED_AGENT_NAMES else None


def contract_of(delivery: Delivery) -> str | None:
    """Return the contract with version that the body states; else the one among the message's properties."""
    contract = _contract_parsed(delivery.body) or _contract_searched(delivery.body)
    return contract or delivery.type


def _contract_parsed(body: bytes) -> str | None:
    try:
        contract = json.loads(body)["contract"] if len(body) <= _PARSED_BYTES else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return contract[:255] if isinstance(contract, str) else None


def _contract_searched(body: bytes) -> str | None:
    named = _CONTRACT.search(body[:_PARSED_BYTES])
    return named[1].decode() if named else None
