"""What runs next: the one interpreter of all five patterns.

A plan is a graph. A step runs when everything it depends on has settled and its guard holds; a loop's group runs
again until its check holds; whatever is ready runs at once, so a plan takes as long as its critical path.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from . import compensation
from .commands import CancelChild, CancelTask, Conclude, DispatchTask, StartChild
from .expressions import ExpressionError, holds, named_steps, readable
from .model import Ending, SagaStatus, StepState, StepStatus
from .plan import Loop, Plan, Step, StepType
from .turn import Turn, task_id

_BEGUN = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})


def watched(plan: Plan, step_id: str, output: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of a step's output what guards and checks of loops read; `None` where none reads that step's."""
    expressions = [step.when for step in plan.steps if step.when] + [loop.until for loop in plan.loops]
    reading = [each for each in expressions if step_id in named_steps(each)]
    return readable(reading, step_id, output) if reading else None


def schedule(turn: Turn) -> None:
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
        end(turn, SagaStatus.COMPLETED)


def _undo_next(turn: Turn) -> None:
    """Start the compensations that are ready, and conclude when there are none left.

    Steps are undone as they stand: the saga may have ended in the middle of a loop, which nobody will close any more.
    """
    for step in turn.plan.steps:
        if step.type is StepType.COMPENSATION and turn.steps[step.id].status is StepStatus.WAITING:
            before = [each for each in step.depends_on if turn.plan.step(each).type is StepType.COMPENSATION]
            if all(turn.steps[each].status.settled for each in before):
                dispatch(turn, step)
    if compensation.is_finished(turn):
        conclude(turn)


def dispatch(turn: Turn, step: Step) -> None:
    """Send the next attempt of a step; later, while its agent's circuit is open."""
    state = turn.steps[step.id]
    paused = turn.roster.paused.get(state.agent)
    if paused is not None and paused > turn.at:
        _hold(turn, state, paused)
        return
    attempt = state.attempt + 1
    task = task_id(turn.id, step.id, state.iteration, attempt)
    state = turn.change_step(
        step.id,
        status=StepStatus.OPEN,
        attempt=attempt,
        task_id=task,
        dispatched_at=turn.at,
        started_at=state.started_at or turn.at,
        claimed_by=None,
        silent_at=None,
        retry_at=None,
        digest=None,
        check_at=turn.at + timedelta(milliseconds=turn.roster.check_after_ms) if step.agent else None,
        reason="",
    )
    if step.agent:
        turn.record("step_dispatched", state)
        _send(turn, state, task)
    else:
        turn.record("step_dispatched", state, child=str(task))
        turn.command(StartChild(step.id, task, attempt))


def _send(turn: Turn, state: StepState, task: UUID) -> None:
    ending: Ending | None = turn.get("ending")
    expires_at = turn.before.definition.deadline if ending is None else ending.until
    turn.command(
        DispatchTask(
            state.id,
            state.agent,
            task,
            state.iteration,
            state.attempt,
            state.timeout_ms,
            expires_at,
            state.constraints,
        )
    )


def _hold(turn: Turn, state: StepState, until: datetime) -> None:
    """The agent's calls keep failing: nothing more is given to it until then.

    A step that was waiting begins anew: what is still said of an attempt before (of the last round) is late. One that
    is held again is not told again.
    """
    again = state.status is StepStatus.RETRYING and bool(state.reason)
    reason = f"the circuit of {state.agent} is open until {until.isoformat(timespec='seconds')}"
    state = turn.change_step(
        state.id,
        status=StepStatus.RETRYING,
        retry_at=until,
        task_id=None if state.status is StepStatus.WAITING else state.task_id,
        claimed_by=None,
        silent_at=None,
        check_at=None,
        unavailable_since=state.unavailable_since or turn.at,
        reason=reason,
    )
    if not again:
        turn.record("step_held", state, reason, until=until.isoformat())


def settle(turn: Turn, step_id: str, status: StepStatus, reason: str = "", **fields: Any) -> StepState:
    """End a step."""
    return turn.change_step(
        step_id,
        status=status,
        reason=reason,
        finished_at=turn.at,
        silent_at=None,
        retry_at=None,
        check_at=None,
        unavailable_since=None,
        **fields,
    )


def fail_step(turn: Turn, step_id: str, reason: str) -> None:
    """A step is dead: an optional one degrades the saga, a required one ends it; what succeeded is kept."""
    state = settle(turn, step_id, StepStatus.FAILED, reason)
    turn.record("step_failed", state, reason)
    if not turn.plan.step(step_id).optional:
        end(turn, SagaStatus.FAILED, f"step {step_id} failed: {reason}")


def end(turn: Turn, status: SagaStatus, reason: str = "") -> None:
    """Let the saga end so: withdraw what is open, undo what must be undone, and conclude.

    One that is ending already keeps to how it ends.
    """
    if turn.status is SagaStatus.COMPENSATING:
        conclude(turn, reason)
        return
    for state in list(turn.steps.values()):
        if state.status in _BEGUN:
            _stop(turn, state, reason)
    if compensation.begin(turn, status, reason):
        _undo_next(turn)
    else:
        _conclude(turn, status, reason)


def conclude(turn: Turn, note: str = "") -> None:
    """End a saga that has undone what it could."""
    ending: Ending = turn.get("ending")
    for state in list(turn.steps.values()):
        if state.status in _BEGUN:
            _stop(turn, state, note)
    _conclude(turn, ending.status, f"{ending.reason} ({note})" if note else ending.reason)


def _stop(turn: Turn, state: StepState, reason: str) -> None:
    """End a step because its saga ends. One that was parked has failed, and keeps its own reason."""
    withdraw(turn, state, reason)
    if state.status is StepStatus.PARKED:
        turn.record("step_failed", settle(turn, state.id, StepStatus.FAILED, state.reason), state.reason)
    else:
        turn.record("step_cancelled", settle(turn, state.id, StepStatus.CANCELLED, reason), reason)


def _conclude(turn: Turn, status: SagaStatus, reason: str) -> None:
    turn.change(status=status, reason=reason, outputs={}, ending=None)
    turn.command(Conclude(turn.next_seq(), turn.at, status, reason))


def withdraw(turn: Turn, state: StepState, reason: str) -> None:
    """Tell who works on the open attempt of a step that nobody waits for it any more."""
    if state.status is not StepStatus.OPEN or state.task_id is None:
        return
    if turn.plan.step(state.id).agent:
        turn.command(CancelTask(state.agent, state.task_id, reason))
    else:
        turn.command(CancelChild(state.task_id, reason))


def _start(turn: Turn, step: Step) -> bool:
    """Dispatch, skip or fail a step that is free; whether it settled at once."""
    dependencies = [turn.steps[each] for each in step.depends_on]
    if dependencies and all(each.status is StepStatus.SKIPPED for each in dependencies):
        return _skip(turn, step, "everything it depends on was skipped")
    try:
        if step.when is not None and not _holds(turn, step.when, turn.steps[step.id].iteration):
            return _skip(turn, step, f"its guard does not hold: {step.when}")
    except ExpressionError as error:
        fail_step(turn, step.id, f"its guard {error}")
        return True
    dispatch(turn, step)
    return False


def _skip(turn: Turn, step: Step, reason: str) -> bool:
    turn.record("step_skipped", settle(turn, step.id, StepStatus.SKIPPED, reason), reason)
    return True


def _is_ready(turn: Turn, step: Step) -> bool:
    return turn.steps[step.id].status is StepStatus.WAITING and _is_free(turn, step)


def _is_free(turn: Turn, step: Step) -> bool:
    """Whether all it depends on has settled: steps of a loop, for a step outside it, only when the loop has closed."""
    plan, closed = turn.plan, turn.get("closed_loops")
    for each in step.depends_on:
        if not turn.steps[each].status.settled:
            return False
        for position, loop in enumerate(plan.loops):
            if each in loop.steps and step.id not in loop.steps and position not in closed:
                return False
    return True


def _close_loops(turn: Turn) -> bool:
    """Close or restart each loop whose round has ended; whether anything moved."""
    moved = False
    for position, loop in enumerate(turn.plan.loops):
        closed = turn.get("closed_loops")
        if position in closed or not all(turn.steps[each].status.settled for each in loop.steps):
            continue
        moved = True
        if not _next_round(turn, loop):
            turn.change(closed_loops=(*closed, position))
        if turn.status is not SagaStatus.RUNNING:
            break
    return moved


def _next_round(turn: Turn, loop: Loop) -> bool:
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
    for each in loop.steps:
        _rewind(turn, each, iteration + 1)
    turn.record("round_started", message=f"round {iteration + 1} of at most {loop.limit}", steps=list(loop.steps))
    return True


def _rewind(turn: Turn, step_id: str, iteration: int) -> None:
    """Make a step ready for the next round: what it found is kept as the last round's, what it failed is forgiven."""
    state = turn.steps[step_id]
    turn.change_step(
        step_id,
        status=StepStatus.WAITING,
        iteration=iteration,
        failures=0,
        forgiven=len(state.recoveries),
        constraints=(),
        digest=None,
        result_seq=None,
        last_round_seq=state.result_seq,
        finished_at=None,
        reason="",
    )
    turn.change(outputs={name: each for name, each in turn.get("outputs").items() if name != step_id})


def _holds(turn: Turn, expression: str, iteration: int) -> bool:
    """Whether an expression is true of what the steps have found; one whose answer no longer counts has none."""
    outputs: Mapping[str, Any] = turn.get("outputs")
    results = {
        name: {"output": {} if step.result_seq is None else outputs.get(name, {}), "status": step.status.value}
        for name, step in turn.steps.items()
    }
    decisions = {key: each.value for key, each in turn.get("decisions").items()}
    return holds(expression, results, iteration, decisions)
