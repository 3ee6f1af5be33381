"""What is done for a failed attempt, as a table: failure kind, failures counted before, decision."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.model import Failure, FailureKind
from creatorflow_orchestrator.core.recovery import (
    BACKOFF_FIRST_MS,
    BACKOFF_LIMIT_MS,
    BUDGET,
    MAX_RETRIES,
    GiveUp,
    Retry,
    backoff_ms,
    decide,
)

COUNTED = [kind for kind in FailureKind if kind not in (FailureKind.RELEASED, FailureKind.PERMANENT)]
ALMOST_ONE = 0.999999


@pytest.mark.parametrize("kind", COUNTED)
@pytest.mark.parametrize(("failures", "ceiling_ms"), [(0, 1_000), (1, 2_000), (2, 4_000)])
def test_a_counted_failure_is_retried_after_a_pause_under_a_ceiling_that_doubles(
    kind: FailureKind, failures: int, ceiling_ms: int
) -> None:
    assert decide(Failure(kind, "it broke"), failures, 0.0) == Retry(0, True, f"retry {failures + 1} of {MAX_RETRIES}")
    latest = decide(Failure(kind, "it broke"), failures, ALMOST_ONE)
    assert isinstance(latest, Retry)
    assert latest.counted
    assert ceiling_ms - 2 <= latest.delay_ms <= ceiling_ms


@pytest.mark.parametrize("kind", COUNTED)
@pytest.mark.parametrize("failures", [MAX_RETRIES, MAX_RETRIES + 1, BUDGET, 1_000])
def test_after_the_last_retry_the_step_is_given_up(kind: FailureKind, failures: int) -> None:
    decision = decide(Failure(kind, "it broke"), failures, 0.5)
    assert isinstance(decision, GiveUp)
    assert f"{failures + 1} attempts" in decision.reason


@pytest.mark.parametrize("failures", [0, 2, MAX_RETRIES, 1_000])
def test_a_permanent_failure_is_given_up_whatever_came_before(failures: int) -> None:
    assert isinstance(decide(Failure(FailureKind.PERMANENT, "no", retry_after_ms=1), failures, 0.0), GiveUp)


@pytest.mark.parametrize("failures", [0, MAX_RETRIES, BUDGET, 1_000])
@pytest.mark.parametrize(("after_ms", "delay_ms"), [(None, 0), (0, 0), (7_000, 7_000)])
def test_released_work_is_given_out_again_uncounted_and_never_given_up(
    failures: int, after_ms: int | None, delay_ms: int
) -> None:
    decision = decide(Failure(FailureKind.RELEASED, "stopping", after_ms), failures, 0.9)
    assert isinstance(decision, Retry)
    assert (decision.delay_ms, decision.counted) == (delay_ms, False)


@pytest.mark.parametrize(
    ("after_ms", "jitter", "delay_ms"), [(90_000, 0.5, 90_000), (100, 0.5, 500), (0, 0.5, 500), (None, 0.5, 500)]
)
def test_when_the_agent_says_when_to_come_back_it_is_never_sooner(
    after_ms: int | None, jitter: float, delay_ms: int
) -> None:
    decision = decide(Failure(FailureKind.RETRYABLE, "busy", after_ms), 0, jitter)
    assert isinstance(decision, Retry)
    assert decision.delay_ms == delay_ms


def test_the_ceiling_of_the_pause_ends_at_five_minutes_however_many_failures_there_were() -> None:
    ceilings = [backoff_ms(failures, 1.0) for failures in range(64)]
    assert ceilings[0] == BACKOFF_FIRST_MS
    assert ceilings == sorted(ceilings)
    assert set(ceilings[9:]) == {BACKOFF_LIMIT_MS}
    assert {backoff_ms(failures, 0.0) for failures in range(64)} == {0}
