"""Translates step commands of people from the wire to the core."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from creatorflow_contracts.v1.request import StepCommand

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.state.events import StepCommanded
from creatorflow_orchestrator.core.state.saga_state import Saga

from .context import decisions_of
from .output_check import violations


def to_step_commanded(message: StepCommand, at: datetime) -> StepCommanded:
    """Translate a step command to its event."""
    output = message.output or {}
    return StepCommanded(
        at,
        message.step,
        message.action,
        message.agent or "",
        output,
        decisions_of(output),
        message.reason,
        _digest(message),
    )


def _digest(message: StepCommand) -> str:
    if message.id is None:
        return ""
    return hashlib.blake2b(message.to_json(), digest_size=8).hexdigest()


def command_defect(message: StepCommand, saga: Saga, cards: Sequence[Card]) -> tuple[str, str] | None:
    """Return the field of a step command that is invalid, and why; `None` if the core can decide on the command."""
    if message.agent is not None and message.agent not in {card.name for card in cards}:
        return "agent", "no agent of that name is known"
    if message.action != "complete" or message.step not in saga.steps:
        return None
    if message.output is None:
        return "output", "a step is completed with its output"
    planned = saga.plan.step(message.step)
    places = violations(message.output, planned.schema, planned.sections)
    return ("output", f"it is not what was asked for: {'; '.join(places)}"[:4096]) if places else None
