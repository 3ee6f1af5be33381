"""The messages of CreatorFlow Orchestrator, version 1, and the ingress that reads them.

`admit(Delivery(...))` reads a message, `message.to_json()` writes one, `topology` names every exchange, queue and key,
`load_cards()` gives the agents that come with the system.
"""

from . import topology
from .cards import load_cards
from .errors import BrokerTooOld, CardsInvalid, ContractsError, NameInvalid
from .ingress import CONTRACTS, Delivery, admit
from .problem import Problem, ProblemCode
from .v1.base import Message
from .v1.card import AgentCard
from .v1.event import QueryAnswer, SagaEvents
from .v1.operate import PruneAnswer, PruneCommand, QuarantineAnswer, QuarantineCommand
from .v1.output import SpecialistOutput, SynthesizedResult
from .v1.request import CancelRequest, PlanSpec, Query, RequestSubmitted, StepCommand
from .v1.work import (
    AgentAnnounced,
    AgentError,
    AgentHeartbeat,
    AgentResult,
    AgentTask,
    AnnouncementRefused,
    CancelTask,
    DiscoverAgents,
    TaskClaimed,
)

__all__ = [
    "CONTRACTS",
    "AgentAnnounced",
    "AgentCard",
    "AgentError",
    "AgentHeartbeat",
    "AgentResult",
    "AgentTask",
    "AnnouncementRefused",
    "BrokerTooOld",
    "CancelRequest",
    "CancelTask",
    "CardsInvalid",
    "ContractsError",
    "Delivery",
    "DiscoverAgents",
    "Message",
    "NameInvalid",
    "PlanSpec",
    "Problem",
    "ProblemCode",
    "PruneAnswer",
    "PruneCommand",
    "QuarantineAnswer",
    "QuarantineCommand",
    "Query",
    "QueryAnswer",
    "RequestSubmitted",
    "SagaEvents",
    "SpecialistOutput",
    "StepCommand",
    "SynthesizedResult",
    "TaskClaimed",
    "admit",
    "load_cards",
    "topology",
]
