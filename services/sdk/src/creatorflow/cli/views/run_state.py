"""The state of a request, folded from its events; the live tree and the report are drawn from it.

Pure values: every event makes a new `RunState`, which knows neither terminal nor broker nor clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from creatorflow_contracts.v1.event import SagaEvent
from creatorflow_contracts.v1.reading import Reading
from pydantic import ValidationError

from .event_lines import reason

ENDED: Final = frozenset({"succeeded", "failed", "skipped", "cancelled"})
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
    """One step as it is shown. `agent` is that of the current attempt; empty for a child request."""

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
    def has_ended(self) -> bool:
        """True if the step has ended, with success or without."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class RunState:
    """One request as it is shown: its text, its plan, and each step."""

    id: str
    request: str = ""
    status: str = "submitted"
    pattern: str = ""
    analysis: Mapping[str, Any] = field(default_factory=dict)
    reading: Reading | None = None
    """What was read from the request; none for a plan of the client's own, or from an older orchestrator."""
    notes: tuple[str, ...] = ()
    """What the planner has to say about the plan."""
    steps: Mapping[str, StepRow] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seen_at: datetime | None = None
    iteration: str = ""
    """The latest iteration of a loop, in words."""
    note: str = ""

    @property
    def final(self) -> bool:
        """True if the request has ended."""
        return self.status in FINAL

    @property
    def parked(self) -> tuple[str, ...]:
        """The parked steps, which wait for a step command."""
        return tuple(step.id for step in self.steps.values() if step.status == "parked")

    @property
    def ended_steps(self) -> int:
        """The number of steps that have ended."""
        return sum(step.has_ended for step in self.steps.values())


def fold(board: RunState, event: SagaEvent) -> RunState:
    """Apply `event` to the state. An event about an unknown step adds the step; an unknown event becomes a note."""
    board = replace(board, seen_at=event.at)
    if event.event == "accepted":
        return replace(board, status="running", started_at=event.at)
    if event.event == "planned":
        return _planned(board, event)
    if event.event in FINAL:
        return replace(board, status=event.event, finished_at=event.at, note=event.message)
    if event.event == "round_started":
        return _next_iteration(board, event)
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
    """Make a step that is not in the plan: while the request is compensating, it is a compensation."""
    return StepRow(name, type="compensation" if board.status == "compensating" else "supporting")


def _added(board: RunState, event: SagaEvent) -> RunState:
    """Add a step that a recovery runs before the step that waits for it."""
    name, before = event.step or "", str(event.data.get("before") or "")
    needs = _texts(event.data.get("depends_on"))
    steps: dict[str, StepRow] = {}
    for step in board.steps.values():
        if step.id == before:
            steps[name] = StepRow(name, event.agent or "", depends_on=needs, note=event.message)
            step = replace(step, status="waiting", depends_on=tuple(dict.fromkeys((*step.depends_on, name))))
        steps[step.id] = step
    steps.setdefault(name, StepRow(name, event.agent or "", depends_on=needs, note=event.message))
    return replace(board, steps=steps)


def _planned(board: RunState, event: SagaEvent) -> RunState:
    analysis = event.data.get("analysis")
    analysis = analysis if isinstance(analysis, dict) else {}
    entries = event.data.get("steps")
    entries = entries if isinstance(entries, list) else []
    planned = (_planned_step(board, entry) for entry in entries if isinstance(entry, dict))
    steps = {step.id: step for step in planned if step.id}
    pattern = event.data.get("pattern") or analysis.get("pattern") or board.pattern
    return replace(
        board,
        status="running",
        analysis=analysis,
        reading=_reading(event.data.get("reading")),
        notes=_texts(event.data.get("notes")),
        steps=steps or board.steps,
        pattern=str(pattern),
        note=event.message,
    )


def _texts(data: object) -> tuple[str, ...]:
    return tuple(map(str, data)) if isinstance(data, list | tuple) else ()


def _reading(data: object) -> Reading | None:
    """The reading in a `planned` event; None for a form that is not known here."""
    try:
        return Reading.model_validate(data, strict=False)
    except ValidationError:
        return None


def _planned_step(board: RunState, entry: Mapping[str, Any]) -> StepRow:
    name = str(entry.get("id") or entry.get("step") or "")
    known = board.steps.get(name, StepRow(name))
    return replace(
        known,
        agent=known.agent or str(entry.get("agent") or ""),
        type=str(entry.get("type") or known.type),
        depends_on=_texts(entry.get("depends_on")),
        when=str(entry.get("when") or ""),
        optional=entry.get("optional") is True,
    )


def _next_iteration(board: RunState, event: SagaEvent) -> RunState:
    """Start the next iteration of a loop: its steps wait again, and keep the time they have already taken."""
    named = event.data.get("steps")
    again = {
        name: replace(board.steps[name], status="waiting", finished_at=None, progress=None, note="")
        for name in (named if isinstance(named, list) else [])
        if name in board.steps
    }
    return replace(board, steps={**board.steps, **again}, iteration=event.message, note=event.message)


def _step_after(step: StepRow, event: SagaEvent) -> StepRow:
    if event.event == "recovery_decided":
        status = "waiting" if event.data.get("decision") == "run_dependency" else step.status
        return replace(step, status=status, recovery=reason(event), note=reason(event) or step.note)
    if event.event not in _STATUS or (event.event in ("step_progressed", "step_claimed") and step.has_ended):
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
        finished_at=event.at if status in ENDED else None,
        progress=None if again else _progress(event, step.progress),
        note=(reason(event) if again else event.message) or (step.note if begins and not again else ""),
    )


def _progress(event: SagaEvent, before: float | None) -> float | None:
    progress = event.data.get("progress")
    return float(progress) if isinstance(progress, int | float) and 0 <= progress <= 1 else before


def levels(steps: Mapping[str, StepRow]) -> list[list[StepRow]]:
    """Sort the steps into levels: those of one level depend only on earlier levels and may run in parallel.

    Compensations come last, each on a level of its own, in the order in which they run.
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
