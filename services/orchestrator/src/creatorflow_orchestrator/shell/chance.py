"""The one source of chance: the core is handed its numbers."""

from __future__ import annotations

from random import random


def jitter() -> float:
    """Anything from 0 to below 1, so that what was put off together does not come back together."""
    return random()  # noqa: S311 - it keeps no secret
