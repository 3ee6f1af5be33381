"""How the local tools speak, and the two ways in which something cannot be had."""

from __future__ import annotations

import sys

EXIT_CONFIGURATION = 78


class Unavailable(Exception):
    """One way to a server does not work on this machine; its text says why. The next way is tried."""


class Refused(Exception):
    """Nothing more can be tried: one line that says what happened and what to do. Exit 78."""


def say(text: str) -> None:
    """One line on standard error, so that what a program prints stays clean."""
    print(text, file=sys.stderr, flush=True)
