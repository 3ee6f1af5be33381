"""The process of the specialists: reads cards and playbooks once, then runs the agents until SIGTERM."""

from __future__ import annotations

from creatorflow import Agent, AgentTask, SpecialistOutput, Work
from creatorflow.agents.entrypoint import run_watched
from creatorflow.bus import BrokerRefused
from creatorflow.logs import setup_logs
from creatorflow.settings import ConfigurationError, Settings
from creatorflow.telemetry import setup_tracing
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.errors import CardsInvalid

from .engine import Specialist, answer, load_specialist
from .playbook import PlaybookError

SERVICE = "creatorflow-specialist"
ENGINE = "playbook"
ALL = "all"


class UnknownAgent(Exception):
    """No card has this name; the message lists the names."""


def load(name: str) -> tuple[Specialist, ...]:
    """Load the specialist of this name, or all. Raises UnknownAgent, CardsInvalid and PlaybookError."""
    cards = load_cards()
    chosen = [card for card in cards if name in {card.name, ALL}]
    if not chosen:
        raise UnknownAgent(f"there is no such agent; there are {ALL}, {', '.join(card.name for card in cards)}")
    return tuple(load_specialist(card) for card in chosen)


def to_agent(specialist: Specialist) -> Agent:
    """Return the specialist as an agent for the runtime."""

    async def handle(task: AgentTask, work: Work) -> SpecialistOutput:
        result = answer(task, specialist)
        work.record(engine=ENGINE, capabilities=result.capabilities)
        return result.output

    return Agent(specialist.card, handle)


def serve(name: str) -> None:
    """Run until SIGTERM or SIGINT. Raises UnknownAgent, and ConfigurationError for permanent errors."""
    settings = Settings.load()
    try:
        agents = [to_agent(specialist) for specialist in load(name)]
        setup_logs(settings.log_level, service=SERVICE)
        setup_tracing(SERVICE)
        run_watched(agents, settings, SERVICE)
    except (CardsInvalid, PlaybookError, BrokerRefused) as error:
        raise ConfigurationError(str(error)) from error
