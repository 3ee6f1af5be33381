"""CreatorFlow's SDK: agents in one file, and the bus beneath them. Nothing connects at import.

from creatorflow import agent

@agent(name="gift-wrapping-agent", summary="Plans gift wrapping.", vocabulary={"gifts": {"gift wrap": 3}})
async def gift_wrapping(task):
    return {"summary": f"How to wrap it: {task.description}"}
"""

from creatorflow_contracts.v1.card import AgentCard, Capability
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_contracts.v1.work import AgentResult, AgentTask

from .agent import Agent, DependencyMissing, GiveUp, RetryLater, Work, agent, run_agents

__all__ = [
    "Agent",
    "AgentCard",
    "AgentResult",
    "AgentTask",
    "Capability",
    "DependencyMissing",
    "GiveUp",
    "RetryLater",
    "SpecialistOutput",
    "Work",
    "agent",
    "run_agents",
]
