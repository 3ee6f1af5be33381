"""What ends a command early.

CommandError            an exit code and a Problem that says what happened, to what, and what to do next
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .exits import ExitCode

if TYPE_CHECKING:
    from creatorflow_contracts.problem import Problem


class CommandError(Exception):
    """A command ends with `exit_code`, having shown `problem`."""

    def __init__(self, exit_code: ExitCode, code: str, message: str, where: str, hint: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self._told = (code, message, where, hint)

    @classmethod
    def usage(cls, message: str, where: str, hint: str) -> Self:
        """The user asked in a way that cannot be done."""
        return cls(ExitCode.USAGE, "USAGE", message, where, hint)

    @property
    def problem(self) -> Problem:
        """What is shown."""
        from creatorflow_contracts.problem import Problem

        code, message, where, hint = self._told
        return Problem(code=code, message=_whole(message)[:4096], where=_whole(where)[:1024], hint=_whole(hint)[:4096])


def _whole(text: str) -> str:
    """With a question mark for what is no character: a name of a file may hold any bytes."""
    return text.encode("utf-8", "replace").decode()
