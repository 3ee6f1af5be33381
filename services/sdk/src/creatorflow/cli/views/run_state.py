"""Where a run stands, folded from its events: what the live tree and the plain lines are drawn from.

Pure values: a `RunState` is made anew by every event, and knows neither terminal nor broker nor clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from creatorflow_contracts.v1.event import SagaEvent

from .event_lines import reason

SETTLED: Final = frozenset({"succeeded", "failed", "skipped", "cancelled"})
FINAL: Final = frozenset({"completed", "failed", "cancelled"})
_STATUS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "step_dispatched": "open",
        "step_claimed": "open",
        "step_progressed": "open",
        "step_succeeded": "succeeded",
        "attempt_failed": "retrying",
        "step_failed": "failed",
        "step_skipped": "skipped",
        "step_cancelled": "cancelled",
        "step_parked": "parked",
        "step_held": "held",
    }
)


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as it is shown. `agent` is the current attempt's; empty for a child request."""

    id: str
    agent: str = ""
    type: str = "supporting"
    depends_on: tuple[str, ...] = ()
    status: str = "waiting"
    attempt: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: float | None = None
    note: str = ""
    when: str = ""
    """Its guard."""
    optional: bool = False
    recovery: str = ""
    """The last decision for a failed attempt."""

    @property
    def settled(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.status in SETTLED


@dataclass(frozen=True, slots=True)
class RunState:
    """One run as it is shown: the request, its plan, and each step."""

    id: str
    request: str = ""
    status: str = "submitted"
    pattern: str = ""
    analysis: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, StepRow] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seen_at: datetime | None = None
    round: str = ""
    """Of its loop, in words; the last that began."""
    note: str = ""

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in FINAL

    @property
    def parked(self) -> tuple[str, ...]:
        """The steps that rest until they are told what to do."""
        return tuple(step.id for step in self.steps.values() if step.status == "parked")

    @property
    def settled(self) -> int:
        """How many steps have ended."""
        return sum(step.settled for step in self.steps.values())


def fold(board: RunState, event: SagaEvent) -> RunState:
    """The board after `event`. An event about an unknown step adds it; an unknown event is only a note."""
    board = replace(board, seen_at=event.at)
    if event.event == "accepted":
        return replace(board, status="running", started_at=event.at)
    if event.event == "planned":
        return _planned(board, event)
    if event.event in FINAL:
        return replace(board, status=event.event, finished_at=event.at, note=event.message)
    if event.event == "round_started":
        return _next_round(board, event)
    if event.event == "compensating":
        return replace(board, status="compensating", note=reason(event))
    if event.event == "step_added":
        return _added(board, event)
    if event.step is None:
        return replace(board, note=event.message or event.event.replace("_", " "))
    step = _step_after(board.steps.get(event.step) or _unplanned(board, event.step), event)
    status = "compensating" if board.status == "compensating" else "running"
    return replace(board, status=status, steps={**board.steps, event.step: step})


def _unplanned(board: RunState, name: str) -> StepRow:
    """A step that no event has told of: while a request is undone it undoes another."""
    return StepRow(name, type="compensation" if board.status == "compensating" else "supporting")


def _added(board: RunState, event: SagaEvent) -> RunState:
    """A step that a recovery needs, before the one that waits for it."""
    name, before, needs = event.step or "", str(event.data.get("before") or ""), event.data.get("depends_on")
    needs = tuple(str(each) for each in needs) if isinstance(needs, list) else ()
    steps: dict[str, StepRow] = {}
    for each in board.steps.values():
        if each.id == before:
            steps[name] = StepRow(name, event.agent or "", depends_on=needs, note=event.message)
            each = replace(each, status="waiting", depends_on=tuple(dict.fromkeys((*each.depends_on, name))))
        steps[each.id] = each
    steps.setdefault(name, StepRow(name, event.agent or "", depends_on=needs, note=event.message))
    return replace(board, steps=steps)


def _planned(board: RunState, event: SagaEvent) -> RunState:
    analysis = event.data.get("analysis")
    analysis = analysis if isinstance(analysis, dict) else {}
    told = event.data.get("steps")
    told = told if isinstance(told, list) else []
    planned = (_planned_step(board, each) for each in told if isinstance(each, dict))
    steps = {step.id: step for step in planned if step.id}
    pattern = event.data.get("pattern") or analysis.get("pattern") or board.pattern
    return replace(
        board, status="running", analysis=analysis, steps=steps or board.steps, pattern=str(pattern), note=event.message
    )


def _planned_step(board: RunState, told: Mapping[str, Any]) -> StepRow:
    name = str(told.get("id") or told.get("step") or "")
    known = board.steps.get(name, StepRow(name))
    needs = told.get("depends_on")
    return replace(
        known,
        agent=known.agent or str(told.get("agent") or ""),
        type=str(told.get("type") or known.type),
        depends_on=tuple(str(each) for each in needs) if isinstance(needs, list | tuple) else (),
        when=str(told.get("when") or ""),
        optional=told.get("optional") is True,
    )


def _next_round(board: RunState, event: SagaEvent) -> RunState:
    """A loop starts over: its steps wait again, with the time that they have already taken."""
    named = event.data.get("steps")
    again = {
        name: replace(board.steps[name], status="waiting", finished_at=None, progress=None, note="")
        for name in (named if isinstance(named, list) else [])
        if name in board.steps
    }
    return replace(board, steps={**board.steps, **again}, round=event.message, note=event.message)


def _step_after(step: StepRow, event: SagaEvent) -> StepRow:
    if event.event == "recovery_decided":
        status = "waiting" if event.data.get("decision") == "run_dependency" else step.status
        return replace(step, status=status, recovery=reason(event), note=reason(event) or step.note)
    if event.event not in _STATUS or (event.event in ("step_progressed", "step_claimed") and step.settled):
        return replace(step, note=reason(event) or step.note)
    status = _STATUS[event.event]
    again = event.event == "step_dispatched"
    begins = status in ("open", "retrying", "held", "parked")
    return replace(
        step,
        status=status,
        agent=event.agent or step.agent,
        attempt=max(step.attempt, event.attempt or 0),
        started_at=step.started_at or (event.at if begins else None),
        finished_at=event.at if status in SETTLED else None,
        progress=None if again else _progress(event, step.progress),
        note=(reason(event) if again else event.message) or (step.note if begins and not again else ""),
    )


def _progress(event: SagaEvent, before: float | None) -> float | None:
    told = event.data.get("progress")
    return float(told) if isinstance(told, int | float) and 0 <= told <= 1 else before


def levels(steps: Mapping[str, StepRow]) -> list[list[StepRow]]:
    """The steps by level: those of one level depend only on earlier levels and may run side by side.

    Steps that undo others come last, one after the other, as they run.
    """
    planned = {name: step for name, step in steps.items() if step.type != "compensation"}
    depth: dict[str, int] = {}
    for name in planned:
        _depth(name, planned, depth, frozenset())
    rows: list[list[StepRow]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, step in planned.items():
        rows[depth[name]].append(step)
    return [*rows, *([step] for step in steps.values() if step.type == "compensation")]


def _depth(name: str, steps: Mapping[str, StepRow], depth: dict[str, int], above: frozenset[str]) -> int:
    if name not in depth:
        needs: Iterable[str] = (need for need in steps[name].depends_on if need in steps and need not in above)
        depth[name] = 1 + max((_depth(need, steps, depth, above | {name}) for need in needs), default=-1)
    return depth[name]
