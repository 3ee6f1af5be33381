"""The output of the scenario: lines with the time since its start, and failed expectations."""

from __future__ import annotations

import time
from collections.abc import Callable

from ops.local.console import say
from ops.stack.compose import StackFailure

Say = Callable[[str], None]
"""Prints a line of progress."""


def timed_log() -> Say:
    """Make a function that prints lines with the seconds since now."""
    since = time.monotonic()
    return lambda text: say(f"stack: {time.monotonic() - since:5.1f} s  {text}")


def expect(what: str, actual: object, wanted: object) -> None:
    """Raise StackFailure unless `actual` equals `wanted`."""
    if actual != wanted:
        raise StackFailure(f"{what}: {actual}, and should be {wanted}")
