"""The earlier results that a task carries: of the dependencies of its step, and of the last iteration of its loop.

Rules for this file: the context of a task is bounded. Results that are too large together are reduced to summaries and
decisions, one that is nested too deep is reduced alone. If that is still too large no agent could read the task, and
its step fails (`ContextTooLarge`).
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
"""Keys of all objects in it: a message has at most 10,000."""
MAX_NESTING = 24
"""Levels of one earlier output: a message has at most 32, and the task around the output has its own levels."""
MAX_SMALL_DATA = 8 * 1024
"""Bytes of an output's `data` (`passed`, say) up to which it is kept beside its summary."""
_SUMMARY = 4096

Output = Mapping[str, Any]


class ContextTooLarge(Exception):
    """The earlier results for a step are too large for a task, even as summaries."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Outputs by step id: `now` of the results that count, `last_iteration` of those of a loop's last iteration.

    `done` is filled for a saga that compensates: the last output of a step, even if it no longer counts.
    """

    now: Mapping[str, Output] = field(default_factory=dict)
    last_iteration: Mapping[str, Output] = field(default_factory=dict)
    done: Mapping[str, Output] = field(default_factory=dict)

    def latest(self) -> dict[str, Output]:
        """Return the last output of each step."""
        return {**self.last_iteration, **self.now}


@dataclass(frozen=True, slots=True)
class _EarlierResult:
    """An earlier result, with its step and iteration."""

    step: Step
    output: Output
    iteration: int


def previous_results(saga: Saga, step: Step, outputs: Outputs) -> tuple[PreviousResult, ...]:
    """Return the results of the dependencies, then, in a loop, those of the last iteration of this and later steps.

    A dependency that failed or was skipped contributes nothing, not even the result of its last iteration. Raises
    `ContextTooLarge`.
    """
    earlier = [*_of_dependencies(saga, step, outputs), *_of_last_iteration(saga, step, outputs)]
    shared_state_size = len(
        json.dumps({key: [decision.value, decision.by] for key, decision in saga.decisions.items()}).encode()
    )
    whole = [_previous_result(saga, result, summarised=is_deeper(result.output, MAX_NESTING)) for result in earlier]
    if _fits(whole, shared_state_size):
        return tuple(whole)
    short = tuple(_previous_result(saga, result, summarised=True) for result in earlier)
    if not _fits(short, shared_state_size):
        raise ContextTooLarge(
            f"CONTEXT_TOO_LARGE: what step {step.id} depends on ({len(earlier)} results and {len(saga.decisions)} "
            f"decisions) has more than {MAX_CONTEXT} bytes, even as summaries"
        )
    return short


def _of_dependencies(saga: Saga, step: Step, outputs: Outputs) -> Iterator[_EarlierResult]:
    known = outputs.done if step.type is StepType.COMPENSATION else outputs.now
    for name in dict.fromkeys(step.depends_on):
        if name in known:
            yield _EarlierResult(saga.plan.step(name), known[name], saga.steps[name].iteration)


def _of_last_iteration(saga: Saga, step: Step, outputs: Outputs) -> Iterator[_EarlierResult]:
    """Yield the last results of the steps of its loop that it does not depend on: they run after it, or in parallel."""
    loop, iteration = loop_of(saga.plan, step.id), saga.steps[step.id].iteration
    if loop is None or iteration == 1:
        return
    before = reach({other.id: other.depends_on for other in saga.plan.steps}, step.id)
    for other in saga.plan.steps:
        if other.id in loop.steps and other.id not in before and other.id in outputs.last_iteration:
            yield _EarlierResult(other, outputs.last_iteration[other.id], iteration - 1)


def loop_of(plan: Plan, step_id: str) -> Loop | None:
    """Return the loop that contains the step, or `None`."""
    return next((loop for loop in plan.loops if step_id in loop.steps), None)


def _previous_result(saga: Saga, earlier: _EarlierResult, *, summarised: bool) -> PreviousResult:
    return PreviousResult(
        step=earlier.step.id,
        agent=saga.steps[earlier.step.id].attempt.agent or CHILD_AGENT,
        iteration=earlier.iteration,
        requirements=tuple(saga.plan.requirements[requirement] for requirement in earlier.step.requirements),
        output=_summary(earlier.output) if summarised else dict(earlier.output),
        decisions=decisions_of(earlier.output),
        summarised=summarised,
    )


def _fits(results: list[PreviousResult] | tuple[PreviousResult, ...], shared_state_size: int) -> bool:
    left = SizeBudget(shared_state_size - MAX_CONTEXT, -MAX_CONTEXT_KEYS)
    for result in results:
        weight = size_of(result.model_dump_json().encode())
        left = SizeBudget(left.bytes + weight.bytes, left.keys + weight.keys)
    return left.gone


def _summary(output: Output) -> dict[str, Any]:
    """Return the summary of an output, and its data where that is small."""
    summary: dict[str, Any] = {"summary": str(output.get("summary", ""))[:_SUMMARY]}
    data = output.get("data")
    if data and not is_deeper(data, MAX_NESTING) and len(json.dumps(data).encode()) <= MAX_SMALL_DATA:
        summary["data"] = data
    return summary


def decisions_of(output: Output) -> dict[str, str]:
    """Return the decisions in an output: short strings by key; anything else that an agent put there is ignored."""
    decisions = output.get("decisions")
    if not isinstance(decisions, Mapping):
        return {}
    return {
        key: value
        for key, value in list(decisions.items())[:64]
        if isinstance(value, str) and len(value) <= 4096 and 0 < len(key) <= 64
    }
