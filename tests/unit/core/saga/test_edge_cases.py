"""Edge cases that the simulation found: sagas that got stuck, went back, or counted twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from creatorflow_orchestrator.core.plan import Loop, Step, StepType
from creatorflow_orchestrator.core.saga.machine import wake_at
from creatorflow_orchestrator.core.state.events import CancelRequested, StepCommanded
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import FailureKind, OnFailure, SagaStatus, StepStatus

from tests.unit.core.recovery.test_apply import ROSTER, fail_with_missing
from tests.unit.core.saga.test_machine import Run, concluded, dispatched, recorded, refused, step


def test_a_step_of_an_unfinished_loop_is_compensated_like_any_other() -> None:
    loop = Loop(("draft", "review"), "results.review.output.good", 3)
    run = Run(step("draft", compensate="draft-agent"), step("review", "draft"), loops=(loop,))
    run.succeed("draft")
    assert dispatched(run.give(CancelRequested(run.at, "enough"))) == ["undo-draft"]
    assert concluded(run.succeed("undo-draft")) == [SagaStatus.CANCELLED]


def test_the_last_success_is_compensated_first_despite_clock_differences_of_replicas() -> None:
    run = Run(step("labels", compensate="labels-agent"), step("stock", compensate="stock-agent"), step("page"))
    run.succeed("labels")
    run.at -= timedelta(seconds=1)
    run.succeed("stock")
    assert dispatched(run.give(CancelRequested(run.at, "enough"))) == ["undo-stock"]


@pytest.mark.parametrize("missing", ["id_type", "later"])
def test_a_compensation_does_not_wait_for_a_step_that_will_never_start(missing: str) -> None:
    run = Run(step("labels", compensate="labels-agent"), step("page"), step("later", "page"), roster=ROSTER)
    run.succeed("labels")
    run.give(CancelRequested(run.at, "enough"))
    assert concluded(fail_with_missing(run, "undo-labels", missing)) == [SagaStatus.CANCELLED]
    assert "nothing new is begun" in run.saga.steps["undo-labels"].reason


def test_a_missing_dependency_of_a_loop_step_is_run_before_the_loop_ends() -> None:
    loop = Loop(("draft", "review"), "results.review.output.good", 3)
    run = Run(step("draft"), step("review", "draft"), loops=(loop,), roster=ROSTER)
    run.succeed("draft")
    assert dispatched(fail_with_missing(run, "review", "id_type")) == ["database"]
    assert dispatched(run.succeed("database")) == ["review"]


def test_a_late_message_about_a_parked_steps_attempt_is_no_further_failure() -> None:
    run = Run(step("page"), on_failure=OnFailure.PARK)
    run.fail("page", FailureKind.UNREADABLE, digest="")
    assert run.status("page") is StepStatus.PARKED
    assert run.fail("page", FailureKind.PERMANENT, digest="late") == ()
    assert run.saga.steps["page"].failures == 1
    assert run.fail("page", FailureKind.PERMANENT, digest="late") == ()


def test_a_repeated_or_duplicated_command_starts_one_attempt() -> None:
    run = Run(step("page"), on_failure=OnFailure.PARK)
    run.fail("page", FailureKind.PERMANENT)
    again = StepCommanded(run.at, "page", "retry")
    assert dispatched(run.give(again)) == ["page"]
    assert run.give(again) == ()
    run.fail("page", FailureKind.PERMANENT, digest="again")
    assert dispatched(run.give(again)) == ["page"]
    assert dispatched(run.give(StepCommanded(run.at, "page", "retry", agent="other-agent"))) == ["page"]


def test_the_failures_of_a_manually_completed_step_do_not_count_when_a_validation_rejects_it() -> None:
    check = Step("check", "check-agent", StepType.VALIDATION, "check it", depends_on=("page",))
    run = Run(step("page"), check, on_failure=OnFailure.PARK)
    for _ in range(2):
        run.fail("page", FailureKind.VALIDATION_ERROR)
    run.fail("page", FailureKind.PERMANENT)
    run.give(StepCommanded(run.at, "page", "complete", output={"good": True}))
    commands = run.succeed("check", {"data": {"refused": {"page": "it is empty"}}})
    assert dispatched(commands) == ["page"]
    assert run.saga.steps["page"].failures == 1


def paused(run: Run, agent: str) -> Roster:
    return Roster(paused={agent: run.at + timedelta(seconds=30)})


def test_a_result_of_the_previous_iteration_does_not_count_while_the_step_waits_for_a_circuit() -> None:
    run = Run(step("draft"), loops=(Loop(("draft",), "results.draft.output.good", 3),))
    run.roster = paused(run, "draft-agent")
    first = run.task("draft")
    assert "step_held" in recorded(run.succeed("draft", {"good": False}))
    assert refused(run.succeed("draft", {"good": True}, task_id=first, digest="d")) == ["LATE_RESULT"]
    assert dispatched(run.tick()) == ["draft"]


def test_a_step_that_waits_for_a_circuit_wakes_its_saga_exactly_when_it_closes() -> None:
    run = Run(step("page"))
    run.roster = paused(run, "page-agent")
    assert "step_held" in recorded(run.give(StepCommanded(run.at, "page", "retry")))
    assert wake_at(run.saga) == run.at + timedelta(seconds=30)
