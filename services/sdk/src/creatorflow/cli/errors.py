"""What ends a command early.

CommandError            an exit code and a Problem that says what happened, to what, and what to do next
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Self

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


class ExitCode(IntEnum):
    """The code that the command line ends with."""

    SUCCESS = 0
    FAILED = 1
    """The request ran and failed."""
    USAGE = 2
    NO_BROKER = 3
    UNFINISHED = 4
    """It was not finished in time; it goes on."""
    REFUSED = 5
    """Cancelled, or refused."""
    DEFECT = 70
    """An error of the command line itself."""
    TRY_LATER = 75
    """Nothing was done, because there is too much to do: the same command will work later."""
    CONFIGURATION = 78
    INTERRUPTED = 130


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.SUCCESS: "success",
    ExitCode.FAILED: "the request failed, or doctor or health found something that does not work",
    ExitCode.USAGE: "the command line cannot be understood",
    ExitCode.NO_BROKER: "no broker, or no orchestrator there",
    ExitCode.UNFINISHED: "not finished or not answered in time; the request goes on",
    ExitCode.REFUSED: "cancelled, or refused, wholly or in part",
    ExitCode.DEFECT: "a defect of creatorflow itself",
    ExitCode.TRY_LATER: "too much to do: the same command will work later",
    ExitCode.CONFIGURATION: "the configuration or the environment is wrong",
    ExitCode.INTERRUPTED: "interrupted; the request goes on",
}
"""The meaning of each code, as the help says it."""

STATUS_EXIT = {
    "completed": ExitCode.SUCCESS,
    "failed": ExitCode.FAILED,
    "cancelled": ExitCode.REFUSED,
}
"""A request's final state to the exit code that tells it."""


def exit_codes() -> str:
    """The section of the help page that documents the exit codes, one in each row."""
    return "\n".join(("Exit codes:", *(f"{code:>3} {meaning}" for code, meaning in MEANINGS.items())))
