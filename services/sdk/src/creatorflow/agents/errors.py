"""Exceptions by which a handler classifies its failure.

HandlerError
├── RetryLater            not now, but later: a limit, an unavailable service
├── GiveUp                never: another attempt would fail the same way
└── DependencyMissing     another agent, capability or decision must come first

Any other exception of a handler counts as `unknown`, and the recovery decides.
"""

from __future__ import annotations

from datetime import timedelta

from creatorflow_contracts.v1.base import is_name


class HandlerError(Exception):
    """A failure that the handler has classified."""


class RetryLater(HandlerError):
    """The task can be retried, after `after` seconds (or a timedelta) if that is known."""

    def __init__(self, message: str = "try again later", *, after: float | timedelta | None = None) -> None:
        super().__init__(message)
        seconds = after.total_seconds() if isinstance(after, timedelta) else after
        self.after_ms = None if seconds is None else max(0, int(seconds * 1000))


class GiveUp(HandlerError):
    """This task cannot be done by this agent, now or later."""


class OutputInvalid(Exception):
    """A handler returned an invalid output; the text names the reason, not its content. Raised by the runtime only."""


class DependencyMissing(HandlerError):
    """The task needs something that is missing: the name of an agent, a capability or a decision key.

    Raises ValueError for an invalid name.
    """

    def __init__(self, missing: str, message: str = "") -> None:
        if not is_name(missing):
            raise ValueError("`missing` names an agent, a capability or a decision key")
        super().__init__(message or f"{missing} must come first")
        self.missing = missing
