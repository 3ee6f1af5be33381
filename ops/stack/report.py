"""How the scenario speaks: a line with the time since it began, and what is not as it should be."""

from __future__ import annotations

import time
from collections.abc import Callable

from ops.local.console import say
from ops.stack.compose import StackFailure

Say = Callable[[str], None]
"""Tells a line of progress."""


def teller() -> Say:
    """Tells lines with the seconds since this was called."""
    since = time.monotonic()
    return lambda text: say(f"stack: {time.monotonic() - since:5.1f} s  {text}")


def expect(what: str, found: object, wanted: object) -> None:
    """Raises StackFailure unless `found` is `wanted`."""
    if found != wanted:
        raise StackFailure(f"{what}: {found}, and should be {wanted}")
