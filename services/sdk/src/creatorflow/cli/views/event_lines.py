"""A run told in plain lines, one an event, where there is no terminal to draw on; and why each thing happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from creatorflow_contracts.v1.event import SagaEvent
from creatorflow_contracts.v1.output import StepSummary

from creatorflow.cli.text import counted, one_line, seconds

_SILENT: Final = frozenset({"step_progressed"})
_AT_AN_AGENT: Final = {
    "step_dispatched": "sent to",
    "step_claimed": "taken up by",
    "step_succeeded": "done by",
    "attempt_failed": "failed at",
    "step_failed": "given up at",
    "step_cancelled": "withdrawn from",
    "step_held": "held back from",
    "step_unavailable": "waits for",
    "step_added": "added for",
}


def line(event: SagaEvent) -> str | None:
    """`event` as one line, or None for those that only move a bar: `12:00:01  orders  sent to order-workflow-...`."""
    if event.event in _SILENT:
        return None
    words = [_AT_AN_AGENT.get(event.event, event.event.removeprefix("step_").replace("_", " "))]
    if event.event == "step_dispatched" and event.data.get("child"):
        words = ["begun as"]
    if event.agent and event.event in _AT_AN_AGENT:
        words.append(event.agent)
    if event.attempt is not None and event.attempt > 1:
        words.append(f"(attempt {event.attempt})")
    told = "" if event.event in ("planned", "step_succeeded") else one_line(reason(event), 300)
    parts = (event.at.astimezone().strftime("%H:%M:%S"), event.step, " ".join(words) + (f": {told}" if told else ""))
    return "  ".join(part for part in parts if part)


def reason(event: SagaEvent) -> str:
    """Why it happened and what exactly, in words. Text from elsewhere: not clean yet."""
    told = _REASONS.get(event.event)
    return event.message if told is None else told(event.message, event.data)


def recovered(step: StepSummary) -> Iterator[tuple[int, str]]:
    """The attempts of a step that failed, and what was decided for each; an agent is named where it is another one."""
    for each in step.recoveries:
        other = each.agent if each.agent != step.agent else None
        yield each.attempt, recovery(each.failure, each.decision, other, each.reason)


def recovery(failure: str, decision: str, agent: str | None, why: str) -> str:
    """A decision for a failure: `timeout, then alternative (order-workflow-specialist): ...`."""
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
    told = str(data.get("action") or "") + (f" by {agent}" if agent and data.get("action") == "retry" else "")
    return f"{told}: {message}" if message else told


def _added(message: str, data: Mapping[str, Any]) -> str:
    return f"before {data['before']}: {message}" if data.get("before") else message


def _compensating(message: str, data: Mapping[str, Any]) -> str:
    steps = data.get("steps")
    undone = ", ".join(str(step) for step in steps) if isinstance(steps, list) else ""
    return f"{message}; undoing {undone}" if undone else message


def _planned(message: str, data: Mapping[str, Any]) -> str:
    steps = data.get("steps")
    told = counted(len(steps), "step") if isinstance(steps, list) else ""
    return message or ", ".join(part for part in (str(data.get("pattern") or ""), told) if part)


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
