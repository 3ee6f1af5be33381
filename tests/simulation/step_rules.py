"""Rules of the steps of a saga: attempts and agents, counted results, the start of steps."""

from __future__ import annotations

from collections import Counter

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.state.commands import CancelChild, CancelTask
from creatorflow_orchestrator.core.state.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, StepStatus

from .reference_model import ConditionError, ReferenceModel, evaluate
from .transition import Transition

_ANSWERED = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.RETRYING, StepStatus.PARKED})
_WITHDRAWN = frozenset({StepStatus.CANCELLED, StepStatus.SKIPPED})


def attempts_only_grow(transition: Transition, model: ReferenceModel) -> str:
    """A new attempt is one more than the last; a step begins at most one in a transition; iterations do not go back."""
    begun = Counter(dispatch.step for dispatch in transition.dispatched)
    for step in transition.after.steps.values():
        before = transition.step_before(step.id)
        was = (before.attempt.number, before.iteration) if before else (0, 1)
        if begun[step.id] > 1 or step.attempt.number != was[0] + begun[step.id] or step.iteration < was[1]:
            now = (step.attempt.number, step.iteration)
            return f"step {step.id}: from {was} to {now} with {begun[step.id]} dispatches"
    for dispatch in transition.dispatched:
        number = transition.after.steps[dispatch.step].attempt.number
        if dispatch.attempt != number or dispatch.task_id in model.dispatches:
            return f"{dispatch} is not the next attempt"
    return ""


def withdrawn_attempts_are_cancelled(transition: Transition, model: ReferenceModel) -> str:
    """An open attempt is cancelled at its agent when its step is cancelled, skipped or commanded by a person."""
    if transition.before is None:
        return ""
    reported = {command.task_id for command in transition.commands if isinstance(command, CancelTask | CancelChild)}
    commanded = {record.step for record in transition.records if record.event == "step_instructed"}
    for before in transition.before.steps.values():
        withdrawn = before.id in commanded or transition.after.steps[before.id].status in _WITHDRAWN
        if before.status is StepStatus.OPEN and withdrawn and before.attempt.task_id not in reported:
            return f"{before.id} is {transition.after.steps[before.id].status.value}, and its agent gets no cancel"
    return ""


def a_result_counts_once_for_its_own_attempt(transition: Transition, model: ReferenceModel) -> str:
    """A success is counted only from the agent that has the step's current attempt, and only the first time."""
    event = transition.event
    for record in transition.records:
        if record.event != "step_succeeded" or not isinstance(event, TaskSucceeded):
            continue
        dispatch = model.dispatches.get(event.task_id)
        before = transition.step_before(record.step or "")
        if dispatch is None or before is None or dispatch.step != record.step or dispatch.agent != event.agent:
            return f"{event.agent} is counted for {record.step}, dispatched was {dispatch}"
        if event.task_id in model.counted or before.status.resolved or before.attempt.number != dispatch.attempt:
            return f"attempt {dispatch.attempt} of {dispatch.step} is counted when it is {before.status.value}"
        model.counted[event.task_id] = event.digest
    if isinstance(event, TaskSucceeded) and transition.outcome == "counted":
        return "" if event.task_id in model.counted else "a success changed the saga without being counted"
    return ""


def only_the_first_result_of_an_attempt_counts(transition: Transition, model: ReferenceModel) -> str:
    """A second result of the same attempt never counts; an equal one is a repeat and is not refused."""
    event = transition.event
    if not isinstance(event, TaskSucceeded | TaskFailed) or not event.digest or transition.before is None:
        return ""
    first = model.answered.get(event.task_id)
    if first is None:
        if transition.outcome == "counted":
            model.answered[event.task_id] = event.digest
        return ""
    if transition.outcome == "counted":
        return f"{event.task_id} has the result {first}, and now {event.digest} counts"
    step = next((state for state in transition.before.steps.values() if state.attempt.task_id == event.task_id), None)
    if step is not None and step.status in _ANSWERED and first == event.digest and transition.commands:
        return f"{first} comes again, and {transition.commands} follows"
    return ""


def open_attempts_are_watched(transition: Transition, model: ReferenceModel) -> str:
    """An unclaimed attempt has a time of its next check, a claimed one a time at which silence is noticed."""
    if transition.after.status.final:
        return ""
    for step in transition.after.steps.values():
        attempt = step.attempt
        watched = attempt.silent_at if attempt.claimed_by else attempt.check_at
        if step.status is StepStatus.OPEN and attempt.agent and watched is None:
            return f"{step.id} is open, claimed by {attempt.claimed_by}, and has no time of its next check"
    return ""


def shared_state_is_what_counted_results_decided(transition: Transition, model: ReferenceModel) -> str:
    """The first decision stands until the key's owner decides; nothing else writes to the shared state."""
    for record in transition.records:
        if record.event == "step_succeeded":
            model.succeed(record.step or "", record.data["output"])
            decided = getattr(transition.event, "decisions", {})
            author = (
                getattr(transition.event, "agent", "") if isinstance(transition.event, TaskSucceeded) else record.agent
            )
            model.decide(transition.after.definition.owners, author or CHILD_AGENT, decided)
    actual = {key: (decision.value, decision.by) for key, decision in transition.after.decisions.items()}
    return "" if actual == model.decisions else f"{actual} instead of {model.decisions}"


def a_succeeded_step_has_its_result(transition: Transition, model: ReferenceModel) -> str:
    """A step that succeeded has its result in the history, also when its saga has failed."""
    for step in transition.after.steps.values():
        if step.status is StepStatus.SUCCEEDED and (step.result_seq is None or step.id not in model.completed):
            return f"step {step.id} succeeded without a result"
        if step.status is not StepStatus.SUCCEEDED:
            model.remove_output(step.id)
    return ""


def steps_start_after_their_dependencies(transition: Transition, model: ReferenceModel) -> str:
    """Before a step's first attempt its dependencies are resolved and the loops that it waits for are closed.

    A step that has begun goes on when a person or a validation repeats one of its dependencies. A compensation waits
    for earlier compensations only: its step has succeeded before, though it may wait for another iteration.
    """
    model.resolved_once |= {step.id for step in transition.after.steps.values() if step.status.resolved}
    for command in transition.dispatched:
        plan = transition.after.plan
        before = transition.step_before(command.step)
        begun = before is not None and before.status is not StepStatus.WAITING
        undoes = plan.step(command.step).type is StepType.COMPENSATION
        for needed in plan.step(command.step).depends_on:
            if undoes and plan.step(needed).type is not StepType.COMPENSATION:
                continue
            if not transition.after.steps[needed].status.resolved and not (begun and needed in model.resolved_once):
                return f"{command.step} starts while {needed} is {transition.after.steps[needed].status.value}"
            for position, loop in enumerate(plan.loops):
                if (
                    needed in loop.steps
                    and command.step not in loop.steps
                    and position not in transition.after.closed_loops
                ):
                    return f"{command.step} starts while the loop over {loop.steps} goes on"
    return ""


def guards_decide_what_starts(transition: Transition, model: ReferenceModel) -> str:
    """A step starts only if its guard holds, and is skipped for its guard only if it does not."""
    for command in transition.dispatched:
        guard = transition.after.plan.step(command.step).when
        before = transition.step_before(command.step)
        if guard is None or (before is not None and before.status is not StepStatus.WAITING):
            continue
        if _evaluated(guard, transition, model, command.step) is not True:
            return f"{command.step} starts though it does not hold: {guard}"
    for record in transition.records:
        if record.event == "step_skipped" and record.message.startswith("its guard"):
            guard = transition.after.plan.step(record.step or "").when or ""
            if _evaluated(guard, transition, model, record.step or "") is not False:
                return f"{record.step} is skipped though it is not false: {guard}"
    return ""


def _evaluated(condition: str, transition: Transition, model: ReferenceModel, step: str) -> bool | None:
    try:
        return evaluate(condition, transition.after, model, transition.after.steps[step].iteration)
    except ConditionError:
        return None


def loops_close_only_when_their_check_holds(transition: Transition, model: ReferenceModel) -> str:
    """A closed loop has a check that holds, or its last step has failed; iterations keep to the limit."""
    closed = transition.before.closed_loops if transition.before else ()
    for position, loop in enumerate(transition.after.plan.loops):
        last = transition.after.steps[loop.steps[-1]]
        if last.iteration > loop.limit:
            return f"iteration {last.iteration} of {loop.limit}"
        if position not in transition.after.closed_loops or position in closed:
            continue
        if _evaluated(loop.until, transition, model, last.id) is not True and last.status is not StepStatus.FAILED:
            return f"left though it does not hold: {loop.until}"
    return ""


def an_open_step_has_the_last_dispatched_attempt(transition: Transition, model: ReferenceModel) -> str:
    """The attempt of an open step is the last that was dispatched, with its agent."""
    for command in transition.dispatched:
        model.dispatch(command)
    for step in transition.after.steps.values():
        if step.status is not StepStatus.OPEN:
            continue
        dispatch = model.last.get(step.id)
        if dispatch is None or (dispatch.task_id, dispatch.agent) != (
            step.attempt.task_id,
            step.attempt.agent or CHILD_AGENT,
        ):
            return f"step {step.id} has {step.attempt.task_id} of {step.attempt.agent}, dispatched was {dispatch}"
    return ""


RULES = (
    attempts_only_grow,
    withdrawn_attempts_are_cancelled,
    a_result_counts_once_for_its_own_attempt,
    only_the_first_result_of_an_attempt_counts,
    shared_state_is_what_counted_results_decided,
    a_succeeded_step_has_its_result,
    steps_start_after_their_dependencies,
    guards_decide_what_starts,
    loops_close_only_when_their_check_holds,
    an_open_step_has_the_last_dispatched_attempt,
    open_attempts_are_watched,
)
