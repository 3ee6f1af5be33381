"""The exit codes of `creatorflow`: a script can tell what happened without reading text."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line ends with."""

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


STATUS_EXIT = {
    "completed": ExitCode.SUCCESS,
    "failed": ExitCode.FAILED,
    "cancelled": ExitCode.REFUSED,
}
"""A saga's final state to the exit code that tells it."""
