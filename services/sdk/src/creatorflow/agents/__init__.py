"""Agents: a card, a function from task to output, and the runtime that connects them to the bus."""

from .agent import Agent, Handler, Output, agent
from .errors import DependencyMissing, GiveUp, HandlerError, RetryLater
from .runtime import Intervals, run_agents
from .work_context import Work

__all__ = [
    "Agent",
    "DependencyMissing",
    "GiveUp",
    "Handler",
    "HandlerError",
    "Intervals",
    "Output",
    "RetryLater",
    "Work",
    "agent",
    "run_agents",
]
