"""State changes of a step: the fields that a new attempt keeps, and the remains of an ended one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.saga_state import Attempt, StepState, StepStatus

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST, SECOND = UUID(int=1), UUID(int=2)
FULL = Attempt(
    "orders-agent",
    60_000,
    ("shorter",),
    number=1,
    task_id=FIRST,
    dispatched_at=AT,
    check_at=AT,
    claimed_by="one",
    silent_at=AT,
    retry_at=AT,
    digest="answer",
)
"""An attempt with a value in every field."""
STEP = StepState("orders", FULL, StepStatus.OPEN, started_at=AT)


def test_a_new_attempt_keeps_only_the_decisions_of_the_last_one() -> None:
    later = AT + timedelta(minutes=1)
    begun = lifecycle.begin(STEP, SECOND, later, None)
    assert begun.attempt == Attempt("orders-agent", 60_000, ("shorter",), number=2, task_id=SECOND, dispatched_at=later)
    assert (begun.status, begun.started_at) == (StepStatus.OPEN, AT)


def test_an_ended_attempt_is_known_by_its_id_and_digest_and_waits_for_nothing() -> None:
    ended = Attempt("orders-agent", 60_000, ("shorter",), number=1, task_id=FIRST, dispatched_at=AT, digest="answer")
    assert lifecycle.ended(FULL) == ended
    assert lifecycle.finish(STEP, StepStatus.SKIPPED, AT, "by hand").attempt == ended
    assert lifecycle.park(STEP, "nothing is left").attempt == ended


def test_a_result_of_the_previous_attempt_is_late_after_a_manual_retry() -> None:
    over = lifecycle.start_over(STEP, "spare-agent", 90_000)
    assert over.attempt == Attempt("spare-agent", 90_000, ("shorter",), number=1)
    assert over.instructed == 2


def test_a_waiting_step_that_is_paused_has_no_attempt_to_answer() -> None:
    waiting = lifecycle.wait_again(STEP)
    assert lifecycle.pause(waiting, AT, AT, "its circuit is open").attempt.task_id is None
    assert lifecycle.pause(STEP, AT, AT, "its circuit is open").attempt.task_id == FIRST
