"""What is done for a failed attempt: the decision as data, executed elsewhere.

The table is DESIGN section 6. The budget counts failures; a released attempt costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from .model import Failure, FailureKind

BUDGET = 5
"""Counted failures a step may have, whatever their kinds."""
MAX_RETRIES = 3
BACKOFF_FIRST_MS = 1_000
BACKOFF_LIMIT_MS = 300_000


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt by the same agent after `delay_ms`."""

    delay_ms: int
    counted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt: the step is dead."""

    reason: str


RecoveryDecision = Retry | GiveUp


def decide(failure: Failure, failures: int, jitter: float) -> RecoveryDecision:
    """Decide about a failure of a step that has failed `failures` counted times before; `jitter` is in [0, 1)."""
    if failure.kind is FailureKind.RELEASED:
        return Retry(failure.retry_after_ms or 0, counted=False, reason="the agent handed its work back")
    if failure.kind is FailureKind.PERMANENT:
        return GiveUp("the agent says that trying again is of no use")
    if failures >= min(MAX_RETRIES, BUDGET - 1):
        return GiveUp(f"{failures + 1} attempts failed, and no more than {MAX_RETRIES} retries are made")
    delay = max(backoff_ms(failures, jitter), failure.retry_after_ms or 0)
    return Retry(delay, counted=True, reason=f"retry {failures + 1} of {MAX_RETRIES}")


def backoff_ms(failures: int, jitter: float) -> int:
    """Full jitter under a ceiling that doubles from 1 s to 5 min with each failure before this one."""
    return int(jitter * min(BACKOFF_LIMIT_MS, BACKOFF_FIRST_MS * 2 ** min(failures, 30)))
