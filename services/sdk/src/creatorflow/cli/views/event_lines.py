"""Formats the events of a request as plain lines, for output without a terminal, and the reason of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from creatorflow_contracts.v1.event import SagaEvent
from creatorflow_contracts.v1.output import StepSummary

from creatorflow.cli.text import counted, one_line, seconds

_SILENT: Final = frozenset({"step_progressed"})
_AT_AN_AGENT: Final = {
    "step_dispatched": "sent to",
    "step_claimed": "claimed by",
    "step_succeeded": "done by",
    "attempt_failed": "failed at",
    "step_failed": "given up at",
    "step_cancelled": "cancelled at",
    "step_held": "held back from",
    "step_unavailable": "waits for",
    "step_added": "added for",
}


def line(event: SagaEvent) -> str | None:
    """Format `event` as one line, or None for progress: `12:00:01  orders  sent to order-workflow-specialist`."""
    if event.event in _SILENT:
        return None
    words = [_AT_AN_AGENT.get(event.event, event.event.removeprefix("step_").replace("_", " "))]
    if event.event == "step_dispatched" and event.data.get("child"):
        words = ["started as"]
    if event.agent and event.event in _AT_AN_AGENT:
        words.append(event.agent)
    if event.attempt is not None and event.attempt > 1:
        words.append(f"(attempt {event.attempt})")
    why = "" if event.event in ("planned", "step_succeeded") else one_line(reason(event), 300)
    parts = (event.at.astimezone().strftime("%H:%M:%S"), event.step, " ".join(words) + (f": {why}" if why else ""))
    return "  ".join(part for part in parts if part)


def reason(event: SagaEvent) -> str:
    """The reason and the details of an event, in words. It may contain text of agents and is not clean yet."""
    formatter = _REASONS.get(event.event)
    return event.message if formatter is None else formatter(event.message, event.data)


def recovered(step: StepSummary) -> Iterator[tuple[int, str]]:
    """The failed attempts of a step with the recovery decided for each; the agent is named if it is another one."""
    for decided in step.recoveries:
        other = decided.agent if decided.agent != step.agent else None
        yield decided.attempt, recovery(decided.failure, decided.decision, other, decided.reason)


def recovery(failure: str, decision: str, agent: str | None, why: str) -> str:
    """Format a recovery decision: `timeout, then alternative (order-workflow-specialist): ...`."""
    by = f" ({agent})" if agent else ""
    return f"{failure}, then {decision.replace('_', ' ')}{by}" + (f": {why}" if why else "")


def _recovery_decided(message: str, data: Mapping[str, Any]) -> str:
    agent = data.get("next_agent") or data.get("agent")
    failure, decision = (str(data.get(key) or "failure") for key in ("failure", "decision"))
    delay = data.get("delay_ms")
    if isinstance(delay, int | float):
        decision = f"{decision}, next attempt in {seconds(delay)}"
    return recovery(failure, decision, str(agent) if agent else None, message)


def _attempt_failed(message: str, data: Mapping[str, Any]) -> str:
    details = data.get("details")
    more = [str(detail) for detail in details] if isinstance(details, list) else []
    return ": ".join(part for part in (str(data.get("kind") or ""), "; ".join([message, *more])) if part)


def _instructed(message: str, data: Mapping[str, Any]) -> str:
    agent = data.get("next_agent")
    command = str(data.get("action") or "") + (f" by {agent}" if agent and data.get("action") == "retry" else "")
    return f"{command}: {message}" if message else command


def _added(message: str, data: Mapping[str, Any]) -> str:
    return f"before {data['before']}: {message}" if data.get("before") else message


def _compensating(message: str, data: Mapping[str, Any]) -> str:
    steps = data.get("steps")
    names = ", ".join(str(step) for step in steps) if isinstance(steps, list) else ""
    return f"{message}; compensating {names}" if names else message


def _planned(message: str, data: Mapping[str, Any]) -> str:
    steps = data.get("steps")
    number = counted(len(steps), "step") if isinstance(steps, list) else ""
    return message or ", ".join(part for part in (str(data.get("pattern") or ""), number) if part)


def _dispatched(message: str, data: Mapping[str, Any]) -> str:
    child = data.get("child")
    return f"request {child}" if child else message


def _succeeded(message: str, data: Mapping[str, Any]) -> str:
    took = data.get("execution_time_ms")
    return message or (f"in {seconds(took)}" if isinstance(took, int | float) else "")


_REASONS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], str]]] = {
    "recovery_decided": _recovery_decided,
    "attempt_failed": _attempt_failed,
    "step_instructed": _instructed,
    "step_added": _added,
    "compensating": _compensating,
    "planned": _planned,
    "step_succeeded": _succeeded,
    "step_dispatched": _dispatched,
}
