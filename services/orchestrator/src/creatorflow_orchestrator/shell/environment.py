"""The clock and the randomness that the shell reads, as values: a test or a simulation passes its own."""

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
    """Everything that differs from run to run, besides messages. Waiting is left to the event loop."""

    now: Callable[[], datetime] = utc_now
    """The time of day, aware; it may be set back and forth."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
    jitter: Callable[[], float] = random.random
    """A number from 0 to below 1, so that retries which were delayed together do not come back together."""
    poll_s: float = 5.0
    """Seconds between two reads of the store for the changes of other replicas."""
    live_for_s: float = 45.0
    """Seconds after its last heartbeat for which an instance of an agent counts as live."""
