"""Ids that grow with time (UUID version 7), so that "ordered by id" is "in the order it was written"."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

_STEP_NS = 1_000_000 / 4096  # version 7 with twelve bits below the millisecond (RFC 9562, section 6.2, method 3)


class Ids:
    """A source of ids; each is greater than the one before, also when the clock steps back. For one thread."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> UUID:
        ticks = max(int(time.time_ns() / _STEP_NS), self._last + 1)
        self._last = ticks
        high = (ticks >> 12) << 16 | 0x7000 | (ticks & 0xFFF)
        low = 0x8000000000000000 | secrets.randbits(62)
        return UUID(int=high << 64 | low)
