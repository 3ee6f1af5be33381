"""Agents: a card, a function from task to output, and everything between them and the bus."""

from .define import Agent, Handler, Output, agent
from .errors import DependencyMissing, GiveUp, HandlerSays, RetryLater
from .runtime import Timing, run_agents
from .work import Work

__all__ = [
    "Agent",
    "DependencyMissing",
    "GiveUp",
    "Handler",
    "HandlerSays",
    "Output",
    "RetryLater",
    "Timing",
    "Work",
    "agent",
    "run_agents",
]
