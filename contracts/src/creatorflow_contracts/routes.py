"""Every message of version 1 with its model, exchange and routing key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from . import topology
from .problem import Problem
from .v1 import event, operate, output, request, work
from .v1.base import Message


@dataclass(frozen=True, slots=True)
class Route:
    """The path of a message. `key` is its routing key with the body's fields in braces; no exchange: replies only."""

    model: type[Message]
    exchange: str = ""
    key: str = ""
    from_agent: bool = False
    """True if the agent named in the body is the sender."""
    transient: bool = False
    reply: bool = False
    """True if it is (also) sent to the queue named in `reply_to`."""

    @property
    def contract(self) -> str:
        """The name that the body carries in `contract`."""
        return str(self.model.model_fields["contract"].default)


ROUTES: tuple[Route, ...] = (
    Route(request.RequestSubmitted, topology.REQUESTS, topology.submit_key()),
    Route(request.CancelRequest, topology.REQUESTS, topology.command_key("cancel")),
    Route(request.Query, topology.REQUESTS, topology.command_key("query")),
    Route(request.StepCommand, topology.REQUESTS, topology.command_key("step")),
    Route(operate.QuarantineCommand, topology.REQUESTS, topology.command_key("quarantine")),
    Route(operate.PruneCommand, topology.REQUESTS, topology.command_key("prune")),
    Route(work.AgentTask, topology.TASKS, "task.{agent}.v1"),
    Route(work.AgentResult, topology.RESULTS, "result.{agent}.v1", from_agent=True),
    Route(work.TaskClaimed, topology.RESULTS, "claim.{agent}.v1", from_agent=True),
    Route(work.AgentAnnounced, topology.CONTROL, "control.announce.{agent}.v1", from_agent=True, transient=True),
    Route(work.AgentHeartbeat, topology.CONTROL, "control.heartbeat.{agent}.v1", from_agent=True, transient=True),
    Route(work.CancelTask, topology.CONTROL, "control.cancel.{agent}.v1", transient=True),
    Route(work.AnnouncementRefused, topology.CONTROL, "control.refused.{agent}.v1", transient=True),
    Route(work.DiscoverAgents, topology.CONTROL, topology.control_key("discover", "all"), transient=True),
    Route(event.SagaEvents, topology.EVENTS, "saga.{correlation_id}.{event}.v1"),
    Route(output.SynthesizedResult, topology.RESULTS, topology.SAGA_RESULT_KEY, reply=True),
    Route(event.QueryAnswer, reply=True),
    Route(operate.QuarantineAnswer, reply=True),
    Route(operate.PruneAnswer, reply=True),
    Route(Problem, reply=True),
)

ROUTE_OF: Mapping[str, Route] = MappingProxyType({route.contract: route for route in ROUTES})
CONTRACTS: Mapping[str, type[Message]] = MappingProxyType({route.contract: route.model for route in ROUTES})
"""Contract name to model."""
