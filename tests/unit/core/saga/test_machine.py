"""The saga state machine, event by event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from creatorflow_orchestrator.core.errors import ImpossibleEvent
from creatorflow_orchestrator.core.plan import Loop, Pattern, Plan, Step, StepType
from creatorflow_orchestrator.core.saga.machine import advance, wake_at
from creatorflow_orchestrator.core.state.commands import (
    CancelTask,
    Command,
    Conclude,
    CountConsumers,
    DispatchTask,
    Record,
    Refuse,
    StartChild,
)
from creatorflow_orchestrator.core.state.events import (
    CancelRequested,
    Event,
    RequestSubmitted,
    TaskClaimed,
    TaskFailed,
    TaskHeartbeat,
    TaskSucceeded,
    Ticked,
)
from creatorflow_orchestrator.core.state.roster import EMPTY_ROSTER, Roster
from creatorflow_orchestrator.core.state.saga_state import (
    Definition,
    Failure,
    FailureKind,
    Saga,
    SagaStatus,
    StepStatus,
)
from creatorflow_orchestrator.core.state.transition import task_id

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAGA = UUID("6f1d2c1e-0000-4000-8000-000000000002")


def step(name: str, *depends_on: str, agent: str = "", **fields: object) -> Step:
    return Step(name, agent or f"{name}-agent", StepType.SUPPORTING, "do it", depends_on=depends_on, **fields)  # type: ignore[arg-type]


class Run:
    """A saga under test; every method applies one event and returns the resulting commands."""

    def __init__(
        self, *steps: Step, loops: tuple[Loop, ...] = (), roster: Roster = EMPTY_ROSTER, **fields: object
    ) -> None:
        self.roster = roster
        plan = Plan(Pattern.SEQUENTIAL, steps, loops=loops)
        self.definition = Definition("do it", "digest", plan, START, START + timedelta(hours=1), **fields)  # type: ignore[arg-type]
        self.at = START
        self.saga: Saga
        self.saga, self.first = advance(None, RequestSubmitted(SAGA, START, self.definition), roster)

    def give(self, event: Event) -> tuple[Command, ...]:
        self.saga, commands = advance(self.saga, event, self.roster)
        return commands

    def task(self, name: str, attempt: int | None = None) -> UUID:
        state = self.saga.steps[name]
        return task_id(SAGA, name, state.iteration, attempt or state.attempt.number)

    def succeed(self, name: str, output: dict[str, object] | None = None, **fields: object) -> tuple[Command, ...]:
        agent = self.saga.steps[name].attempt.agent or "saga"
        given = {"task_id": self.task(name), "agent": agent, "digest": "d", "output": output or {}} | fields
        return self.give(TaskSucceeded(at=self.at, **given))  # type: ignore[arg-type]

    def fail(self, name: str, kind: FailureKind = FailureKind.RETRYABLE, **fields: object) -> tuple[Command, ...]:
        about = {key: fields.pop(key) for key in ("retry_after_ms", "missing", "details") if key in fields}
        failure = Failure(kind, "it broke", **about)  # type: ignore[arg-type]
        given = {"task_id": self.task(name), "digest": "f", "jitter": 0.5} | fields
        return self.give(TaskFailed(at=self.at, failure=failure, **given))  # type: ignore[arg-type]

    def tick(self, at: datetime | None = None) -> tuple[Command, ...]:
        moment = at or wake_at(self.saga)
        assert moment is not None
        self.at = moment
        return self.give(Ticked(moment))

    def status(self, name: str) -> StepStatus:
        return self.saga.steps[name].status


def dispatched(commands: tuple[Command, ...]) -> list[str]:
    return [command.step for command in commands if isinstance(command, DispatchTask)]


def refused(commands: tuple[Command, ...]) -> list[str]:
    return [command.code for command in commands if isinstance(command, Refuse)]


def recorded(commands: tuple[Command, ...]) -> list[str]:
    return [command.event for command in commands if isinstance(command, Record)]


def concluded(commands: tuple[Command, ...]) -> list[SagaStatus]:
    return [command.status for command in commands if isinstance(command, Conclude)]


def test_a_submitted_request_is_accepted_and_planned_and_its_free_steps_are_dispatched() -> None:
    run = Run(step("orders"), step("ui"), step("tests", "orders", "ui"))
    assert recorded(run.first) == ["accepted", "planned", "step_dispatched", "step_dispatched"]
    assert dispatched(run.first) == ["orders", "ui"]


def test_a_step_starts_when_everything_it_depends_on_has_succeeded() -> None:
    run = Run(step("orders"), step("ui"), step("tests", "orders", "ui"))
    assert dispatched(run.succeed("orders")) == []
    assert dispatched(run.succeed("ui")) == ["tests"]
    assert concluded(run.succeed("tests")) == [SagaStatus.COMPLETED]


def test_a_dry_run_dispatches_nothing_and_ends_at_once() -> None:
    run = Run(step("orders"), dry_run=True)
    assert dispatched(run.first) == []
    assert concluded(run.first) == [SagaStatus.COMPLETED]


def test_the_same_id_with_another_request_is_refused_and_changes_nothing() -> None:
    run = Run(step("orders"))
    other = Definition("something else", "other digest", run.definition.plan, START, START + timedelta(hours=1))
    with pytest.raises(ImpossibleEvent):
        run.give(RequestSubmitted(SAGA, START, other))


def test_an_event_for_an_unknown_saga_is_refused() -> None:
    with pytest.raises(ImpossibleEvent):
        advance(None, CancelRequested(START, "why not"))


def test_a_repeated_result_is_a_duplicate() -> None:
    run = Run(step("orders"), step("ui", "orders"))
    run.succeed("orders")
    assert run.succeed("orders") == ()


def test_a_different_result_for_the_same_attempt_is_a_conflict_and_the_first_is_kept() -> None:
    run = Run(step("orders"), step("ui", "orders"))
    run.succeed("orders")
    assert refused(run.succeed("orders", digest="another")) == ["CONFLICTING_RESULT"]
    assert run.saga.steps["orders"].attempt.digest == "d"


def test_a_success_after_a_failure_of_the_same_attempt_is_a_conflict() -> None:
    run = Run(step("orders"))
    run.fail("orders")
    assert refused(run.succeed("orders")) == ["CONFLICTING_RESULT"]


def test_a_result_for_a_superseded_attempt_is_late() -> None:
    run = Run(step("orders"))
    run.fail("orders")
    run.tick()
    assert refused(run.succeed("orders", task_id=run.task("orders", attempt=1))) == ["LATE_RESULT"]
    assert run.status("orders") is StepStatus.OPEN


def test_a_result_after_the_end_is_late() -> None:
    run = Run(step("orders"))
    run.give(CancelRequested(START, "enough"))
    assert refused(run.succeed("orders")) == ["LATE_RESULT"]


def test_only_the_assigned_agent_may_answer_a_task() -> None:
    run = Run(step("orders"))
    assert refused(run.succeed("orders", agent="stranger")) == ["SENDER_NOT_ALLOWED"]
    assert run.status("orders") is StepStatus.OPEN


def test_a_failed_attempt_is_retried_after_a_jittered_doubling_pause() -> None:
    run = Run(step("orders"))
    pauses = []
    for attempt in (1, 2, 3):
        run.fail("orders", digest=f"f{attempt}")
        retry_at = run.saga.steps["orders"].attempt.retry_at
        assert retry_at is not None
        pauses.append((retry_at - run.at).total_seconds())
        assert dispatched(run.tick()) == ["orders"]
    assert pauses == [0.5, 1.0, 2.0]


def test_after_three_retries_a_required_step_ends_the_saga_and_succeeded_results_are_kept() -> None:
    run = Run(step("orders"), step("ui"))
    run.succeed("ui")
    for _ in range(3):
        run.fail("orders")
        run.tick()
    assert concluded(run.fail("orders")) == [SagaStatus.FAILED]
    assert run.saga.steps["orders"].attempt.number == 4
    assert run.status("ui") is StepStatus.SUCCEEDED
    assert "orders" in run.saga.reason


def test_a_failed_optional_step_degrades_the_saga_and_the_others_continue() -> None:
    run = Run(step("orders", optional=True), step("ui", "orders"))
    assert dispatched(run.fail("orders", FailureKind.PERMANENT)) == ["ui"]
    assert concluded(run.succeed("ui")) == [SagaStatus.COMPLETED]
    assert run.status("orders") is StepStatus.FAILED


def test_a_permanent_failure_is_not_retried() -> None:
    run = Run(step("orders"))
    assert concluded(run.fail("orders", FailureKind.PERMANENT)) == [SagaStatus.FAILED]


def test_an_agents_retry_delay_is_respected() -> None:
    run = Run(step("orders"))
    run.fail("orders", retry_after_ms=90_000)
    assert run.saga.steps["orders"].attempt.retry_at == START + timedelta(seconds=90)


def waited(run: Run) -> tuple[Command, ...]:
    """Return the commands of the next tick, where a step waits for one."""
    return run.tick() if run.status("orders") is StepStatus.RETRYING else ()


def test_released_work_costs_no_retry() -> None:
    run = Run(step("orders"))
    for _ in range(20):
        assert dispatched((*run.fail("orders", FailureKind.RELEASED), *waited(run))) == ["orders"]
    assert run.saga.steps["orders"].failures == 0
    assert run.status("orders") is StepStatus.OPEN


def test_silence_after_a_claim_starts_the_next_attempt_and_heartbeats_postpone_it() -> None:
    run = Run(step("orders"))
    run.give(TaskClaimed(START, run.task("orders"), "orders-agent", "one", silence_ms=45_000))
    run.give(TaskHeartbeat(START + timedelta(seconds=30), run.task("orders"), "orders-agent", silence_ms=45_000))
    assert wake_at(run.saga) == START + timedelta(seconds=75)
    commands = run.tick()
    assert recorded(commands) == ["attempt_failed", "recovery_decided", "step_dispatched"]
    assert run.saga.steps["orders"].attempt.number == 2


def test_a_result_between_a_dead_letter_and_the_next_attempt_still_counts() -> None:
    run = Run(step("orders"))
    run.fail("orders", FailureKind.UNKNOWN, digest="")
    assert run.status("orders") is StepStatus.RETRYING
    assert concluded(run.succeed("orders")) == [SagaStatus.COMPLETED]


def test_the_late_result_of_a_frozen_agent_is_superseded() -> None:
    run = Run(step("orders"))
    run.give(TaskClaimed(START, run.task("orders"), "orders-agent", "one"))
    run.tick()
    assert refused(run.succeed("orders", task_id=run.task("orders", attempt=1))) == ["LATE_RESULT"]
    assert concluded(run.succeed("orders")) == [SagaStatus.COMPLETED]


def test_an_unclaimed_attempt_has_no_time_limit_and_is_only_checked() -> None:
    run = Run(step("orders"))
    assert wake_at(run.saga) == START + timedelta(seconds=15)
    assert [type(command) for command in run.tick()] == [CountConsumers]
    assert run.saga.steps["orders"].attempt.number == 1


def test_an_instance_that_works_on_a_superseded_attempt_is_cancelled() -> None:
    run = Run(step("orders"))
    run.fail("orders")
    run.tick()
    old = run.task("orders", attempt=1)
    commands = run.give(TaskHeartbeat(START, old, "orders-agent"))
    assert commands == (CancelTask("orders-agent", old, "this attempt is no longer current"),)


def test_cancelling_withdraws_open_attempts_and_concludes_once() -> None:
    run = Run(step("orders"), step("ui", "orders"))
    commands = run.give(CancelRequested(START, "changed my mind"))
    assert [command.agent for command in commands if isinstance(command, CancelTask)] == ["orders-agent"]
    assert concluded(commands) == [SagaStatus.CANCELLED]
    assert run.give(CancelRequested(START, "again")) == ()


def test_the_deadline_ends_the_saga_as_failed() -> None:
    run = Run(step("orders"))
    assert concluded(run.tick(run.definition.deadline)) == [SagaStatus.FAILED]
    assert run.saga.reason == "the deadline came"


def test_the_first_decision_is_in_force_until_its_owner_decides() -> None:
    run = Run(step("orders"), step("database"), step("ui"), owners={"id_type": "database-agent"})
    run.succeed("orders", decisions={"id_type": "bigint"})
    run.succeed("ui", decisions={"id_type": "text"})
    assert run.saga.decisions["id_type"].value == "bigint"
    commands = run.succeed("database", decisions={"id_type": "uuid"})
    assert "decision_contested" in recorded(commands)
    assert (run.saga.decisions["id_type"].value, run.saga.decisions["id_type"].by) == ("uuid", "database-agent")


def test_a_false_guard_skips_its_step_and_all_steps_that_depend_on_it_alone() -> None:
    run = Run(
        step("tests"),
        step("deploy", "tests", when="results.tests.output.passed"),
        step("announce", "deploy"),
        step("repair", "tests", when="!results.tests.output.passed"),
    )
    assert dispatched(run.succeed("tests", {"passed": False})) == ["repair"]
    assert run.status("deploy") is StepStatus.SKIPPED
    assert run.status("announce") is StepStatus.SKIPPED
    assert concluded(run.succeed("repair")) == [SagaStatus.COMPLETED]


def test_a_loop_runs_until_its_check_holds_and_then_releases_waiting_steps() -> None:
    run = Run(
        step("write"),
        step("review", "write"),
        step("ship", "review"),
        loops=(Loop(("write", "review"), "results.review.output.good", 5),),
    )
    run.succeed("write")
    assert dispatched(run.succeed("review", {"good": False})) == ["write"]
    run.succeed("write")
    assert dispatched(run.succeed("review", {"good": True})) == ["ship"]
    assert run.saga.steps["review"].iteration == 2


def test_a_loop_at_its_limit_fails_with_the_check_that_never_held() -> None:
    run = Run(step("write"), loops=(Loop(("write",), "results.write.output.good", 2),))
    run.succeed("write", {"good": False})
    assert concluded(run.succeed("write", {"good": False})) == [SagaStatus.FAILED]
    assert run.saga.reason == "step write failed: after 2 rounds, the limit: good of step write is false"


def test_a_guard_that_cannot_be_evaluated_fails_its_step_with_the_reason() -> None:
    run = Run(step("tests"), step("deploy", "tests", when="results.tests.output.missing"))
    assert concluded(run.succeed("tests", {})) == [SagaStatus.FAILED]
    assert "guard" in run.saga.reason


def test_a_step_without_an_agent_is_a_child_saga_with_the_id_of_the_attempt() -> None:
    run = Run(Step("shop", "", StepType.PRIMARY, "build the shop", request="build the shop"))
    assert run.first[-1] == StartChild("shop", run.task("shop"), 1)
    assert concluded(run.succeed("shop", agent="saga")) == [SagaStatus.COMPLETED]


def test_the_id_of_an_attempt_is_deterministic() -> None:
    assert task_id(SAGA, "orders", 1, 1) == task_id(SAGA, "orders", 1, 1)
    assert len({task_id(SAGA, "orders", 1, 1), task_id(SAGA, "orders", 1, 2), task_id(SAGA, "orders", 2, 1)}) == 3
    assert task_id(uuid4(), "orders", 1, 1) != task_id(SAGA, "orders", 1, 1)


def test_only_the_assigned_agent_may_report_a_failure() -> None:
    run = Run(step("orders"))
    assert refused(run.fail("orders", FailureKind.PERMANENT, agent="stranger")) == ["SENDER_NOT_ALLOWED"]
    assert run.status("orders") is StepStatus.OPEN
    assert concluded(run.fail("orders", FailureKind.PERMANENT, agent="orders-agent")) == [SagaStatus.FAILED]


def test_only_the_assigned_agent_may_claim_a_task() -> None:
    run = Run(step("orders"))
    claim = TaskClaimed(START, run.task("orders"), "stranger", "one")
    assert refused(run.give(claim)) == ["SENDER_NOT_ALLOWED"]
    assert run.saga.steps["orders"].attempt.claimed_by is None


def test_another_agents_heartbeat_keeps_no_claim_alive_and_is_answered_with_a_cancellation() -> None:
    run = Run(step("orders"))
    task = run.task("orders")
    run.give(TaskClaimed(START, task, "orders-agent", "one"))
    silent_at = run.saga.steps["orders"].attempt.silent_at
    commands = run.give(TaskHeartbeat(START + timedelta(seconds=30), task, "stranger"))
    assert [command.agent for command in commands if isinstance(command, CancelTask)] == ["stranger"]
    assert run.saga.steps["orders"].attempt.silent_at == silent_at


def test_a_delayed_heartbeat_does_not_shorten_the_silence_limit() -> None:
    run = Run(step("orders"))
    task = run.task("orders")
    run.give(TaskClaimed(START + timedelta(seconds=20), task, "orders-agent", "one", silence_ms=45_000))
    run.give(TaskHeartbeat(START, task, "orders-agent", silence_ms=45_000))
    assert run.saga.steps["orders"].attempt.silent_at == START + timedelta(seconds=65)


def test_a_dead_lettered_attempt_is_counted_once_though_its_agent_reports_a_failure_too() -> None:
    run = Run(step("orders"))
    run.fail("orders", FailureKind.UNKNOWN, digest="")
    run.fail("orders", agent="orders-agent")
    assert run.saga.steps["orders"].failures == 1
    assert run.fail("orders", agent="orders-agent") == ()


def test_a_dead_lettered_attempt_with_a_permanent_failure_is_not_retried() -> None:
    run = Run(step("orders"))
    run.fail("orders", FailureKind.UNKNOWN, digest="")
    assert concluded(run.fail("orders", FailureKind.PERMANENT)) == [SagaStatus.FAILED]


def test_only_a_child_saga_may_answer_its_own_step() -> None:
    run = Run(Step("shop", "", StepType.PRIMARY, "build the shop", request="build the shop"))
    assert refused(run.succeed("shop", agent="stranger")) == ["SENDER_NOT_ALLOWED"]
    assert run.status("shop") is StepStatus.OPEN
