"""The circuit breaker over random histories: a failing agent is paused, probed with one task, and never given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from creatorflow_orchestrator.core.recovery.circuit_breaker import OPENS_AFTER, PAUSE, CircuitBreaker
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 11, 22, tzinfo=UTC)
AGENT, OTHER = "database-specialist", "ui-ux-specialist"
EVENTS = st.lists(st.tuples(st.sampled_from(["dispatch", "fail", "succeed"]), st.floats(0, 40)), max_size=60)


def after(breaker: CircuitBreaker, event: str, at: datetime) -> CircuitBreaker:
    match event:
        case "dispatch":
            return breaker.dispatched(AGENT, at)
        case "fail":
            return breaker.failed(AGENT, at)
        case _:
            return breaker.succeeded(AGENT)


@given(EVENTS)
def test_the_circuit_opens_exactly_at_the_fifth_failure_in_a_row(history: list[tuple[str, float]]) -> None:
    breaker, at, in_a_row = CircuitBreaker(), START, 0
    for event, seconds in history:
        at += timedelta(seconds=seconds)
        breaker = after(breaker, event, at)
        in_a_row = {"fail": in_a_row + 1, "succeed": 0}.get(event, in_a_row)
        if in_a_row < OPENS_AFTER:
            assert breaker.paused(at) == {}
        if in_a_row == OPENS_AFTER and event == "fail":
            assert breaker.paused(at) == {AGENT: at + PAUSE}


@given(EVENTS)
def test_a_success_closes_the_circuit_in_any_state(history: list[tuple[str, float]]) -> None:
    breaker, at = CircuitBreaker(), START
    for event, seconds in history:
        at += timedelta(seconds=seconds)
        breaker = after(breaker, event, at)
    assert breaker.succeeded(AGENT) == CircuitBreaker()


@given(EVENTS)
def test_no_pause_exceeds_one_from_the_last_event_and_no_other_agent_is_affected(
    history: list[tuple[str, float]],
) -> None:
    breaker, at = CircuitBreaker().failed(OTHER, START), START
    for event, seconds in history:
        at += timedelta(seconds=seconds)
        breaker = after(breaker, event, at)
        assert all(until <= at + PAUSE for until in breaker.paused(at).values())
        assert breaker.paused(at + PAUSE) == {}
    assert breaker.circuits[OTHER] == CircuitBreaker().failed(OTHER, START).circuits[OTHER]


@given(st.lists(st.floats(0, 20), min_size=1, max_size=80), st.floats(0, 60))
def test_while_all_calls_fail_one_probe_is_allowed_in_each_pause(steps: list[float], answers_after: float) -> None:
    """One dispatch in thirty seconds passes, however late the failures of the probes arrive."""
    breaker, at = CircuitBreaker(), START
    for _ in range(OPENS_AFTER):
        breaker = breaker.failed(AGENT, at)
    probes: list[datetime] = []
    unanswered: list[datetime] = []
    for seconds in steps:
        at += timedelta(seconds=seconds)
        while unanswered and unanswered[0] + timedelta(seconds=answers_after) <= at:
            breaker = breaker.failed(AGENT, unanswered.pop(0) + timedelta(seconds=answers_after))
        if not breaker.paused(at):
            breaker = breaker.dispatched(AGENT, at)
            assert breaker.paused(at)
            probes.append(at)
            unanswered.append(at)
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(probes))


def test_a_probe_without_an_outcome_is_followed_by_another() -> None:
    breaker = CircuitBreaker()
    for _ in range(OPENS_AFTER):
        breaker = breaker.failed(AGENT, START)
    first = START + PAUSE
    breaker = breaker.dispatched(AGENT, first)
    assert breaker.paused(first + PAUSE - timedelta(seconds=1))
    assert not breaker.paused(first + PAUSE)


def test_a_failure_of_a_call_begun_before_the_circuit_opened_prolongs_no_pause() -> None:
    breaker = CircuitBreaker()
    for _ in range(OPENS_AFTER):
        breaker = breaker.failed(AGENT, START)
    assert breaker.failed(AGENT, START + timedelta(seconds=20)) == breaker


def test_a_failed_probe_pauses_the_agent_again() -> None:
    breaker = CircuitBreaker()
    for _ in range(OPENS_AFTER):
        breaker = breaker.failed(AGENT, START)
    at = START + PAUSE
    breaker = breaker.dispatched(AGENT, at).failed(AGENT, at + timedelta(seconds=1))
    assert breaker.paused(at + timedelta(seconds=2)) == {AGENT: at + timedelta(seconds=1) + PAUSE}
