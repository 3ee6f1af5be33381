"""Rules of a saga as a whole, checked after every transition."""

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

from .reference_model import ReferenceModel
from .transition import ACTIVE, Transition

LATEST = timedelta(seconds=30)
"""The latest end of a request, after its deadline."""


def sequence_numbers_have_no_gap(transition: Transition, model: ReferenceModel) -> str:
    """The history has no gap, and ends with the saga's own number."""
    first = transition.before.seq if transition.before else 0
    numbers = [command.seq for command in transition.commands if isinstance(command, Record | Conclude)]
    right = numbers == list(range(first + 1, transition.after.seq + 1))
    return "" if right else f"{numbers} after {first}, and the saga has {transition.after.seq}"


def final_stays_final(transition: Transition, model: ReferenceModel) -> str:
    """Nothing changes in a final saga, and it commands nothing but cancels and refusals."""
    if transition.before is None or not transition.before.status.final:
        return ""
    if transition.after is not transition.before:
        return "it changed"
    odd = [command for command in transition.commands if not isinstance(command, Refuse | CancelTask | CancelChild)]
    return f"it commands {odd}" if odd else ""


def a_saga_concludes_once_in_its_last_entry(transition: Transition, model: ReferenceModel) -> str:
    """`Conclude` comes with the end, once, as the last entry; no step is active afterwards."""
    ends = [command for command in transition.commands if isinstance(command, Conclude)]
    ended = transition.after.status.final and not (transition.before and transition.before.status.final)
    if len(ends) != ended:
        return f"{len(ends)} conclusions where the saga is {transition.after.status.value}"
    if not ended:
        return ""
    if ends[0].seq != transition.after.seq or ends[0].status is not transition.after.status:
        return f"{ends[0]} for {transition.after.status.value} at {transition.after.seq}"
    active = [step.id for step in transition.after.steps.values() if step.status in ACTIVE]
    return f"{active} are active" if active else ""


def a_refusal_changes_nothing(transition: Transition, model: ReferenceModel) -> str:
    """A refused message changes nothing, and the refusal has a reason."""
    refusals = [command for command in transition.commands if isinstance(command, Refuse)]
    if not refusals:
        return ""
    if transition.after is not transition.before or len(transition.commands) > 1:
        return f"it changed the saga: {refusals}"
    return "" if refusals[0].message else "it has no reason"


def an_open_saga_is_always_woken(transition: Transition, model: ReferenceModel) -> str:
    """`wake_at` is set for every saga that is not final, at the latest to its latest end; `None` for final ones."""
    wake = wake_at(transition.after)
    if transition.after.status.final:
        return f"a final saga waits for {wake}" if wake is not None else ""
    if wake is None:
        return "nothing will wake it"
    last = latest_end(transition.after)
    if wake > last:
        return f"it is woken at {wake}, after {last}"
    if last > max(transition.after.definition.deadline, transition.event.at) + LATEST:
        return f"it may go on until {last}"
    return ""


def latest_end(saga: Saga) -> datetime:
    """The time at which the saga ends at the latest."""
    return saga.definition.deadline if saga.ending is None else saga.ending.until


def an_open_saga_has_an_active_step(transition: Transition, model: ReferenceModel) -> str:
    """A saga that is not final has a step that is open, retrying, or parked."""
    saga = transition.after
    if saga.status.final:
        return ""
    undoing = saga.status is SagaStatus.COMPENSATING
    steps = [step for step in saga.plan.steps if not undoing or step.type is StepType.COMPENSATION]
    if any(saga.steps[step.id].status in ACTIVE for step in steps):
        return ""
    return f"it is {saga.status.value} and nothing goes on: {[(k, v.status.value) for k, v in saga.steps.items()]}"


def a_tick_does_what_is_due(transition: Transition, model: ReferenceModel) -> str:
    """A tick changes a saga that is due, else it would be woken for ever; before its time it changes nothing."""
    if not isinstance(transition.event, Ticked) or transition.before is None:
        return ""
    wake = wake_at(transition.before)
    due = wake is not None and wake <= transition.event.at
    if due and transition.after is transition.before:
        return f"woken at {transition.event.at} for {wake}, it does nothing"
    if not due and (transition.after is not transition.before or transition.commands):
        return f"it is not {wake} yet, and it does {transition.commands}"
    return ""


def a_completed_saga_lacks_nothing_required(transition: Transition, model: ReferenceModel) -> str:
    """Completed: all steps are resolved and no required one has failed. Otherwise there is a reason."""
    saga = transition.after
    if not saga.status.final or saga.definition.dry_run:
        return ""
    if saga.status is not SagaStatus.COMPLETED:
        return "" if saga.reason else f"it is {saga.status.value} without a reason"
    for step in saga.plan.steps:
        status = saga.steps[step.id].status
        if not status.resolved or (status in (StepStatus.FAILED, StepStatus.CANCELLED) and not step.optional):
            return f"completed, and {step.id} is {status.value}"
    return ""


def consumers_are_counted_for_agents_only(transition: Transition, model: ReferenceModel) -> str:
    """Consumers are counted for at least one agent, and for agents only."""
    counts = [command for command in transition.commands if isinstance(command, CountConsumers)]
    odd = [count for count in counts if not count.agents or "" in count.agents or CHILD_AGENT in count.agents]
    return f"{odd}" if odd else ""


def a_changed_plan_stays_valid(transition: Transition, model: ReferenceModel) -> str:
    """Steps added by recovery and compensation keep the plan in order and remove nothing from it."""
    plan, seen = transition.after.plan, set[str]()
    if transition.before is not None and plan is transition.before.plan:
        return ""
    for step in plan.steps:
        if not seen.issuperset(step.depends_on):
            return f"{step.id} stands before what it depends on"
        seen.add(step.id)
    if seen != set(transition.after.steps) or len(seen) != len(plan.steps):
        return "plan and steps differ"
    planned = {step.id: step for step in plan.steps}
    for step in transition.after.definition.plan.steps:
        if not set(step.depends_on) <= set(planned[step.id].depends_on):
            return f"{step.id} has lost a dependency"
    return ""


def a_saga_is_stored_without_loss(transition: Transition, model: ReferenceModel) -> str:
    """Decoding an encoded saga gives the same saga."""
    if transition.after is transition.before:
        return ""
    record = SagaRecord(transition.after, "reply", {"traceparent": "trace"})
    return "" if decode(encode(record)) == record else "it differs"


def entries_have_the_time_of_their_event(transition: Transition, model: ReferenceModel) -> str:
    """An accepted request has commands, and every entry has the time of its event."""
    if isinstance(transition.event, RequestSubmitted) and transition.before is None and not transition.commands:
        return "an accepted request has no commands"
    return "" if all(record.at == transition.event.at for record in transition.records) else "an entry has another time"


RULES = (
    sequence_numbers_have_no_gap,
    final_stays_final,
    a_saga_concludes_once_in_its_last_entry,
    a_refusal_changes_nothing,
    an_open_saga_is_always_woken,
    an_open_saga_has_an_active_step,
    a_tick_does_what_is_due,
    a_completed_saga_lacks_nothing_required,
    consumers_are_counted_for_agents_only,
    a_changed_plan_stays_valid,
    a_saga_is_stored_without_loss,
    entries_have_the_time_of_their_event,
)
