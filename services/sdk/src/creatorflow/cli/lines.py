"""A run told in plain lines, one an event, where there is no terminal to draw on."""

from __future__ import annotations

from typing import Final

from creatorflow_contracts.v1.event import SagaEvent

from .text import one_line

_SILENT: Final = frozenset({"step_progressed"})
_AT_AN_AGENT: Final = {
    "step_dispatched": "sent to",
    "step_claimed": "taken up by",
    "step_succeeded": "done by",
    "attempt_failed": "failed at",
    "step_failed": "given up at",
    "step_cancelled": "withdrawn from",
}


def line(event: SagaEvent) -> str | None:
    """`event` as one line, or None for those that only move a bar: `12:00:01  orders  sent to order-workflow-...`."""
    if event.event in _SILENT:
        return None
    words = [_AT_AN_AGENT.get(event.event, event.event.removeprefix("step_").replace("_", " "))]
    if event.agent and event.event in _AT_AN_AGENT:
        words.append(event.agent)
    if event.attempt is not None and event.attempt > 1:
        words.append(f"(attempt {event.attempt})")
    told = one_line(event.message, 300)
    parts = (event.at.astimezone().strftime("%H:%M:%S"), event.step, " ".join(words) + (f": {told}" if told else ""))
    return "  ".join(part for part in parts if part)
