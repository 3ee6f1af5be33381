"""Errors of the core.

CoreError
+-- Refusal             the request or plan is refused; carries a documented code
+-- ImpossibleEvent     an event that contradicts the saga's state; nothing was changed
"""

from __future__ import annotations


class CoreError(Exception):
    """Root of the core's errors."""


class Refusal(CoreError):
    """A request or plan that cannot be accepted: `code` is one of the documented problem codes."""

    def __init__(self, code: str, message: str, where: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.where, self.hint = code, message, where, hint


class ImpossibleEvent(CoreError):
    """The event contradicts the saga's state, which is a defect of the caller; the state is unchanged."""
