"""The earlier results that a task carries: of what its step depends on, and of the last round of its loop.

Rules for this file: what a task carries is bounded. Results that are too large together shrink to their summaries and
decisions, one that is nested too deep shrinks alone; what is too large even so makes a task that nobody could read,
and its step fails (`ContextTooLarge`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from creatorflow_contracts.v1.work import PreviousResult

from creatorflow_orchestrator.core.graph import reach
from creatorflow_orchestrator.core.plan import Loop, Plan, Step, StepType
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga

from .truncation import SizeBudget, is_deeper, size_of

MAX_CONTEXT = 256 * 1024
"""Bytes of the earlier results and the shared state of a task."""
MAX_CONTEXT_KEYS = 8_000
"""Of all objects in it: a message has at most 10,000."""
MAX_NESTING = 24
"""Levels of one earlier output: a message has at most 32, and what is around the output has its own."""
MAX_SMALL_DATA = 8 * 1024
"""Bytes of an output's `data` (a verdict, say) that stay beside its summary."""
_SUMMARY = 4096

Output = Mapping[str, Any]


class ContextTooLarge(Exception):
    """What a step depends on is too large for a task, even as summaries."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Step id to the output of its counted result, and to that of the loop's last round.

    `done`, of a saga that is undone: to what it has answered last, though that counts no more.
    """

    now: Mapping[str, Output] = field(default_factory=dict)
    last_round: Mapping[str, Output] = field(default_factory=dict)
    done: Mapping[str, Output] = field(default_factory=dict)

    def latest(self) -> dict[str, Output]:
        """Of each step what it answered last."""
        return {**self.last_round, **self.now}


@dataclass(frozen=True, slots=True)
class _Found:
    """One earlier result."""

    step: Step
    output: Output
    iteration: int


def previous_results(saga: Saga, step: Step, outputs: Outputs) -> tuple[PreviousResult, ...]:
    """What the step depends on has found, then, in a later round of a loop, what it and those after it found before.

    A step that failed or was skipped shows nothing, its last round's least of all. Raises `ContextTooLarge`.
    """
    found = [*_of_dependencies(saga, step, outputs), *_of_last_round(saga, step, outputs)]
    shared = len(json.dumps({key: [each.value, each.by] for key, each in saga.decisions.items()}).encode())
    whole = [_previous(saga, each, summarised=is_deeper(each.output, MAX_NESTING)) for each in found]
    if _fits(whole, shared):
        return tuple(whole)
    short = tuple(_previous(saga, each, summarised=True) for each in found)
    if not _fits(short, shared):
        raise ContextTooLarge(
            f"CONTEXT_TOO_LARGE: what step {step.id} depends on ({len(found)} results and {len(saga.decisions)} "
            f"decisions) has more than {MAX_CONTEXT} bytes, even as summaries"
        )
    return short


def _of_dependencies(saga: Saga, step: Step, outputs: Outputs) -> Iterator[_Found]:
    known = outputs.done if step.type is StepType.COMPENSATION else outputs.now
    for name in dict.fromkeys(step.depends_on):
        if name in known:
            yield _Found(saga.plan.step(name), known[name], saga.steps[name].iteration)


def _of_last_round(saga: Saga, step: Step, outputs: Outputs) -> Iterator[_Found]:
    """Of the steps of its loop that it does not wait for: in this round they come after it, or beside it."""
    loop, round_now = loop_of(saga.plan, step.id), saga.steps[step.id].iteration
    if loop is None or round_now == 1:
        return
    before = reach({each.id: each.depends_on for each in saga.plan.steps}, step.id)
    for each in saga.plan.steps:
        if each.id in loop.steps and each.id not in before and each.id in outputs.last_round:
            yield _Found(each, outputs.last_round[each.id], round_now - 1)


def loop_of(plan: Plan, step_id: str) -> Loop | None:
    """The loop that repeats a step, if one does."""
    return next((loop for loop in plan.loops if step_id in loop.steps), None)


def _previous(saga: Saga, found: _Found, *, summarised: bool) -> PreviousResult:
    return PreviousResult(
        step=found.step.id,
        agent=saga.steps[found.step.id].attempt.agent or CHILD_AGENT,
        iteration=found.iteration,
        requirements=tuple(saga.plan.requirements[requirement] for requirement in found.step.requirements),
        output=_summary(found.output) if summarised else dict(found.output),
        decisions=decisions_of(found.output),
        summarised=summarised,
    )


def _fits(results: list[PreviousResult] | tuple[PreviousResult, ...], shared: int) -> bool:
    left = SizeBudget(shared - MAX_CONTEXT, -MAX_CONTEXT_KEYS)
    for result in results:
        weight = size_of(result.model_dump_json().encode())
        left = SizeBudget(left.bytes + weight.bytes, left.keys + weight.keys)
    return left.gone


def _summary(output: Output) -> dict[str, Any]:
    """What an output says of itself, and its data where that is small."""
    summary: dict[str, Any] = {"summary": str(output.get("summary", ""))[:_SUMMARY]}
    data = output.get("data")
    if data and not is_deeper(data, MAX_NESTING) and len(json.dumps(data).encode()) <= MAX_SMALL_DATA:
        summary["data"] = data
    return summary


def decisions_of(output: Output) -> dict[str, str]:
    """The decisions in an output: short strings under names, whatever else an agent may have put there."""
    found = output.get("decisions")
    if not isinstance(found, Mapping):
        return {}
    return {
        key: value
        for key, value in list(found.items())[:64]
        if isinstance(value, str) and len(value) <= 4096 and 0 < len(key) <= 64
    }
