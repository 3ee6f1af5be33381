"""Succeeded steps are compensated when a saga fails or is cancelled, the last one first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from creatorflow_orchestrator.core.plan import Loop, StepType
from creatorflow_orchestrator.core.saga.machine import wake_at
from creatorflow_orchestrator.core.state.commands import Command, DispatchTask
from creatorflow_orchestrator.core.state.events import CancelRequested
from creatorflow_orchestrator.core.state.saga_state import FailureKind, OnFailure, SagaStatus, StepStatus

from tests.unit.core.saga.test_machine import START, Run, concluded, dispatched, recorded, step


def shop(**fields: object) -> Run:
    """Return a saga that buys labels and takes stock, both with a compensation, before another step."""
    return Run(
        step("labels", compensate="labels-agent"),
        step("stock", compensate="stock-agent"),
        step("page"),
        step("ship", "labels", "stock", "page"),
        **fields,  # type: ignore[arg-type]
    )


def both_done(**fields: object) -> Run:
    run = shop(**fields)
    run.succeed("stock")
    run.at += timedelta(seconds=1)
    run.succeed("labels")
    return run


def compensated(commands: tuple[Command, ...]) -> list[tuple[str, str]]:
    return [(command.step, command.agent) for command in commands if isinstance(command, DispatchTask)]


def test_after_a_failed_step_succeeded_ones_are_compensated_in_reverse_before_the_saga_fails() -> None:
    run = both_done()
    commands = run.fail("page", FailureKind.PERMANENT)
    assert "compensating" in recorded(commands)
    assert compensated(commands) == [("undo-labels", "labels-agent")]
    assert run.saga.status is SagaStatus.COMPENSATING
    assert compensated(run.succeed("undo-labels")) == [("undo-stock", "stock-agent")]
    assert concluded(run.succeed("undo-stock")) == [SagaStatus.FAILED]
    assert run.saga.reason == "step page failed: it broke (the agent says that trying again is of no use)"


def test_a_cancelled_saga_compensates_succeeded_steps_only() -> None:
    run = shop()
    run.succeed("stock")
    commands = run.give(CancelRequested(run.at, "enough"))
    assert compensated(commands) == [("undo-stock", "stock-agent")]
    assert run.status("labels") is StepStatus.CANCELLED
    assert concluded(run.succeed("undo-stock")) == [SagaStatus.CANCELLED]


def test_a_completed_saga_compensates_nothing() -> None:
    run = both_done()
    run.succeed("page")
    assert concluded(run.succeed("ship")) == [SagaStatus.COMPLETED]
    assert "undo-labels" not in run.saga.steps


def test_a_failing_compensation_is_retried_and_then_blocks_no_other() -> None:
    run = both_done()
    run.give(CancelRequested(run.at, "enough"))
    for _ in range(3):
        run.fail("undo-labels")
        assert dispatched(run.tick()) == ["undo-labels"]
    assert dispatched(run.fail("undo-labels")) == ["undo-stock"]
    assert run.status("undo-labels") is StepStatus.FAILED
    assert concluded(run.succeed("undo-stock")) == [SagaStatus.CANCELLED]


def test_compensations_may_take_at_most_twenty_seconds_beyond_the_deadline() -> None:
    run = both_done()
    commands = run.tick(run.definition.deadline)
    assert compensated(commands) == [("undo-labels", "labels-agent")]
    (task,) = [command for command in commands if isinstance(command, DispatchTask)]
    assert task.expires_at == run.definition.deadline + timedelta(seconds=20)
    last = run.definition.deadline + timedelta(seconds=20)
    assert concluded(run.tick(last)) == [SagaStatus.FAILED]
    assert run.saga.reason == "the deadline came (not everything could be undone in time)"
    assert wake_at(run.saga) is None


def test_cancelling_during_compensation_changes_nothing() -> None:
    run = both_done()
    run.fail("page", FailureKind.PERMANENT)
    assert run.give(CancelRequested(run.at, "enough")) == ()


def test_no_other_step_starts_during_compensation() -> None:
    run = Run(step("labels", compensate="labels-agent"), step("page"), step("later", "labels"))
    run.fail("page", FailureKind.PERMANENT)
    assert run.status("later") is StepStatus.WAITING
    assert run.saga.status is SagaStatus.FAILED


def test_a_compensation_is_never_parked_because_nobody_waits_for_it() -> None:
    run = both_done(on_failure=OnFailure.PARK)
    run.give(CancelRequested(run.at, "enough"))
    run.fail("undo-labels", FailureKind.PERMANENT)
    assert run.status("undo-labels") is StepStatus.FAILED


def test_a_step_named_like_a_compensation_keeps_its_name_and_its_state() -> None:
    run = Run(step("labels", compensate="labels-agent"), step("undo-labels"), step("page"))
    run.succeed("labels")
    run.succeed("undo-labels")
    commands = run.give(CancelRequested(START, "enough"))
    assert compensated(commands) == [("undo-labels-2", "labels-agent")]
    assert run.status("undo-labels") is StepStatus.SUCCEEDED


def test_an_earlier_iteration_is_compensated_though_the_step_was_running_again() -> None:
    loop = Loop(("draft", "review"), "results.review.output.good", 3)
    run = Run(step("draft", compensate="draft-agent"), step("review", "draft"), loops=(loop,))
    run.succeed("draft")
    run.succeed("review", {"good": False})
    assert compensated(run.fail("draft", FailureKind.PERMANENT)) == [("undo-draft", "draft-agent")]


def test_a_succeeded_step_is_compensated_though_a_validation_rejected_it() -> None:
    tests = replace(step("tests", "labels"), type=StepType.VALIDATION)
    run = Run(step("labels", compensate="labels-agent"), tests)
    run.succeed("labels")
    run.succeed("tests", {"data": {"refused": {"labels": "of the wrong size"}}})
    assert compensated(run.fail("labels", FailureKind.PERMANENT)) == [("undo-labels", "labels-agent")]


def test_the_last_step_of_a_loop_is_compensated_when_the_loop_ends_at_its_limit() -> None:
    loop = Loop(("draft",), "results.draft.output.good", 1)
    run = Run(step("draft", compensate="draft-agent"), loops=(loop,))
    assert compensated(run.succeed("draft", {"good": False})) == [("undo-draft", "draft-agent")]
