"""What a handler raises to say how its failure is to be taken.

HandlerSays
├── RetryLater            not now, but later: a limit, a service that is away
├── GiveUp                never: trying again would fail the same way
└── DependencyMissing     another agent, capability or decision must come first

Anything else that a handler raises is taken as `unknown`, and the recovery decides.
"""

from __future__ import annotations

from datetime import timedelta

from creatorflow_contracts.v1.base import is_name


class HandlerError(Exception):
    """A failure that the handler has understood."""


class RetryLater(HandlerError):
    """Try this task again, after `after` seconds (or a timedelta) if that is known."""

    def __init__(self, message: str = "try again later", *, after: float | timedelta | None = None) -> None:
        super().__init__(message)
        seconds = after.total_seconds() if isinstance(after, timedelta) else after
        self.after_ms = None if seconds is None else max(0, int(seconds * 1000))


class GiveUp(HandlerError):
    """This task cannot be done by this agent, now or later."""


class OutputInvalid(Exception):
    """A handler returned what is no output; the text says why without showing it. Raised by the runtime alone."""


class DependencyMissing(HandlerError):
    """The task needs what is not there yet: the name of an agent, a capability or a decision key.

    Raises ValueError for what is no such name.
    """

    def __init__(self, missing: str, message: str = "") -> None:
        if not is_name(missing):
            raise ValueError("`missing` names an agent, a capability or a decision key")
        super().__init__(message or f"{missing} must come first")
        self.missing = missing
