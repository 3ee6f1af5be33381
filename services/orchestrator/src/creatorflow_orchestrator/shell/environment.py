"""The clock and the randomness that the shell reads, as values: a test or a simulation gives its own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time of day, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything that differs from run to run, besides messages. Waiting is the event loop's."""

    now: Callable[[], datetime] = utc_now
    """The time of day, aware; it may be set back and forth."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
    jitter: Callable[[], float] = random.random
    """Anything from 0 to below 1, so that what was put off together does not come back together."""
    poll_s: float = 5.0
    """Between two looks at the store for what other replicas have done."""
    gone_after_s: float = 45.0
    """An agent's instance that was not heard for so long is no longer counted."""
