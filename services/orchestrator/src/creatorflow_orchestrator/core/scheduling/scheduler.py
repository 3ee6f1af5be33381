"""What runs next: the one interpreter of all five patterns.

A plan is a graph. A step runs when everything it depends on has settled and its guard holds; a loop's group runs
again until its check holds; whatever is ready runs at once, so a plan takes as long as its critical path.
"""

from __future__ import annotations

from collections.abc import Mapping
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

_BEGUN = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})


def observed_output(plan: Plan, step_id: str, output: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of a step's output what guards and checks of loops read; `None` where none reads that step's."""
    expressions = [step.when for step in plan.steps if step.when] + [loop.until for loop in plan.loops]
    reading = [expression for expression in expressions if step_id in named_steps(expression)]
    return readable(reading, step_id, output) if reading else None


def schedule(turn: Transition) -> None:
    """Start everything that is ready, and end the saga when nothing is left to do."""
    moved = True
    while moved and turn.status is SagaStatus.RUNNING:  # a skipped step or a closed loop may set others free
        moved = _close_loops(turn)
        for step in turn.plan.steps:
            if turn.status is SagaStatus.RUNNING and _is_ready(turn, step):
                moved |= _start(turn, step)
    if turn.status is SagaStatus.COMPENSATING:
        _undo_next(turn)
    elif turn.status is SagaStatus.RUNNING and all(each.status.settled for each in turn.steps.values()):
        end_saga(turn, SagaStatus.COMPLETED)


def _undo_next(turn: Transition) -> None:
    """Start the compensations that are ready, and conclude when there are none left.

    Steps are undone as they stand: the saga may have ended in the middle of a loop, which nobody will close any more.
    """
    for step in turn.plan.steps:
        if step.type is StepType.COMPENSATION and turn.steps[step.id].status is StepStatus.WAITING:
            before = [each for each in step.depends_on if turn.plan.step(each).type is StepType.COMPENSATION]
            if all(turn.steps[each].status.settled for each in before):
                dispatch(turn, step)
    if compensation.is_finished(turn):
        conclude_saga(turn)


def dispatch(turn: Transition, step: Step) -> None:
    """Send the next attempt of a step; later, while its agent's circuit is open."""
    state = turn.steps[step.id]
    paused = turn.roster.paused.get(state.attempt.agent)
    if paused is not None and paused > turn.at:
        _pause(turn, state, paused)
        return
    task = task_id(turn.id, step.id, state.iteration, state.attempt.number + 1)
    check_at = turn.at + timedelta(milliseconds=turn.roster.check_after_ms) if step.agent else None
    state = turn.put(lifecycle.begin(state, task, turn.at, check_at))
    if step.agent:
        turn.record("step_dispatched", state)
        _send(turn, state, task)
    else:
        turn.record("step_dispatched", state, data={"child": str(task)})
        turn.command(StartChild(step.id, task, state.attempt.number))


def _send(turn: Transition, state: StepState, task: UUID) -> None:
    expires_at = turn.before.definition.deadline if turn.ending is None else turn.ending.until
    attempt = state.attempt
    turn.command(
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


def _pause(turn: Transition, state: StepState, until: datetime) -> None:
    """The agent's calls keep failing: nothing more is given to it until then. Recorded once, however often."""
    again = state.status is StepStatus.RETRYING and bool(state.reason)
    reason = f"the circuit of {state.attempt.agent} is open until {until.isoformat(timespec='seconds')}"
    state = turn.put(lifecycle.pause(state, until, turn.at, reason))
    if not again:
        turn.record("step_held", state, reason, {"until": until.isoformat()})


def resolve_step(turn: Transition, step_id: str, status: StepStatus, reason: str = "") -> StepState:
    """End a step."""
    return turn.put(lifecycle.finish(turn.steps[step_id], status, turn.at, reason))


def fail_step(turn: Transition, step_id: str, reason: str) -> None:
    """A step is dead: an optional one degrades the saga, a required one ends it; what succeeded is kept."""
    state = resolve_step(turn, step_id, StepStatus.FAILED, reason)
    turn.record("step_failed", state, reason)
    if not turn.plan.step(step_id).optional:
        end_saga(turn, SagaStatus.FAILED, f"step {step_id} failed: {reason}")


def end_saga(turn: Transition, status: SagaStatus, reason: str = "") -> None:
    """Let the saga end so: withdraw what is open, undo what must be undone, and conclude.

    One that is ending already keeps to how it ends.
    """
    if turn.status is SagaStatus.COMPENSATING:
        conclude_saga(turn, reason)
        return
    for state in list(turn.steps.values()):
        if state.status in _BEGUN:
            _stop(turn, state, reason)
    if compensation.begin(turn, status, reason):
        _undo_next(turn)
    else:
        turn.conclude(status, reason)


def conclude_saga(turn: Transition, note: str = "") -> None:
    """End a saga that has undone what it could."""
    ending = turn.ending
    if ending is None:
        raise ValueError(f"saga {turn.id} is not compensating")
    for state in list(turn.steps.values()):
        if state.status in _BEGUN:
            _stop(turn, state, note)
    turn.conclude(ending.status, f"{ending.reason} ({note})" if note else ending.reason)


def _stop(turn: Transition, state: StepState, reason: str) -> None:
    """End a step because its saga ends. One that was parked has failed, and keeps its own reason."""
    withdraw_attempt(turn, state, reason)
    if state.status is StepStatus.PARKED:
        turn.record("step_failed", resolve_step(turn, state.id, StepStatus.FAILED, state.reason), state.reason)
    else:
        turn.record("step_cancelled", resolve_step(turn, state.id, StepStatus.CANCELLED, reason), reason)


def withdraw_attempt(turn: Transition, state: StepState, reason: str) -> None:
    """Tell who works on the open attempt of a step that nobody waits for it any more."""
    attempt = state.attempt
    if state.status is not StepStatus.OPEN or attempt.task_id is None:
        return
    if turn.plan.step(state.id).agent:
        turn.command(CancelTask(attempt.agent, attempt.task_id, reason))
    else:
        turn.command(CancelChild(attempt.task_id, reason))


def _start(turn: Transition, step: Step) -> bool:
    """Dispatch, skip or fail a step that is free; whether it settled at once."""
    dependencies = [turn.steps[each] for each in step.depends_on]
    if dependencies and all(dependency.status is StepStatus.SKIPPED for dependency in dependencies):
        return _skip(turn, step, "everything it depends on was skipped")
    try:
        if step.when is not None and not _holds(turn, step.when, turn.steps[step.id].iteration):
            return _skip(turn, step, f"its guard does not hold: {step.when}")
    except ExpressionError as error:
        fail_step(turn, step.id, f"its guard {error}")
        return True
    dispatch(turn, step)
    return False


def _skip(turn: Transition, step: Step, reason: str) -> bool:
    turn.record("step_skipped", resolve_step(turn, step.id, StepStatus.SKIPPED, reason), reason)
    return True


def _is_ready(turn: Transition, step: Step) -> bool:
    return turn.steps[step.id].status is StepStatus.WAITING and _is_free(turn, step)


def _is_free(turn: Transition, step: Step) -> bool:
    """Whether all it depends on has settled: steps of a loop, for a step outside it, only when the loop has closed."""
    plan, closed = turn.plan, turn.closed_loops
    for each in step.depends_on:
        if not turn.steps[each].status.settled:
            return False
        for position, loop in enumerate(plan.loops):
            if each in loop.steps and step.id not in loop.steps and position not in closed:
                return False
    return True


def _close_loops(turn: Transition) -> bool:
    """Close or restart each loop whose round has ended; whether anything moved."""
    moved = False
    for position, loop in enumerate(turn.plan.loops):
        if position in turn.closed_loops or not all(turn.steps[step].status.settled for step in loop.steps):
            continue
        moved = True
        if not _next_round(turn, loop):
            turn.close_loop(position)
        if turn.status is not SagaStatus.RUNNING:
            break
    return moved


def _next_round(turn: Transition, loop: Loop) -> bool:
    """Start the next round of a loop unless its check holds; at its limit its last step fails. Whether one started."""
    iteration = turn.steps[loop.steps[0]].iteration
    last = turn.plan.step(loop.steps[-1])
    try:
        if _holds(turn, loop.until, iteration):
            return False
    except ExpressionError as error:
        fail_step(turn, last.id, f"the loop's check {error}")
        return False
    if iteration >= loop.limit:
        fail_step(turn, last.id, f"after {iteration} rounds, the limit, this still does not hold: {loop.until}")
        return False
    for name in loop.steps:
        turn.put(lifecycle.next_round(turn.steps[name], iteration + 1))
        turn.drop_output(name)
    text = f"round {iteration + 1} of at most {loop.limit}"
    turn.record("round_started", message=text, data={"steps": list(loop.steps)})
    return True


def _holds(turn: Transition, expression: str, iteration: int) -> bool:
    """Whether an expression is true of what the steps have found; one whose answer no longer counts has none."""
    results = {
        name: {"output": {} if step.result_seq is None else turn.outputs.get(name, {}), "status": step.status.value}
        for name, step in turn.steps.items()
    }
    decisions = {key: each.value for key, each in turn.decisions.items()}
    return holds(expression, results, iteration, decisions)
