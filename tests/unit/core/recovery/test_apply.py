"""Recovery decisions carried out: missing dependencies run first, rejected steps are repeated."""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.plan import Loop, Step, StepType
from creatorflow_orchestrator.core.state.commands import Command, DispatchTask, Record
from creatorflow_orchestrator.core.state.events import StepCommanded
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import FailureKind, OnFailure, SagaStatus, StepStatus

from tests.unit.core.saga.test_machine import Run, concluded, dispatched, recorded, step

ROSTER = Roster(
    alternatives={"orders-agent": ("spare-agent",)},
    providers={"id_type": "database-specialist", "database-specialist": "database-specialist", "ui-agent": "ui-agent"},
)


def fail_with_missing(run: Run, name: str, missing: str) -> tuple[Command, ...]:
    return run.fail(name, FailureKind.DEPENDENCY_MISSING, missing=missing)


def reasons(commands: tuple[Command, ...]) -> list[str]:
    return [
        command.message for command in commands if isinstance(command, Record) and command.event == "recovery_decided"
    ]


def check(name: str, *depends_on: str) -> Step:
    return Step(name, f"{name}-agent", StepType.VALIDATION, "check it", depends_on=depends_on)


def test_an_agent_missing_from_the_plan_is_run_first_and_its_result_reaches_the_retried_step() -> None:
    run = Run(step("orders"), step("tests", "orders"), roster=ROSTER)
    commands = fail_with_missing(run, "orders", "id_type")
    assert dispatched(commands) == ["database"]
    assert "step_added" in recorded(commands)
    assert run.status("orders") is StepStatus.WAITING
    assert dispatched(run.succeed("database")) == ["orders"]
    assert run.saga.plan.step("orders").depends_on == ("database",)
    assert [step.id for step in run.saga.plan.steps] == ["database", "orders", "tests"]
    run.succeed("orders")
    assert concluded(run.succeed("tests")) == [SagaStatus.COMPLETED]


def test_a_step_of_the_plan_that_provides_the_dependency_is_awaited_and_not_run_twice() -> None:
    run = Run(step("orders"), step("ui"), roster=ROSTER)
    assert dispatched(fail_with_missing(run, "orders", "ui-agent")) == []
    assert dispatched(run.succeed("ui")) == ["orders"]
    assert len(run.saga.steps) == 2


def test_a_step_that_has_already_provided_the_dependency_passes_on_its_result_at_once() -> None:
    run = Run(step("orders"), step("ui"), roster=ROSTER)
    run.succeed("ui")
    assert dispatched(fail_with_missing(run, "orders", "ui")) == ["orders"]


def test_a_step_that_waits_for_the_failed_step_cannot_be_run_first() -> None:
    run = Run(step("orders"), step("ui", "orders"), roster=ROSTER)
    commands = fail_with_missing(run, "orders", "ui-agent")
    assert concluded(commands) == [SagaStatus.FAILED]
    assert "a circle" in reasons(commands)[0]


def test_a_step_that_waits_for_the_loop_of_the_failed_step_cannot_be_run_first() -> None:
    run = Run(
        step("write"),
        step("review"),
        step("ui", "review"),
        loops=(Loop(("write", "review"), "results.review.output.good", 3),),
        roster=ROSTER,
    )
    assert "a circle" in reasons(fail_with_missing(run, "write", "ui-agent"))[0]


def test_a_step_inside_a_loop_that_waits_for_the_failed_step_cannot_be_run_first() -> None:
    run = Run(
        step("data"),
        step("write"),
        step("review", "write", "data"),
        loops=(Loop(("write", "review"), "results.review.output.good", 3),),
    )
    assert "a circle" in reasons(fail_with_missing(run, "data", "write"))[0]


def test_a_dependency_that_nobody_provides_fails_the_step() -> None:
    run = Run(step("orders"), roster=ROSTER)
    assert reasons(fail_with_missing(run, "orders", "moon-phase")) == ["nobody provides moon-phase"]


def test_a_dependency_is_run_once_and_a_step_that_still_misses_one_fails() -> None:
    run = Run(step("orders"), roster=ROSTER)
    fail_with_missing(run, "orders", "id_type")
    run.succeed("database")
    assert concluded(fail_with_missing(run, "orders", "id_type")) == [SagaStatus.FAILED]


def test_two_steps_with_the_same_missing_dependency_share_one_step() -> None:
    run = Run(step("orders"), step("ui"), roster=ROSTER)
    fail_with_missing(run, "orders", "id_type")
    fail_with_missing(run, "ui", "id_type")
    assert sorted(dispatched(run.succeed("database"))) == ["orders", "ui"]


def test_the_violations_of_an_output_are_sent_with_the_next_attempt() -> None:
    run = Run(step("orders"))
    commands = run.fail("orders", FailureKind.VALIDATION_ERROR, details=("data.total: is missing",))
    (task,) = [command for command in commands if isinstance(command, DispatchTask)]
    assert task.constraints == ("The last answer was refused: data.total: is missing",)


def test_a_timeout_doubles_the_time_of_the_next_attempt() -> None:
    run = Run(step("orders", timeout_ms=10_000))
    timeouts = []
    for _ in range(2):
        (task,) = [command for command in run.fail("orders", FailureKind.TIMEOUT) if isinstance(command, DispatchTask)]
        timeouts.append(task.timeout_ms)
    assert timeouts == [20_000, 40_000]


def test_a_task_that_kills_its_agent_goes_to_one_alternative_and_never_back() -> None:
    run = Run(step("orders"), roster=ROSTER)
    commands = run.fail("orders", FailureKind.CRASHED, digest="")
    assert [command.agent for command in commands if isinstance(command, DispatchTask)] == ["spare-agent"]
    assert concluded(run.fail("orders", FailureKind.CRASHED, digest="")) == [SagaStatus.FAILED]


def test_a_task_that_expired_counts_as_the_deadline() -> None:
    run = Run(step("orders"), step("ui"))
    assert concluded(run.fail("orders", FailureKind.EXPIRED, digest="")) == [SagaStatus.FAILED]
    assert run.saga.reason == "the deadline came"


def test_a_validation_that_rejects_an_output_has_it_repeated_and_validates_again() -> None:
    run = Run(step("orders"), check("tests", "orders"))
    run.succeed("orders")
    commands = run.succeed("tests", {"data": {"passed": False, "refused": {"orders": ["no state machine"]}}})
    (task,) = [command for command in commands if isinstance(command, DispatchTask)]
    assert (task.step, task.constraints) == ("orders", ("The last answer was refused: no state machine",))
    assert run.status("tests") is StepStatus.WAITING
    assert dispatched(run.succeed("orders")) == ["tests"]
    assert concluded(run.succeed("tests", {"data": {"passed": True}})) == [SagaStatus.COMPLETED]


def test_an_agent_whose_output_was_rejected_may_change_its_decision() -> None:
    run = Run(step("orders"), check("tests", "orders"))
    run.succeed("orders", decisions={"id_type": "bigint"})
    run.succeed("tests", {"data": {"refused": {"orders": "ids are to be uuid"}}})
    commands = run.succeed("orders", decisions={"id_type": "uuid"})
    assert run.saga.decisions["id_type"].value == "uuid"
    assert "decision_contested" not in recorded(commands)


def test_an_output_that_is_rejected_three_times_fails_its_step() -> None:
    run = Run(step("orders"), check("tests", "orders"))
    commands: tuple[Command, ...] = ()
    for _ in range(3):
        run.succeed("orders")
        commands = run.succeed("tests", {"data": {"refused": {"orders": "still wrong"}}})
    assert concluded(commands) == [SagaStatus.FAILED]


def test_only_a_validation_rejects_and_only_the_steps_it_depends_on() -> None:
    run = Run(step("orders"), step("ui"), check("tests", "ui"), step("report", "orders"))
    run.succeed("orders")
    run.succeed("ui")
    run.succeed("report", {"data": {"refused": {"orders": "a matter of taste"}}})
    assert run.status("orders") is StepStatus.SUCCEEDED
    assert concluded(run.succeed("tests", {"data": {"refused": {"orders": "not mine", "x": 1}}})) == [
        SagaStatus.COMPLETED
    ]


def test_the_previous_iterations_result_is_remembered_but_not_taken_for_the_current_one() -> None:
    run = Run(
        step("write"),
        step("polish", "write", optional=True),
        loops=(Loop(("write", "polish"), "has(results.polish.output.good) && results.polish.output.good", 3),),
    )
    run.succeed("write")
    run.succeed("polish", {"good": False})
    assert run.saga.steps["write"].last_round_seq is not None
    run.succeed("write")
    run.fail("polish", FailureKind.PERMANENT)
    assert run.saga.outputs == {}


def test_a_rejected_step_beside_a_failed_one_is_repeated_before_anything_continues() -> None:
    run = Run(step("ui", optional=True), step("orders"), check("tests", "ui", "orders"), step("report", "tests"))
    run.succeed("ui")
    run.succeed("orders")
    for _ in range(2):
        run.succeed("tests", {"data": {"refused": {"ui": "wrong"}}})
        run.succeed("ui")
    commands = run.succeed("tests", {"data": {"refused": {"ui": "wrong", "orders": "wrong too"}}})
    assert dispatched(commands) == ["orders"]
    assert (run.status("ui"), run.status("tests")) == (StepStatus.FAILED, StepStatus.WAITING)
    assert dispatched(run.succeed("orders")) == ["tests"]
    assert dispatched(run.succeed("tests")) == ["report"]
    assert concluded(run.succeed("report")) == [SagaStatus.COMPLETED]


def test_an_added_dependency_is_recorded_with_the_step_that_waits_for_it() -> None:
    run = Run(step("orders"), step("ui", "orders"), roster=ROSTER)
    run.succeed("orders")
    (added,) = [
        miss
        for miss in fail_with_missing(run, "ui", "id_type")
        if isinstance(miss, Record) and miss.event == "step_added"
    ]
    assert added.data["depends_on"] == ["orders"]


def test_an_agents_error_message_is_repeated_at_a_length_that_fits_a_task() -> None:
    run = Run(step("orders"))
    commands = run.fail("orders", FailureKind.VALIDATION_ERROR, details=("x" * 4096,))
    (task,) = [command for command in commands if isinstance(command, DispatchTask)]
    assert all(len(constraint) <= 4096 for constraint in task.constraints)


def test_each_recovery_names_the_failed_agent_and_the_next_one() -> None:
    run = Run(step("orders"), roster=ROSTER, on_failure=OnFailure.PARK)
    run.fail("orders")
    run.give(StepCommanded(run.at, "orders", "retry", agent="other-agent"))  # before the time of that retry
    run.fail("orders", FailureKind.CRASHED, digest="")
    run.fail("orders", FailureKind.PERMANENT)
    reported = [
        (recovery.decision, recovery.agent, recovery.following) for recovery in run.saga.steps["orders"].recoveries
    ]
    assert reported == [
        ("retry", "orders-agent", "orders-agent"),
        ("alternative", "other-agent", "spare-agent"),
        ("park", "spare-agent", ""),
    ]


def test_the_next_attempt_of_a_child_is_a_saga_too() -> None:
    run = Run(replace(step("parts"), agent=""))
    run.fail("parts", digest="")
    assert [recovery.following for recovery in run.saga.steps["parts"].recoveries] == ["saga"]
