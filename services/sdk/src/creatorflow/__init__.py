"""CreatorFlow's SDK: agents in one file, a client, and the message bus they use. Importing it opens no connection.

    from creatorflow import agent

    @agent(name="gift-wrapping-agent", summary="Plans gift wrapping.", vocabulary={"gifts": {"gift wrap": 3}})
    async def gift_wrapping(task):
        return {"summary": f"How to wrap it: {task.description}"}

    from creatorflow import Client

    result = await Client().execute("Plan gift wrapping for the holidays")

Names are loaded when they are first used, so that `creatorflow --help` does not wait for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from creatorflow_contracts.problem import Problem
    from creatorflow_contracts.v1.card import AgentCard, Capability
    from creatorflow_contracts.v1.output import SpecialistOutput, SynthesizedResult
    from creatorflow_contracts.v1.work import AgentResult, AgentTask

    from .agents import Agent, DependencyMissing, GiveUp, RetryLater, Work, agent, run_agents
    from .client import Client, ClientError, RequestRefused, Run, SyncClient, SyncRun

__all__ = [
    "Agent",
    "AgentCard",
    "AgentResult",
    "AgentTask",
    "Capability",
    "Client",
    "ClientError",
    "DependencyMissing",
    "GiveUp",
    "Problem",
    "RequestRefused",
    "RetryLater",
    "Run",
    "SpecialistOutput",
    "SyncClient",
    "SyncRun",
    "SynthesizedResult",
    "Work",
    "agent",
    "run_agents",
]

_WHERE = {
    "creatorflow_contracts.problem": ("Problem",),
    "creatorflow_contracts.v1.card": ("AgentCard", "Capability"),
    "creatorflow_contracts.v1.output": ("SpecialistOutput", "SynthesizedResult"),
    "creatorflow_contracts.v1.work": ("AgentResult", "AgentTask"),
    "creatorflow.agents": ("Agent", "DependencyMissing", "GiveUp", "RetryLater", "Work", "agent", "run_agents"),
    "creatorflow.client": ("Client", "ClientError", "RequestRefused", "Run", "SyncClient", "SyncRun"),
}
_MODULE_OF = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
