"""The output of the local tools, and their two errors."""

from __future__ import annotations

import sys

EXIT_CONFIGURATION = 78


class Unavailable(Exception):
    """One way to get a server does not work on this machine; the text says why. The next way is tried."""


class Refused(Exception):
    """No way is left to try: one line with what happened and what to do. Exit code 78."""


def say(text: str) -> None:
    """Print a line on standard error, which keeps standard output clean for the output of programs."""
    print(text, file=sys.stderr, flush=True)
