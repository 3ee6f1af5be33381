"""What must be true of the steps of a saga: who works on what, what counts, what may begin."""

from __future__ import annotations

from collections import Counter

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.state.commands import CancelChild, CancelTask
from creatorflow_orchestrator.core.state.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, StepStatus

from .account import Account, Unsayable, judge
from .moment import Moment

_ANSWERED = frozenset({StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.RETRYING, StepStatus.PARKED})
_TAKEN = frozenset({StepStatus.CANCELLED, StepStatus.SKIPPED})


def attempts_only_grow(moment: Moment, account: Account) -> str:
    """A new attempt is one more than the last; a step begins at most one in a turn; iterations do not go back."""
    begun = Counter(each.step for each in moment.dispatched)
    for step in moment.after.steps.values():
        before = moment.step_before(step.id)
        was = (before.attempt.number, before.iteration) if before else (0, 1)
        if begun[step.id] > 1 or step.attempt.number != was[0] + begun[step.id] or step.iteration < was[1]:
            now = (step.attempt.number, step.iteration)
            return f"step {step.id}: from {was} to {now} with {begun[step.id]} dispatches"
    for each in moment.dispatched:
        if each.attempt != moment.after.steps[each.step].attempt.number or each.task_id in account.given:
            return f"{each} is not the next attempt"
    return ""


def what_is_withdrawn_is_told(moment: Moment, account: Account) -> str:
    """An attempt that was open, and whose step is cancelled or taken by hand, is withdrawn from who works on it."""
    if moment.before is None:
        return ""
    reported = {command.task_id for command in moment.commands if isinstance(command, CancelTask | CancelChild)}
    by_hand = {record.step for record in moment.records if record.event == "step_instructed"}
    for before in moment.before.steps.values():
        taken = before.id in by_hand or moment.after.steps[before.id].status in _TAKEN
        if before.status is StepStatus.OPEN and taken and before.attempt.task_id not in reported:
            return f"{before.id} is {moment.after.steps[before.id].status.value}, and nobody is told"
    return ""


def a_result_counts_once_for_its_own_attempt(moment: Moment, account: Account) -> str:
    """A success is counted only from the agent that has the step's current attempt, and only the first time."""
    event = moment.event
    for record in moment.records:
        if record.event != "step_succeeded" or not isinstance(event, TaskSucceeded):
            continue
        given = account.given.get(event.task_id)
        before = moment.step_before(record.step or "")
        if given is None or before is None or given.step != record.step or given.agent != event.agent:
            return f"{event.agent} is counted for {record.step}, given was {given}"
        if event.task_id in account.counted or before.status.resolved or before.attempt.number != given.attempt:
            return f"attempt {given.attempt} of {given.step} is counted when it is {before.status.value}"
        account.counted[event.task_id] = event.digest
    if isinstance(event, TaskSucceeded) and moment.outcome == "counted":
        return "" if event.task_id in account.counted else "a success changed the saga without being counted"
    return ""


def the_first_answer_stands(moment: Moment, account: Account) -> str:
    """Another answer to the same attempt never counts; the same again is a repeat, and nobody's fault."""
    event = moment.event
    if not isinstance(event, TaskSucceeded | TaskFailed) or not event.digest or moment.before is None:
        return ""
    first = account.answered.get(event.task_id)
    if first is None:
        if moment.outcome == "counted":
            account.answered[event.task_id] = event.digest
        return ""
    if moment.outcome == "counted":
        return f"{event.task_id} has answered {first}, and now {event.digest} counts"
    step = next((each for each in moment.before.steps.values() if each.attempt.task_id == event.task_id), None)
    if step is not None and step.status in _ANSWERED and first == event.digest and moment.commands:
        return f"{first} comes again, and {moment.commands} follows"
    return ""


def what_is_open_is_looked_after(moment: Moment, account: Account) -> str:
    """An attempt that nobody has claimed is looked after, of one that is claimed silence is noticed."""
    if moment.after.status.final:
        return ""
    for step in moment.after.steps.values():
        attempt = step.attempt
        watched = attempt.silent_at if attempt.claimed_by else attempt.check_at
        if step.status is StepStatus.OPEN and attempt.agent and watched is None:
            return f"{step.id} is open, claimed by {attempt.claimed_by}, and nothing will be noticed"
    return ""


def shared_state_is_what_counted_results_decided(moment: Moment, account: Account) -> str:
    """The first word stands until the key's owner speaks; nobody else writes there."""
    for record in moment.records:
        if record.event == "step_succeeded":
            account.succeed(record.step or "", record.data["output"])
            said = getattr(moment.event, "decisions", {})
            speaker = getattr(moment.event, "agent", "") if isinstance(moment.event, TaskSucceeded) else record.agent
            account.decide(moment.after.definition.owners, speaker or CHILD_AGENT, said)
    held = {key: (each.value, each.by) for key, each in moment.after.decisions.items()}
    return "" if held == account.decisions else f"{held} instead of {account.decisions}"


def what_was_found_is_kept(moment: Moment, account: Account) -> str:
    """A step that succeeded has its result in the history, also when its saga has failed."""
    for step in moment.after.steps.values():
        if step.status is StepStatus.SUCCEEDED and (step.result_seq is None or step.id not in account.completed):
            return f"step {step.id} succeeded without a result"
        if step.status is not StepStatus.SUCCEEDED:
            account.undo(step.id)
    return ""


def nothing_starts_before_its_time(moment: Moment, account: Account) -> str:
    """What a step depends on has settled, and a loop that it waits for has closed, when its first attempt begins.

    What has begun goes on when a person or a validation has one of these done again. A compensation waits for those
    before it alone: what it undoes was done, though its step may wait for another round.
    """
    account.settled |= {step.id for step in moment.after.steps.values() if step.status.resolved}
    for command in moment.dispatched:
        plan = moment.after.plan
        before = moment.step_before(command.step)
        begun = before is not None and before.status is not StepStatus.WAITING
        undoes = plan.step(command.step).type is StepType.COMPENSATION
        for needed in plan.step(command.step).depends_on:
            if undoes and plan.step(needed).type is not StepType.COMPENSATION:
                continue
            if not moment.after.steps[needed].status.resolved and not (begun and needed in account.settled):
                return f"{command.step} starts while {needed} is {moment.after.steps[needed].status.value}"
            for position, loop in enumerate(plan.loops):
                if (
                    needed in loop.steps
                    and command.step not in loop.steps
                    and position not in moment.after.closed_loops
                ):
                    return f"{command.step} starts while the loop over {loop.steps} goes on"
    return ""


def guards_are_kept(moment: Moment, account: Account) -> str:
    """A step starts only where its guard holds, and is skipped for it only where it does not."""
    for command in moment.dispatched:
        guard = moment.after.plan.step(command.step).when
        before = moment.step_before(command.step)
        if guard is None or (before is not None and before.status is not StepStatus.WAITING):
            continue
        if _judged(guard, moment, account, command.step) is not True:
            return f"{command.step} starts though it does not hold: {guard}"
    for record in moment.records:
        if record.event == "step_skipped" and record.message.startswith("its guard"):
            guard = moment.after.plan.step(record.step or "").when or ""
            if _judged(guard, moment, account, record.step or "") is not False:
                return f"{record.step} is skipped though it is not false: {guard}"
    return ""


def _judged(condition: str, moment: Moment, account: Account, step: str) -> bool | None:
    try:
        return judge(condition, moment.after, account, moment.after.steps[step].iteration)
    except Unsayable:
        return None


def loops_close_when_they_may(moment: Moment, account: Account) -> str:
    """A loop that is left has its check fulfilled, or its last step has failed for it; rounds keep to the limit."""
    closed = moment.before.closed_loops if moment.before else ()
    for position, loop in enumerate(moment.after.plan.loops):
        last = moment.after.steps[loop.steps[-1]]
        if last.iteration > loop.limit:
            return f"round {last.iteration} of {loop.limit}"
        if position not in moment.after.closed_loops or position in closed:
            continue
        if _judged(loop.until, moment, account, last.id) is not True and last.status is not StepStatus.FAILED:
            return f"left though it does not hold: {loop.until}"
    return ""


def what_is_open_is_what_was_last_given(moment: Moment, account: Account) -> str:
    """An open step has one current attempt: the last that was dispatched, to the agent that has it."""
    for command in moment.dispatched:
        account.give(command)
    for step in moment.after.steps.values():
        if step.status is not StepStatus.OPEN:
            continue
        given = account.last.get(step.id)
        if given is None or (given.task_id, given.agent) != (step.attempt.task_id, step.attempt.agent or CHILD_AGENT):
            return f"step {step.id} has {step.attempt.task_id} of {step.attempt.agent}, given was {given}"
    return ""


RULES = (
    attempts_only_grow,
    what_is_withdrawn_is_told,
    a_result_counts_once_for_its_own_attempt,
    the_first_answer_stands,
    shared_state_is_what_counted_results_decided,
    what_was_found_is_kept,
    nothing_starts_before_its_time,
    guards_are_kept,
    loops_close_when_they_may,
    what_is_open_is_what_was_last_given,
    what_is_open_is_looked_after,
)
