"""The error that ends a command early, and the exit codes.

CommandError            an exit code and a Problem that says what happened, to what, and what to do next
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from creatorflow_contracts.problem import Problem


class CommandError(Exception):
    """An error that ends a command: `problem` is shown and the command exits with `exit_code`."""

    def __init__(self, exit_code: ExitCode, code: str, message: str, where: str, hint: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self._parts = (code, message, where, hint)

    @classmethod
    def usage(cls, message: str, where: str, hint: str) -> Self:
        """Make the error for an argument or option that cannot be used."""
        return cls(ExitCode.USAGE, "USAGE", message, where, hint)

    @property
    def problem(self) -> Problem:
        """The problem to show, with its texts cut to the lengths that the contract allows."""
        from creatorflow_contracts.problem import Problem

        code, message, where, hint = self._parts
        return Problem(
            code=code, message=_encodable(message)[:4096], where=_encodable(where)[:1024], hint=_encodable(hint)[:4096]
        )


def _encodable(text: str) -> str:
    """Replace what UTF-8 cannot encode by question marks: a file name may contain any bytes."""
    return text.encode("utf-8", "replace").decode()


class ExitCode(IntEnum):
    """The exit code of the command line."""

    SUCCESS = 0
    FAILED = 1
    """The request ran and failed."""
    USAGE = 2
    NO_BROKER = 3
    UNFINISHED = 4
    """The request was not finished in time; it goes on."""
    REFUSED = 5
    """Cancelled, or refused."""
    DEFECT = 70
    """An error of the command line itself."""
    TRY_LATER = 75
    """Nothing was done because the system is at its load limit: the same command will work later."""
    CONFIGURATION = 78
    INTERRUPTED = 130


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.SUCCESS: "success",
    ExitCode.FAILED: "the request failed, or doctor or health found something that does not work",
    ExitCode.USAGE: "the command line cannot be understood",
    ExitCode.NO_BROKER: "the broker cannot be reached, or has no orchestrator",
    ExitCode.UNFINISHED: "not finished or not answered in time; the request goes on",
    ExitCode.REFUSED: "cancelled, or refused, wholly or in part",
    ExitCode.DEFECT: "a defect in creatorflow itself",
    ExitCode.TRY_LATER: "the system is at its load limit: the same command will work later",
    ExitCode.CONFIGURATION: "the configuration or the environment is wrong",
    ExitCode.INTERRUPTED: "interrupted; the request goes on",
}
"""The meaning of each code, as shown in the help."""

STATUS_EXIT = {
    "completed": ExitCode.SUCCESS,
    "failed": ExitCode.FAILED,
    "cancelled": ExitCode.REFUSED,
}
"""Maps a request's final state to the exit code."""


def exit_codes() -> str:
    """The section of the help page that lists the exit codes, one per row."""
    return "\n".join(("Exit codes:", *(f"{code:>3} {meaning}" for code, meaning in MEANINGS.items())))
