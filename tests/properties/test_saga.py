"""Invariants of every saga, over random events."""

from __future__ import annotations

from collections import Counter

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.recovery.policy import BUDGET
from creatorflow_orchestrator.core.saga.machine import advance, wake_at
from creatorflow_orchestrator.core.state.commands import Conclude, DispatchTask, Record, Refuse
from creatorflow_orchestrator.core.state.events import (
    CancelRequested,
    ConsumersCounted,
    Event,
    RequestSubmitted,
    StepCommanded,
    TaskSucceeded,
    Ticked,
)
from creatorflow_orchestrator.core.state.saga_state import OnFailure, Saga, SagaStatus, StepStatus
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode, encode
from hypothesis import given
from hypothesis import strategies as st

from .random_sagas import ROSTER, World, any_event, plans


def random_world(data: st.DataObject, most: int = 25) -> World:
    """Return a saga after up to `most` random events."""
    world = World.begin(data.draw(plans()), data.draw(st.sampled_from(OnFailure)))
    for _ in range(data.draw(st.integers(0, most))):
        world.give(data.draw(any_event(world)))
    return world


def replayed(events: list[Event]) -> Saga:
    """Return the saga to which the same events lead."""
    saga: Saga | None = None
    for event in events:
        saga, _ = advance(saga, event, ROSTER)
    assert saga is not None
    return saga


@given(st.data())
def test_the_same_events_lead_to_the_same_saga_state(data: st.DataObject) -> None:
    world = random_world(data)
    assert replayed(world.events) == world.saga


@given(st.data())
def test_a_saga_read_back_after_a_crash_continues_unchanged(data: st.DataObject) -> None:
    world = random_world(data)
    stored = SagaRecord(world.saga, "reply", {"traceparent": "trace"})
    assert decode(encode(stored)) == stored
    for _ in range(data.draw(st.integers(0, 10))):
        world.restart()
        world.give(data.draw(any_event(world)))
    assert replayed(world.events) == world.saga


@given(st.data())
def test_a_duplicate_message_changes_nothing(data: st.DataObject) -> None:
    """Ticks and consumer counts are no messages: a second tick does the work that the first has made due."""
    world = random_world(data)
    event = data.draw(any_event(world).filter(lambda event: not isinstance(event, Ticked | ConsumersCounted)))
    world.give(event)
    once, dispatched = world.saga, len(world.tasks)
    world.give(event)
    assert world.saga.steps == once.steps
    assert world.saga.seq == once.seq
    assert len(world.tasks) == dispatched


@given(st.data())
def test_a_final_state_never_changes(data: st.DataObject) -> None:
    world = random_world(data)
    world.give(CancelRequested(world.now, "enough"))
    world.let_time_end()
    final = world.saga
    assert final.status.final
    for _ in range(5):
        commands = world.give(data.draw(any_event(world)))
        assert not any(isinstance(command, Record | DispatchTask | Conclude) for command in commands)
    assert world.saga == final
    assert wake_at(final) is None


@given(st.data())
def test_every_saga_ends_by_its_deadline_and_concludes_once(data: st.DataObject) -> None:
    world = random_world(data)
    world.let_time_end()
    assert world.saga.status.final
    assert len(world.conclusions) == 1
    assert world.conclusions[0].seq == world.saga.seq


@given(st.data())
def test_a_saga_whose_agents_all_answer_and_whose_parked_steps_are_skipped_ends_before_its_deadline(
    data: st.DataObject,
) -> None:
    world = random_world(data, most=8)
    for _ in range(200):
        if world.saga.status.final:
            break
        open_tasks = [task for task in world.tasks if _is_open(world.saga, task)]
        parked = [step.id for step in world.saga.steps.values() if step.status is StepStatus.PARKED]
        for task in open_tasks:
            world.give(TaskSucceeded(world.now, task.task_id, task.agent, "last", {"go": True}))
        for name in parked:
            world.give(StepCommanded(world.now, name, "skip"))
        if not open_tasks and not parked:
            world.skip_to_wake()
            world.give(Ticked(world.now))
    assert world.saga.status.final
    assert world.now < world.saga.definition.deadline


@given(st.data())
def test_failures_stay_within_the_budget_and_each_is_decided(data: st.DataObject) -> None:
    world = random_world(data, most=60)
    assert all(step.failures <= BUDGET for step in world.saga.steps.values())
    expired = sum(record.data["kind"] == "expired" for record in world.records("attempt_failed"))
    assert len(world.records("attempt_failed")) == len(world.records("recovery_decided")) + expired


@given(st.data())
def test_succeeded_steps_are_compensated_in_reverse_when_the_saga_does_not_complete(
    data: st.DataObject,
) -> None:
    world = random_world(data, most=30)
    world.let_time_end()
    compensations = [step for step in world.saga.plan.steps if step.type is StepType.COMPENSATION]
    if world.saga.status is SagaStatus.COMPLETED:
        assert not compensations
        return
    can_be = {step.id for step in world.saga.plan.steps if step.compensate}
    done = [record.step for record in world.records("step_succeeded") if record.step in can_be]
    order = list(dict.fromkeys(reversed(done)))  # ordered by each step's last success
    assert [step.depends_on[0] for step in compensations] == order


@given(st.data())
def test_no_attempt_is_dispatched_twice_or_before_its_dependencies_are_final(data: st.DataObject) -> None:
    world = World.begin(data.draw(plans()))
    assert _ready(world, world.tasks)
    for _ in range(data.draw(st.integers(0, 40))):
        before = len(world.tasks)
        world.give(data.draw(any_event(world)))
        assert _ready(world, world.tasks[before:])
    assert max(Counter(task.task_id for task in world.tasks).values(), default=1) == 1


@given(st.data())
def test_a_result_counts_once_for_its_own_attempt(data: st.DataObject) -> None:
    world = random_world(data, most=40)
    counted = Counter((record.step, record.attempt) for record in world.records("step_succeeded"))
    assert max(counted.values(), default=1) == 1


@given(st.data())
def test_the_history_has_no_gap_and_ends_with_the_saga(data: st.DataObject) -> None:
    world = random_world(data, most=40)
    numbers = [command.seq for command in world.commands if isinstance(command, Record | Conclude)]
    assert numbers == list(range(1, world.saga.seq + 1))


@given(st.data())
def test_a_failed_saga_names_the_failed_steps_and_keeps_succeeded_results(data: st.DataObject) -> None:
    world = random_world(data, most=40)
    succeeded = {record.step for record in world.records("step_succeeded")}
    if world.saga.status is SagaStatus.FAILED:
        assert world.saga.reason
    for step in world.saga.steps.values():
        if step.status is StepStatus.SUCCEEDED:
            assert step.id in succeeded
            assert step.result_seq is not None
        if world.saga.status.final:
            assert step.status not in (StepStatus.OPEN, StepStatus.RETRYING)


@given(st.data())
def test_a_message_that_cannot_count_is_refused_with_a_documented_code(data: st.DataObject) -> None:
    world = random_world(data, most=40)
    codes = {command.code for command in world.commands if isinstance(command, Refuse)}
    known = {"LATE_RESULT", "CONFLICTING_RESULT", "SENDER_NOT_ALLOWED", "STEP_UNKNOWN", "STEP_SETTLED"}
    assert codes <= known


@given(plans())
def test_a_resubmitted_request_is_the_same_saga(plan: object) -> None:
    world = World.begin(plan)  # type: ignore[arg-type]
    submitted = world.events[0]
    assert isinstance(submitted, RequestSubmitted)
    before = world.saga
    assert world.give(submitted) == ()
    assert world.saga is before


def _is_open(saga: Saga, task: DispatchTask) -> bool:
    step = saga.steps[task.step]
    return step.attempt.task_id == task.task_id and step.status is StepStatus.OPEN


def _ready(world: World, tasks: list[DispatchTask]) -> bool:
    """Return True if all dependencies of these tasks' steps are final; the same transition may have ended them."""
    needed = [dependency for task in tasks for dependency in world.saga.plan.step(task.step).depends_on]
    return world.saga.status.final or all(world.saga.steps[dependency].finished_at is not None for dependency in needed)
