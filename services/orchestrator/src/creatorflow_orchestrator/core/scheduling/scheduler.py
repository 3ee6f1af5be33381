"""The scheduler: the one interpreter of all five patterns.

A plan is a graph. A step runs when all its dependencies have ended and its guard holds; a loop's group runs again until
its check holds; every ready step starts at once, so a plan takes as long as its critical path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from creatorflow_orchestrator.core.expressions.evaluate import ExpressionError, holds, named_steps, readable
from creatorflow_orchestrator.core.plan import Loop, Plan, Step, StepType
from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.commands import CancelChild, CancelTask, DispatchTask, StartChild
from creatorflow_orchestrator.core.state.saga_state import SagaStatus, StepState, StepStatus
from creatorflow_orchestrator.core.state.transition import Transition, task_id

from . import compensation
from .condition_text import why_not

_IN_PROGRESS = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})


def observed_output(plan: Plan, step_id: str, output: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the part of a step's output that guards and checks read; `None` if none reads that step's output."""
    expressions = [step.when for step in plan.steps if step.when] + [loop.until for loop in plan.loops]
    readers = [expression for expression in expressions if step_id in named_steps(expression)]
    return readable(readers, step_id, output) if readers else None


def is_judged_by_the_plan(plan: Plan, step_id: str) -> bool:
    """True if a guard reads the step's result, or a loop repeats it: the plan says what follows from it."""
    guards = (named_steps(step.when) for step in plan.steps if step.when is not None)
    return any(step_id in names for names in guards) or any(step_id in loop.steps for loop in plan.loops)


def schedule(transition: Transition) -> None:
    """Start every ready step, and end the saga when all steps have ended."""
    changed = True
    while changed and transition.status is SagaStatus.RUNNING:  # a skipped step or a closed loop may make others ready
        changed = _close_loops(transition)
        for step in transition.plan.steps:
            if transition.status is SagaStatus.RUNNING and _is_ready(transition, step):
                changed |= _start(transition, step)
    if transition.status is SagaStatus.COMPENSATING:
        _continue_compensation(transition)
    elif transition.status is SagaStatus.RUNNING and all(step.status.resolved for step in transition.steps.values()):
        end_saga(transition, SagaStatus.COMPLETED)


def _continue_compensation(transition: Transition) -> None:
    """Start the compensations that are ready, and conclude the saga when all have ended.

    Only other compensations are waited for: the saga may have ended in the middle of a loop, which will never close.
    """
    for step in transition.plan.steps:
        if step.type is StepType.COMPENSATION and transition.steps[step.id].status is StepStatus.WAITING:
            before = [name for name in step.depends_on if transition.plan.step(name).type is StepType.COMPENSATION]
            if all(transition.steps[name].status.resolved for name in before):
                dispatch(transition, step)
    if compensation.is_finished(transition):
        conclude_saga(transition)


def dispatch(transition: Transition, step: Step) -> None:
    """Send the next attempt of a step, or postpone it while its agent's circuit is open."""
    state = transition.steps[step.id]
    paused = transition.roster.paused.get(state.attempt.agent)
    if paused is not None and paused > transition.at:
        _postpone(transition, state, paused)
        return
    task = task_id(transition.id, step.id, state.iteration, state.attempt.number + 1)
    check_at = transition.at + timedelta(milliseconds=transition.roster.check_after_ms) if step.agent else None
    state = transition.put(lifecycle.begin(state, task, transition.at, check_at))
    if step.agent:
        transition.record("step_dispatched", state)
        _send_task(transition, state, task)
    else:
        transition.record("step_dispatched", state, data={"child": str(task)})
        transition.command(StartChild(step.id, task, state.attempt.number))


def _send_task(transition: Transition, state: StepState, task: UUID) -> None:
    expires_at = transition.before.definition.deadline if transition.ending is None else transition.ending.until
    attempt = state.attempt
    transition.command(
        DispatchTask(
            state.id,
            attempt.agent,
            task,
            state.iteration,
            attempt.number,
            attempt.timeout_ms,
            expires_at,
            attempt.constraints,
        )
    )


def _postpone(transition: Transition, state: StepState, until: datetime) -> None:
    """Postpone the step until the circuit of its agent may be closed again. Recorded once per step, however often."""
    again = state.status is StepStatus.RETRYING and bool(state.reason)
    reason = f"the circuit of {state.attempt.agent} is open until {until.isoformat(timespec='seconds')}"
    state = transition.put(lifecycle.pause(state, until, transition.at, reason))
    if not again:
        transition.record("step_held", state, reason, {"until": until.isoformat()})


def resolve_step(transition: Transition, step_id: str, status: StepStatus, reason: str = "") -> StepState:
    """End a step with its final status; return its state."""
    return transition.put(lifecycle.finish(transition.steps[step_id], status, transition.at, reason))


def fail_step(transition: Transition, step_id: str, reason: str) -> None:
    """Fail a step: an optional one degrades the saga, a required one ends it; results that succeeded are kept."""
    state = resolve_step(transition, step_id, StepStatus.FAILED, reason)
    transition.record("step_failed", state, reason)
    if not transition.plan.step(step_id).optional:
        end_saga(transition, SagaStatus.FAILED, f"step {step_id} failed: {reason}")


def end_saga(transition: Transition, status: SagaStatus, reason: str = "") -> None:
    """End the saga with that status: withdraw open attempts, compensate if needed, and conclude.

    A saga that already compensates keeps the status it was to end with.
    """
    if transition.status is SagaStatus.COMPENSATING:
        conclude_saga(transition, reason)
        return
    for state in list(transition.steps.values()):
        if state.status in _IN_PROGRESS:
            _end_step(transition, state, reason)
    if compensation.begin(transition, status, reason):
        _continue_compensation(transition)
    else:
        transition.conclude(status, reason)


def conclude_saga(transition: Transition, note: str = "") -> None:
    """Conclude a saga whose compensation has ended. Raises `ValueError` if it is not compensating."""
    ending = transition.ending
    if ending is None:
        raise ValueError(f"saga {transition.id} is not compensating")
    for state in list(transition.steps.values()):
        if state.status in _IN_PROGRESS:
            _end_step(transition, state, note)
    transition.conclude(ending.status, f"{ending.reason} ({note})" if note else ending.reason)


def _end_step(transition: Transition, state: StepState, reason: str) -> None:
    """End a step because its saga ends. A parked step fails, and keeps its own reason."""
    withdraw_attempt(transition, state, reason)
    if state.status is StepStatus.PARKED:
        transition.record(
            "step_failed", resolve_step(transition, state.id, StepStatus.FAILED, state.reason), state.reason
        )
    else:
        transition.record("step_cancelled", resolve_step(transition, state.id, StepStatus.CANCELLED, reason), reason)


def withdraw_attempt(transition: Transition, state: StepState, reason: str) -> None:
    """Cancel the open attempt of a step, if it has one: its task, or its child saga."""
    attempt = state.attempt
    if state.status is not StepStatus.OPEN or attempt.task_id is None:
        return
    if transition.plan.step(state.id).agent:
        transition.command(CancelTask(attempt.agent, attempt.task_id, reason))
    else:
        transition.command(CancelChild(attempt.task_id, reason))


def _start(transition: Transition, step: Step) -> bool:
    """Dispatch, skip or fail a ready step; return true if it ended at once."""
    dependencies = [transition.steps[name] for name in step.depends_on]
    if dependencies and all(dependency.status is StepStatus.SKIPPED for dependency in dependencies):
        return _skip(transition, step, "everything it depends on was skipped")
    try:
        iteration = transition.steps[step.id].iteration
        if step.when is not None and not _evaluates_true(transition, step.when, iteration):
            return _skip(transition, step, f"its guard does not hold: {why_not(transition, step.when, iteration)}")
    except ExpressionError as error:
        fail_step(transition, step.id, f"its guard {error}")
        return True
    dispatch(transition, step)
    return False


def _skip(transition: Transition, step: Step, reason: str) -> bool:
    transition.record("step_skipped", resolve_step(transition, step.id, StepStatus.SKIPPED, reason), reason)
    return True


def _is_ready(transition: Transition, step: Step) -> bool:
    return transition.steps[step.id].status is StepStatus.WAITING and _dependencies_resolved(transition, step)


def _dependencies_resolved(transition: Transition, step: Step) -> bool:
    """True if all dependencies have ended; one in a loop that does not contain the step ends when the loop closes."""
    plan, closed = transition.plan, transition.closed_loops
    for name in step.depends_on:
        if not transition.steps[name].status.resolved:
            return False
        for position, loop in enumerate(plan.loops):
            if name in loop.steps and step.id not in loop.steps and position not in closed:
                return False
    return True


def _close_loops(transition: Transition) -> bool:
    """Close or restart each loop whose iteration has ended; return true if there was one."""
    changed = False
    for position, loop in enumerate(transition.plan.loops):
        if position in transition.closed_loops or not all(
            transition.steps[step].status.resolved for step in loop.steps
        ):
            continue
        changed = True
        if not _start_next_iteration(transition, loop):
            transition.close_loop(position)
        if transition.status is not SagaStatus.RUNNING:
            break
    return changed


def _start_next_iteration(transition: Transition, loop: Loop) -> bool:
    """Start the next iteration of a loop unless its check holds; return true if one started.

    At the limit of iterations, or if the check cannot be evaluated, the last step of the loop fails; at the limit the
    loop of a plan made from words ends without a failure if that plan has a step for this case.
    """
    iteration = transition.steps[loop.steps[0]].iteration
    last = transition.plan.step(loop.steps[-1])
    try:
        if _evaluates_true(transition, loop.until, iteration):
            return False
    except ExpressionError as error:
        fail_step(transition, last.id, f"the loop's check {error}")
        return False
    if iteration >= loop.limit:
        _end_at_limit(transition, loop, iteration)
        return False
    for name in loop.steps:
        transition.put(lifecycle.next_iteration(transition.steps[name], iteration + 1))
        transition.drop_output(name)
    text = f"round {iteration + 1} of at most {loop.limit}"
    transition.record("round_started", message=text, data={"steps": list(loop.steps)})
    return True


def _end_at_limit(transition: Transition, loop: Loop, iteration: int) -> None:
    """Fail the last step of a loop, unless the plan has a step for this case: "if it passes deploy, otherwise ..."."""
    last = loop.steps[-1]
    rounds = "1 round" if iteration == 1 else f"{iteration} rounds"
    reason = f"after {rounds}, the limit: {why_not(transition, loop.until, iteration)}"
    from_words = transition.before.definition.reading is not None
    if from_words and _has_step_for_failure(transition, loop):
        state = transition.put(replace(transition.steps[last], reason=reason))
        transition.record("loop_ended", state, reason)
    else:
        fail_step(transition, last, reason)


def _has_step_for_failure(transition: Transition, loop: Loop) -> bool:
    """True if a guard outside of the loop that reads a result of it holds, though the loop's check does not."""
    guards = ((step.id, step.when) for step in transition.plan.steps if step.when and step.id not in loop.steps)
    readers = ((name, guard) for name, guard in guards if named_steps(guard) & set(loop.steps))
    return any(_guard_holds(transition, name, guard) for name, guard in readers)


def _guard_holds(transition: Transition, step: str, guard: str) -> bool:
    """True if a guard holds now; one that cannot be evaluated does not."""
    try:
        return _evaluates_true(transition, guard, transition.steps[step].iteration)
    except ExpressionError:
        return False


def _evaluates_true(transition: Transition, expression: str, iteration: int) -> bool:
    """Evaluate an expression over the outputs, statuses and decisions; a result that no longer counts has no output."""
    results = {
        name: {
            "output": {} if step.result_seq is None else transition.outputs.get(name, {}),
            "status": step.status.value,
        }
        for name, step in transition.steps.items()
    }
    decisions = {key: decision.value for key, decision in transition.decisions.items()}
    return holds(expression, results, iteration, decisions)
