"""Parked steps, and the step commands that a person gives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from creatorflow_orchestrator.core.plan import Loop
from creatorflow_orchestrator.core.saga.manual_steps import MAX_COMMANDS
from creatorflow_orchestrator.core.state.commands import Command, DispatchTask, Record
from creatorflow_orchestrator.core.state.events import Action, CancelRequested, StepCommanded
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import FailureKind, OnFailure, SagaStatus, StepStatus

from .test_machine import Run, concluded, dispatched, recorded, refused, step


def parked() -> Run:
    """Return a saga with a parked required step, a running one beside it, and one that waits for it."""
    run = Run(step("orders"), step("ui"), step("tests", "orders"), on_failure=OnFailure.PARK)
    run.fail("orders", FailureKind.PERMANENT)
    return run


def give(run: Run, action: Action, name: str = "orders", **fields: object) -> tuple[Command, ...]:
    return run.give(StepCommanded(run.at, name, action, **fields))  # type: ignore[arg-type]


def test_a_failed_required_step_is_parked_and_the_others_continue() -> None:
    run = parked()
    assert run.status("orders") is StepStatus.PARKED
    assert concluded(run.succeed("ui")) == []
    assert run.saga.status is SagaStatus.RUNNING


def test_a_failed_optional_step_degrades_the_saga_and_is_not_parked() -> None:
    run = Run(step("orders", optional=True), step("ui"), on_failure=OnFailure.PARK)
    run.fail("orders", FailureKind.PERMANENT)
    assert run.status("orders") is StepStatus.FAILED


def test_a_parked_step_is_retried_from_the_start_by_another_agent_if_one_is_named() -> None:
    run = parked()
    commands = give(run, "retry", agent="spare-agent")
    assert [command.agent for command in commands if isinstance(command, DispatchTask)] == ["spare-agent"]
    assert "step_instructed" in recorded(commands)
    assert (run.saga.steps["orders"].attempt.number, run.saga.steps["orders"].failures) == (2, 0)
    assert dispatched(run.succeed("orders")) == ["tests"]


def test_a_message_of_the_old_agent_is_late_while_the_step_waits_for_the_circuit_of_another() -> None:
    run = Run(step("orders"))
    old = run.task("orders")
    run.roster = Roster(paused={"spare-agent": run.at + timedelta(seconds=30)})
    assert dispatched(give(run, "retry", agent="spare-agent")) == []
    assert refused(run.succeed("orders", task_id=old, agent="orders-agent")) == ["LATE_RESULT"]


def test_a_manual_retry_restores_the_retries_of_the_step() -> None:
    run = Run(step("orders"), on_failure=OnFailure.PARK)
    for _ in range(2):
        for _ in range(3):
            run.fail("orders")
            run.tick()
        run.fail("orders")
        assert run.status("orders") is StepStatus.PARKED
        give(run, "retry")
    assert concluded(run.succeed("orders")) == [SagaStatus.COMPLETED]


def test_a_parked_step_is_skipped_with_all_steps_that_depend_on_it_alone() -> None:
    run = parked()
    give(run, "skip", reason="not needed")
    assert (run.status("orders"), run.status("tests")) == (StepStatus.SKIPPED, StepStatus.SKIPPED)
    assert run.saga.steps["orders"].reason == "skipped by a person: not needed"
    assert concluded(run.succeed("ui")) == [SagaStatus.COMPLETED]


def test_a_parked_step_is_completed_with_an_output_that_counts_like_any_other() -> None:
    run = parked()
    commands = give(run, "complete", output={"summary": "done"}, decisions={"id_type": "uuid"})
    assert dispatched(commands) == ["tests"]
    (kept,) = [command for command in commands if isinstance(command, Record) and command.event == "step_succeeded"]
    assert (kept.data["output"], kept.data["instance"]) == ({"summary": "done"}, "by-hand")
    assert run.saga.decisions["id_type"].by == "orders-agent"


def test_an_open_step_can_be_skipped_and_its_agent_is_cancelled() -> None:
    run = Run(step("orders"), step("ui"))
    commands = give(run, "skip")
    assert [type(command).__name__ for command in commands] == ["Record", "CancelTask", "Record"]


def test_a_failed_optional_step_of_a_running_saga_can_be_retried() -> None:
    run = Run(step("orders", optional=True), step("ui"))
    run.fail("orders", FailureKind.PERMANENT)
    assert dispatched(give(run, "retry")) == ["orders"]


@pytest.mark.parametrize("action", ["retry", "skip", "complete"])
def test_a_late_duplicate_of_a_command_changes_nothing_in_any_later_state(action: Action) -> None:
    run = parked()
    give(run, action, digest="one")
    if action == "retry":
        run.fail("orders", FailureKind.PERMANENT)
        assert run.status("orders") is StepStatus.PARKED
    before = run.saga
    assert give(run, action, digest="one") == ()
    assert run.saga is before
    run.give(CancelRequested(run.at, "enough"))
    assert give(run, action, digest="one") == (), "nor is it refused: it was done"


def test_a_late_duplicate_does_not_skip_the_next_iteration() -> None:
    run = Run(step("orders"), step("ui", "orders"), loops=(Loop(("orders", "ui"), "iteration > 2", 5),))
    give(run, "skip", digest="one")
    assert run.saga.steps["orders"].iteration == 2
    assert give(run, "skip", digest="one") == ()
    assert run.status("orders") is StepStatus.OPEN
    give(run, "skip", digest="two")
    assert run.saga.steps["orders"].iteration == 3


def test_a_duplicate_of_a_command_without_effect_is_recognized_too() -> None:
    run = parked()
    give(run, "retry", digest="one")
    give(run, "retry", digest="two")
    run.fail("orders", FailureKind.PERMANENT)
    assert give(run, "retry", digest="two") == ()
    assert run.saga.steps["orders"].attempt.number == 2


def test_the_latest_commands_about_a_step_are_remembered() -> None:
    run = parked()
    for number in range(MAX_COMMANDS + 3):
        give(run, "retry", digest=str(number))
        run.fail("orders", FailureKind.PERMANENT)
    remembered = run.saga.steps["orders"].commands
    assert (remembered[0], len(remembered)) == ("3", MAX_COMMANDS)


def test_an_unknown_step_is_refused_with_the_names_of_the_known_ones() -> None:
    run = parked()
    assert refused(give(run, "retry", "order")) == ["STEP_UNKNOWN"]


@pytest.mark.parametrize(("action", "name"), [("retry", "ui"), ("skip", "ui"), ("complete", "ui"), ("retry", "tests")])
def test_a_command_about_a_step_that_has_succeeded_or_not_begun_is_refused(action: Action, name: str) -> None:
    run = parked()
    run.succeed("ui")
    before = run.saga
    assert refused(give(run, action, name)) == ["STEP_SETTLED"]
    assert run.saga is before


def test_a_step_command_after_the_end_of_the_saga_is_refused() -> None:
    run = parked()
    run.give(CancelRequested(run.at, "enough"))
    assert refused(give(run, "retry")) == ["STEP_SETTLED"]


def test_a_parked_step_fails_with_its_reason_when_its_saga_ends() -> None:
    run = parked()
    run.tick(run.definition.deadline)
    assert run.status("orders") is StepStatus.FAILED
    assert "it broke" in run.saga.steps["orders"].reason
