"""What a person says of a step, from the wire to the core."""

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


def instruction(message: StepCommand, at: datetime) -> StepCommanded:
    """The event that the command is."""
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


def wrong_instruction(message: StepCommand, saga: Saga, cards: Sequence[Card]) -> tuple[str, str] | None:
    """The field that cannot be meant so, and why; `None` where the core may judge."""
    if message.agent is not None and message.agent not in {card.name for card in cards}:
        return "agent", "no agent of that name is known"
    if message.action != "complete" or message.step not in saga.steps:
        return None
    if message.output is None:
        return "output", "a step is completed with its output"
    asked = saga.plan.step(message.step)
    found = violations(message.output, asked.schema, asked.sections)
    return ("output", f"it is not what was asked for: {'; '.join(found)}"[:4096]) if found else None
