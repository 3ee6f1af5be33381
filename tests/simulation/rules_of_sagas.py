"""What must be true of a saga as a whole after every step."""

from __future__ import annotations

from datetime import datetime, timedelta

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.saga.machine import wake_at
from creatorflow_orchestrator.core.state.commands import (
    CancelChild,
    CancelTask,
    Conclude,
    CountConsumers,
    Record,
    Refuse,
)
from creatorflow_orchestrator.core.state.events import RequestSubmitted, Ticked
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga, SagaStatus, StepStatus
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode, encode

from .account import Account
from .moment import GOING, Moment

LATEST = timedelta(seconds=30)
"""After its deadline no request is open."""


def numbers_grow_by_one(moment: Moment, account: Account) -> str:
    """The history has no gap, and ends with the saga's own number."""
    first = moment.before.seq if moment.before else 0
    numbers = [command.seq for command in moment.commands if isinstance(command, Record | Conclude)]
    right = numbers == list(range(first + 1, moment.after.seq + 1))
    return "" if right else f"{numbers} after {first}, and the saga says {moment.after.seq}"


def final_stays_final(moment: Moment, account: Account) -> str:
    """Nothing changes in a final saga, and nothing is asked for but to stop and to refuse."""
    if moment.before is None or not moment.before.status.final:
        return ""
    if moment.after is not moment.before:
        return "it changed"
    odd = [command for command in moment.commands if not isinstance(command, Refuse | CancelTask | CancelChild)]
    return f"it commands {odd}" if odd else ""


def a_saga_ends_once_and_says_so_last(moment: Moment, account: Account) -> str:
    """`Conclude` comes with the end, once, as the last entry; nothing is going on afterwards."""
    ends = [command for command in moment.commands if isinstance(command, Conclude)]
    ended = moment.after.status.final and not (moment.before and moment.before.status.final)
    if len(ends) != ended:
        return f"{len(ends)} conclusions where the saga is {moment.after.status.value}"
    if not ended:
        return ""
    if ends[0].seq != moment.after.seq or ends[0].status is not moment.after.status:
        return f"{ends[0]} for {moment.after.status.value} at {moment.after.seq}"
    going = [step.id for step in moment.after.steps.values() if step.status in GOING]
    return f"{going} are going on" if going else ""


def a_refusal_changes_nothing(moment: Moment, account: Account) -> str:
    """What goes to quarantine does not count, and says why."""
    refusals = [command for command in moment.commands if isinstance(command, Refuse)]
    if not refusals:
        return ""
    if moment.after is not moment.before or len(moment.commands) > 1:
        return f"it changed the saga: {refusals}"
    return "" if refusals[0].message else "it has no reason"


def an_open_saga_is_always_woken(moment: Moment, account: Account) -> str:
    """`wake_at` is a moment for every saga that is not final, at the latest when its time is over; none afterwards."""
    wake = wake_at(moment.after)
    if moment.after.status.final:
        return f"a final saga waits for {wake}" if wake is not None else ""
    if wake is None:
        return "nothing will wake it"
    last = last_moment(moment.after)
    if wake > last:
        return f"it is woken at {wake}, after {last}"
    if last > max(moment.after.definition.deadline, moment.event.at) + LATEST:
        return f"it may go on until {last}"
    return ""


def last_moment(saga: Saga) -> datetime:
    """When it ends whatever happens."""
    return saga.definition.deadline if saga.ending is None else saga.ending.until


def somebody_is_at_it(moment: Moment, account: Account) -> str:
    """A saga that goes on has a step that is open, waits for its next attempt, or rests until a person speaks."""
    saga = moment.after
    if saga.status.final:
        return ""
    undoing = saga.status is SagaStatus.COMPENSATING
    steps = [step for step in saga.plan.steps if not undoing or step.type is StepType.COMPENSATION]
    if any(saga.steps[step.id].status in GOING for step in steps):
        return ""
    return f"it is {saga.status.value} and nothing goes on: {[(k, v.status.value) for k, v in saga.steps.items()]}"


def a_tick_does_what_is_due(moment: Moment, account: Account) -> str:
    """What it was woken for is done; else it would be woken for ever. Before its time it does nothing."""
    if not isinstance(moment.event, Ticked) or moment.before is None:
        return ""
    wake = wake_at(moment.before)
    due = wake is not None and wake <= moment.event.at
    if due and moment.after is moment.before:
        return f"woken at {moment.event.at} for {wake}, it does nothing"
    if not due and (moment.after is not moment.before or moment.commands):
        return f"it is not {wake} yet, and it does {moment.commands}"
    return ""


def a_completed_saga_lacks_nothing_required(moment: Moment, account: Account) -> str:
    """Completed: all has settled and nothing required is dead. Otherwise there is a reason."""
    saga = moment.after
    if not saga.status.final or saga.definition.dry_run:
        return ""
    if saga.status is not SagaStatus.COMPLETED:
        return "" if saga.reason else f"it is {saga.status.value} and does not say why"
    for step in saga.plan.steps:
        status = saga.steps[step.id].status
        if not status.resolved or (status in (StepStatus.FAILED, StepStatus.CANCELLED) and not step.optional):
            return f"completed, and {step.id} is {status.value}"
    return ""


def only_agents_are_counted(moment: Moment, account: Account) -> str:
    """Consumers are asked for of agents, and of somebody."""
    asked = [command for command in moment.commands if isinstance(command, CountConsumers)]
    odd = [each for each in asked if not each.agents or "" in each.agents or CHILD_AGENT in each.agents]
    return f"{odd}" if odd else ""


def a_plan_stays_a_plan(moment: Moment, account: Account) -> str:
    """What recovery and compensation add keeps the plan in order, and takes nothing from it."""
    plan, seen = moment.after.plan, set[str]()
    if moment.before is not None and plan is moment.before.plan:
        return ""
    for step in plan.steps:
        if not seen.issuperset(step.depends_on):
            return f"{step.id} stands before what it depends on"
        seen.add(step.id)
    if seen != set(moment.after.steps) or len(seen) != len(plan.steps):
        return "plan and steps differ"
    planned = {step.id: step for step in plan.steps}
    for step in moment.after.definition.plan.steps:
        if not set(step.depends_on) <= set(planned[step.id].depends_on):
            return f"{step.id} has lost a dependency"
    return ""


def reading_is_what_was_written(moment: Moment, account: Account) -> str:
    """The store gives back the saga that it was given."""
    if moment.after is moment.before:
        return ""
    held = SagaRecord(moment.after, "reply", {"traceparent": "trace"})
    return "" if decode(encode(held)) == held else "it differs"


def time_is_kept(moment: Moment, account: Account) -> str:
    """A request begins as what it is, and every entry bears the time of its event."""
    if isinstance(moment.event, RequestSubmitted) and moment.before is None and not moment.commands:
        return "an accepted request says nothing"
    return "" if all(record.at == moment.event.at for record in moment.records) else "an entry bears another time"


RULES = (
    numbers_grow_by_one,
    final_stays_final,
    a_saga_ends_once_and_says_so_last,
    a_refusal_changes_nothing,
    an_open_saga_is_always_woken,
    somebody_is_at_it,
    a_tick_does_what_is_due,
    a_completed_saga_lacks_nothing_required,
    only_agents_are_counted,
    a_plan_stays_a_plan,
    reading_is_what_was_written,
    time_is_kept,
)
