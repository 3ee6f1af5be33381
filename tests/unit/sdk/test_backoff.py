"""Pauses before a retry."""

from __future__ import annotations

import pytest
from creatorflow import backoff
from creatorflow.backoff import pause, repeating, retrying
from tenacity import wait_fixed, wait_none

POLICIES = {name: policy for name, policy in vars(backoff).items() if isinstance(policy, backoff.Policy)}


class Work:
    """Raises the given errors one after another, then returns."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


async def test_work_is_retried_after_its_errors_and_each_is_reported_with_the_pause() -> None:
    reported: list[tuple[str, float]] = []
    work = Work(OSError("one"), OSError("two"))
    calls = retrying(wait_none(), OSError, lambda error, seconds: reported.append((str(error), seconds)))
    assert await calls(work) == "done"
    assert reported == [("one", 0.0), ("two", 0.0)]


async def test_an_unexpected_error_is_raised_unchanged_at_once() -> None:
    work = Work(ValueError("a defect"), OSError("never"))
    with pytest.raises(ValueError, match="a defect"):
        await retrying(wait_none(), OSError)(work)
    assert work.tries == 1


async def test_with_no_retries_work_runs_once_and_its_own_error_is_raised() -> None:
    work = Work(OSError("unavailable"), OSError("never"))
    with pytest.raises(OSError, match="unavailable"):
        await retrying(wait_fixed(0.01), OSError, patience=0.0)(work)
    assert work.tries == 1


async def test_a_repeated_function_ends_with_its_first_true_result_and_the_given_pauses() -> None:
    slept: list[float] = []
    results = [False, False, True, False]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def work() -> bool:
        return results.pop(0)

    await repeating(wait_fixed(7), sleep)(work)
    assert slept == [7, 7]
    assert results == [False]


@pytest.mark.parametrize("name", POLICIES)
def test_a_pause_is_never_zero_and_grows_to_its_maximum(name: str) -> None:
    pauses = [pause(POLICIES[name], attempt) for attempt in (1, 20, 10**6)]
    assert 0.05 <= pauses[0] <= pauses[1] <= 10.0
    assert pauses[1] == pauses[2]


def test_two_processes_that_lose_the_broker_together_reconnect_at_different_times() -> None:
    assert len({pause(backoff.BROKER, 1) for _ in range(20)}) > 1
