"""The agent card by which an agent is chosen, and the decisions that agents may take."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from .base import RESERVED_AGENT_NAMES, Milliseconds, Model, Name, ShortText

DECISION_KEYS: tuple[str, ...] = (
    "id_type",
    "money_type",
    "time_zone",
    "idempotency_key",
    "tenant_column",
    "auth_scheme",
    "event_names",
    "retry_budget",
)
"""The one list of decision keys that all agents share."""

DOMAINS: tuple[str, ...] = (
    "tiktok_integration",
    "order_management",
    "inventory_sync",
    "shipping",
    "performance",
    "security",
    "testing",
    "ui_dashboard",
    "analytics",
    "billing",
    "database",
)
"""Domains in their order of precedence; docs/planning.md describes its use."""


def _not_reserved(name: str) -> str:
    if name in RESERVED_AGENT_NAMES:
        raise PydanticCustomError("NAME_INVALID", "no agent may be called `all` or `saga`")
    return name


Weight = Annotated[float, Field(ge=0.01, le=10)]


class Capability(Model):
    """One thing an agent can do. Agents whose cards share a capability's name are each other's alternatives."""

    name: Name
    description: ShortText
    decides: tuple[Name, ...] = Field(default=(), max_length=32, description="Decision keys that it sets.")


class AgentCard(Model):
    """The description by which an agent is chosen; eleven are data of this package, others arrive over the bus."""

    name: Annotated[Name, AfterValidator(_not_reserved)] = Field(
        description="The full name, as in `shipping-automation-specialist`."
    )
    group: Name = Field(
        description="core_systems, infrastructure, user_experience, or your own; a label for people only."
    )
    summary: ShortText
    expertise: tuple[ShortText, ...] = Field(max_length=64)
    domains: tuple[Name, ...] = Field(max_length=32, description="The domains for which this agent is chosen.")
    vocabulary: dict[str, dict[str, Weight]] = Field(
        default_factory=dict,
        max_length=32,
        description="Domain to weighted phrases by which people ask for it in their own words.",
    )
    capabilities: tuple[Capability, ...] = Field(default=(), max_length=64)
    alternatives: tuple[Name, ...] = Field(
        default=(),
        max_length=16,
        description="Agents that can do its steps in its place, in the order of trial.",
    )
    owns: tuple[Name, ...] = Field(
        default=(), max_length=32, description="Decision keys on which this agent's value decides a conflict."
    )
    default_timeout_ms: Milliseconds = Field(default=120_000, ge=1, description="Milliseconds, from the start of work.")
    accepts: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = Field(default=(1,), min_length=1, max_length=16)
