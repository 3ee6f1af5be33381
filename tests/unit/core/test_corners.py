"""Corners where several things meet: each was found by the simulation, and stuck, went back, or counted twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from creatorflow_orchestrator.core.events import CancelRequested
from creatorflow_orchestrator.core.model import FailureKind, OnFailure, SagaStatus, StepStatus
from creatorflow_orchestrator.core.plan import Loop

from .test_recovering import ROSTER, misses
from .test_saga import Run, concluded, dispatched, step


def test_a_step_of_a_loop_that_has_not_closed_is_undone_like_any_other() -> None:
    loop = Loop(("draft", "review"), "results.review.output.good", 3)
    run = Run(step("draft", compensate="draft-agent"), step("review", "draft"), loops=(loop,))
    run.succeed("draft")
    assert dispatched(run.give(CancelRequested(run.at, "enough"))) == ["undo-draft"]
    assert concluded(run.succeed("undo-draft")) == [SagaStatus.CANCELLED]


def test_what_succeeded_last_is_undone_first_whatever_the_clocks_of_two_replicas_say() -> None:
    run = Run(step("labels", compensate="labels-agent"), step("stock", compensate="stock-agent"), step("page"))
    run.succeed("labels")
    run.at -= timedelta(seconds=1)
    run.succeed("stock")
    assert dispatched(run.give(CancelRequested(run.at, "enough"))) == ["undo-stock"]


@pytest.mark.parametrize("missing", ["id_type", "later"])
def test_a_compensation_does_not_wait_for_what_nobody_begins_any_more(missing: str) -> None:
    run = Run(step("labels", compensate="labels-agent"), step("page"), step("later", "page"), roster=ROSTER)
    run.succeed("labels")
    run.give(CancelRequested(run.at, "enough"))
    assert concluded(misses(run, "undo-labels", missing)) == [SagaStatus.CANCELLED]
    assert "nothing new is begun" in run.saga.steps["undo-labels"].reason


def test_what_a_step_of_a_loop_misses_is_run_before_the_loop_has_closed() -> None:
    loop = Loop(("draft", "review"), "results.review.output.good", 3)
    run = Run(step("draft"), step("review", "draft"), loops=(loop,), roster=ROSTER)
    run.succeed("draft")
    assert dispatched(misses(run, "review", "id_type")) == ["database"]
    assert dispatched(run.succeed("database")) == ["review"]


def test_what_is_said_late_of_an_attempt_whose_step_has_been_parked_is_no_further_failure() -> None:
    run = Run(step("page"), on_failure=OnFailure.PARK)
    run.fail("page", FailureKind.UNREADABLE, digest="")
    assert run.status("page") is StepStatus.PARKED
    assert run.fail("page", FailureKind.PERMANENT, digest="late") == ()
    assert run.saga.steps["page"].failures == 1
    assert run.fail("page", FailureKind.PERMANENT, digest="late") == ()
