"""Pauses before retries: one named policy per kind of failure, all of them tenacity's.

Rules for this file: it knows neither broker nor store, and every pause that a process makes after a failure is named
here. Retries of a saga's steps are decided in the orchestrator's core instead and kept in its store, because they must
outlive the process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import Final, TypeAlias

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_not_result,
    stop_before_delay,
    wait_exponential_jitter,
    wait_fixed,
)
from tenacity.wait import wait_base

Policy: TypeAlias = wait_base
"""Returns the seconds to wait after an attempt, by its number."""

BROKER: Final = wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.1)
"""A connection, a channel or a queue is unavailable, or a client's message is not confirmed."""
RESULTS: Final = wait_exponential_jitter(multiplier=0.2, max=10.0, jitter=0.2)
"""An agent's results are not confirmed. A new connection ends the pause."""
STORE: Final = wait_exponential_jitter(multiplier=0.1, max=5.0, jitter=0.1)
"""The orchestrator's store is unavailable."""
CONSUMER_COUNT: Final = wait_fixed(1.0)
"""The consumers of a queue cannot be counted."""
OUTBOX_LOST: Final = wait_fixed(0.5)
"""A row of the outbox is not confirmed."""
OUTBOX_NACKED: Final = wait_fixed(1.0)
"""The queue for a row of the outbox is full."""
OUTBOX_UNROUTABLE: Final = wait_fixed(5.0)
"""A row of the outbox is unroutable."""

Report = Callable[[BaseException, float], object]
"""Receives the error of an attempt, and the seconds until the next."""


def retrying(
    policy: Policy, errors: type[Exception], report: Report = lambda _, __: None, *, patience: float = inf
) -> AsyncRetrying:
    """Return tenacity's caller of a coroutine function, for one use: `await retrying(...)(function)`.

    It retries after one of `errors`, as long as the next attempt begins within `patience` seconds; then, as for every
    other error, it raises what the last call raised.
    """

    def before_sleep(state: RetryCallState) -> None:
        error = None if state.outcome is None else state.outcome.exception()
        if error is not None:
            report(error, state.upcoming_sleep)

    return AsyncRetrying(
        retry=retry_if_exception_type(errors),
        wait=policy,
        stop=stop_before_delay(patience),
        before_sleep=before_sleep,
        reraise=True,
    )


def repeating(policy: Policy, sleep: Callable[[float], Awaitable[None]]) -> AsyncRetrying:
    """Retry as `retrying`, for a function that returns True when its work is done; `sleep` may return early."""
    return AsyncRetrying(retry=retry_if_not_result(bool), wait=policy, sleep=sleep)


def pause(policy: Policy, attempt: int) -> float:
    """Return the seconds to wait after an attempt, counted from 1, where the next is made elsewhere."""
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = attempt
    return policy(state)
