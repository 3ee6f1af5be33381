"""The recovery policy of docs/recovery.md, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from creatorflow_orchestrator.core.recovery.policy import (
    BACKOFF_FIRST_MS,
    BACKOFF_LIMIT_MS,
    Case,
    Extend,
    GiveUp,
    Reformat,
    Retry,
    RunDependency,
    UseAlternative,
    Wait,
    backoff_ms,
    counts,
    decide,
)
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import (
    Attempt,
    Failure,
    FailureKind,
    Recovery,
    StepState,
    TriedAgent,
)

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
STEP = StepState("orders", Attempt("orders-agent", 60_000, number=1))
ROSTER = Roster(
    alternatives={"orders-agent": ("first", "second")},
    live=frozenset({"second"}),
    providers={"id_type": "database-agent"},
)
EVERY_KIND = [kind for kind in FailureKind if kind is not FailureKind.RELEASED]


def case(
    kind: FailureKind,
    *decided: str,
    roster: Roster = ROSTER,
    step: StepState = STEP,
    jitter: float = 0.5,
    **about: object,
) -> Case:
    """Return a failure of a step with these earlier decisions."""
    before = tuple(Recovery(kind.value, decision, "because", 1, step.attempt.agent) for decision in decided)
    failure = Failure(kind, "it broke", **about)  # type: ignore[arg-type]
    return Case(failure, replace(step, recoveries=before), "orders-agent", AT, jitter, roster)


@pytest.mark.parametrize("kind", [FailureKind.RETRYABLE, FailureKind.UNKNOWN])
def test_other_failures_are_retried_three_times_with_doubling_pauses(kind: FailureKind) -> None:
    decisions = [decide(case(kind, *["retry"] * before)) for before in range(4)]
    assert [decision.delay_ms for decision in decisions[:3] if isinstance(decision, Retry)] == [500, 1000, 2000]
    assert isinstance(decisions[3], GiveUp)


@pytest.mark.parametrize(("after_ms", "delay_ms"), [(90_000, 90_000), (100, 500), (0, 500), (None, 500)])
def test_an_agents_retry_delay_is_a_lower_bound(after_ms: int | None, delay_ms: int) -> None:
    decision = decide(case(FailureKind.RETRYABLE, retry_after_ms=after_ms))
    assert isinstance(decision, Retry)
    assert decision.delay_ms == delay_ms


@pytest.mark.parametrize("kind", [FailureKind.PERMANENT, FailureKind.CONTEXT_TOO_LARGE, FailureKind.EXPIRED])
def test_a_permanent_failure_is_given_up_at_once(kind: FailureKind) -> None:
    assert isinstance(decide(case(kind, retry_after_ms=1)), GiveUp)


@pytest.mark.parametrize(
    ("before", "after_ms", "delay_ms"),
    [
        (0, None, 0),
        (4, None, 0),
        (0, 7_000, 7_000),
        (5, None, 500),
        (5, 7_000, 7_000),
        (7, None, 2_000),
        (50, None, 150_000),
    ],
)
def test_released_work_is_dispatched_again_uncounted_with_growing_pauses_and_never_given_up(
    before: int, after_ms: int | None, delay_ms: int
) -> None:
    released = case(FailureKind.RELEASED, *["retry"] * before, retry_after_ms=after_ms)
    decision = decide(replace(released, step=replace(released.step, failures=1000)))
    assert isinstance(decision, Retry)
    assert (decision.delay_ms, decision.counted) == (delay_ms, False)


def test_released_work_leaves_the_retries_of_a_later_failure_untouched() -> None:
    handed_back = tuple(Recovery("released", "retry", "because", 1, "orders-agent") for _ in range(9))
    decision = decide(replace(case(FailureKind.UNKNOWN), step=replace(STEP, recoveries=handed_back)))
    assert isinstance(decision, Retry)
    assert decision.reason == "retry 1 of 3"


def test_a_timeout_is_extended_twice_and_then_goes_to_an_alternative() -> None:
    once = decide(case(FailureKind.TIMEOUT))
    assert isinstance(once, Extend)
    assert once.timeout_ms == 120_000
    assert isinstance(decide(case(FailureKind.TIMEOUT, "extend")), Extend)
    then = decide(case(FailureKind.TIMEOUT, "extend", "extend"))
    assert isinstance(then, UseAlternative)
    assert then.counted


def test_an_alternative_gets_its_own_extensions() -> None:
    elsewhere = replace(
        STEP, attempt=Attempt("second", 60_000, number=2), tried=(TriedAgent("orders-agent", "too slow"),)
    )
    before = tuple(Recovery("timeout", "extend", "because", 1, "orders-agent") for _ in range(2))
    decision = decide(replace(case(FailureKind.TIMEOUT), step=replace(elsewhere, recoveries=before)))
    assert isinstance(decision, Extend)


def test_an_invalid_output_is_requested_again_twice_with_its_violations() -> None:
    first = decide(case(FailureKind.VALIDATION_ERROR, details=("data.total: must be a number",)))
    assert isinstance(first, Reformat)
    assert first.constraints == ("The last answer was refused: data.total: must be a number",)
    assert isinstance(decide(case(FailureKind.VALIDATION_ERROR, "reformat")), Reformat)
    assert isinstance(decide(case(FailureKind.VALIDATION_ERROR, "reformat", "reformat")), GiveUp)


def test_a_missing_dependency_is_run_first_but_only_once() -> None:
    first = decide(case(FailureKind.DEPENDENCY_MISSING, missing="id_type"))
    assert isinstance(first, RunDependency)
    assert (first.missing, first.agent) == ("id_type", "database-agent")
    assert isinstance(decide(case(FailureKind.DEPENDENCY_MISSING, "run_dependency", missing="id_type")), GiveUp)


def test_an_unnamed_missing_dependency_is_an_ordinary_failure() -> None:
    assert isinstance(decide(case(FailureKind.DEPENDENCY_MISSING)), Retry)


def test_an_unavailable_agent_is_replaced_by_an_available_alternative_at_no_cost() -> None:
    decision = decide(case(FailureKind.AGENT_UNAVAILABLE))
    assert isinstance(decision, UseAlternative)
    assert (decision.agent, decision.counted) == ("second", False)


def test_without_an_alternative_the_step_waits_at_no_cost_with_growing_pauses() -> None:
    alone = replace(ROSTER, live=frozenset())
    delays = []
    for waited in (0, 1, 4, 600):
        step = replace(STEP, unavailable_since=AT - timedelta(seconds=waited), failures=1000)
        decision = decide(case(FailureKind.AGENT_UNAVAILABLE, *["wait"] * 50, roster=alone, step=step))
        assert isinstance(decision, Wait)
        assert not counts(decision)
        delays.append(decision.delay_ms)
    assert delays == [1000, 1000, 4000, 15_000]


def test_an_agent_that_is_unavailable_too_long_is_given_up_with_every_agent_and_the_reason_named() -> None:
    step = replace(STEP, unavailable_since=AT - timedelta(minutes=15), tried=(TriedAgent("first", "crashed"),))
    decision = decide(case(FailureKind.AGENT_UNAVAILABLE, roster=replace(ROSTER, live=frozenset()), step=step))
    assert decision == GiveUp(
        "No viable alternatives found: first (crashed); orders-agent (unavailable for 900 s); "
        "second (nobody consumes its tasks)"
    )


def test_a_task_that_kills_its_agent_is_tried_with_one_other_agent_only() -> None:
    first = decide(case(FailureKind.CRASHED))
    assert isinstance(first, UseAlternative)
    assert first.agent != "orders-agent"
    step = replace(STEP, attempt=Attempt(first.agent, 60_000, number=2), tried=(TriedAgent("orders-agent", "crashed"),))
    second = decide(case(FailureKind.CRASHED, "alternative", step=step))
    assert isinstance(second, GiveUp)
    assert second.reason == (
        "No viable alternatives found: orders-agent (crashed); first (did not survive the task); "
        "second (one alternative is all that is risked)"
    )


def test_an_alternative_with_an_open_circuit_is_named_too() -> None:
    alone = replace(ROSTER, live=frozenset(), paused={"second": AT + timedelta(seconds=30)})
    step = replace(STEP, unavailable_since=AT - timedelta(minutes=15))
    decision = decide(case(FailureKind.AGENT_UNAVAILABLE, roster=alone, step=step))
    assert isinstance(decision, GiveUp)
    assert decision.reason.endswith("first (nobody consumes its tasks); second (its circuit is open)")


def test_a_task_that_its_agent_cannot_read_goes_to_an_alternative_or_fails() -> None:
    assert isinstance(decide(case(FailureKind.UNREADABLE)), UseAlternative)
    assert isinstance(decide(case(FailureKind.UNREADABLE, roster=Roster())), GiveUp)


def test_an_agent_whose_circuit_is_open_is_no_alternative() -> None:
    paused = replace(ROSTER, paused={"first": AT + timedelta(seconds=30)})
    decision = decide(case(FailureKind.CRASHED, roster=paused))
    assert isinstance(decision, UseAlternative)
    assert decision.agent == "second"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_fifth_counted_failure_is_the_last_of_any_kind(kind: FailureKind) -> None:
    decision = decide(case(kind, step=replace(STEP, failures=4)))
    assert isinstance(decision, GiveUp) or not counts(decision)


@pytest.mark.parametrize("kind", FailureKind)
def test_every_decision_has_a_reason(kind: FailureKind) -> None:
    assert decide(case(kind, missing="id_type")).reason


def test_a_new_iteration_resets_earlier_decisions() -> None:
    step = replace(STEP, forgiven=3)
    assert isinstance(decide(case(FailureKind.UNKNOWN, "retry", "retry", "retry", step=step)), Retry)


def test_the_pause_is_limited_to_five_minutes_after_any_number_of_failures() -> None:
    ceilings = [backoff_ms(failures, 1.0) for failures in range(64)]
    assert ceilings[0] == BACKOFF_FIRST_MS
    assert ceilings == sorted(ceilings)
    assert set(ceilings[9:]) == {BACKOFF_LIMIT_MS}
    assert {backoff_ms(failures, 0.0) for failures in range(64)} == {0}
