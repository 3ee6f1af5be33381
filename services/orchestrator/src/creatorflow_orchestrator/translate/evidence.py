"""What can be said for certain of a message that nothing could process: whose it is, and what it claims to be."""

from __future__ import annotations

import json
import re

from creatorflow_contracts.cards import known_agents
from creatorflow_contracts.door import Delivery
from creatorflow_contracts.v1.base import RESERVED_AGENT_NAMES, is_name

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
