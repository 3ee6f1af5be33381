"""Counting the calls of a function instead of timing it: the count is the same on every machine, however busy.

Work inside one call in C is not counted: a pattern that backtracks for ever meets the test's own time limit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls(work: Callable[[], object]) -> int:
    """Return the number of functions that `work` calls in this thread, those in C included."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return counted


def calls_per_character(work: Callable[[str], object], piece: str, length: int = 8 * 1024) -> float:
    """Return the calls for each character of a text of `length` that repeats a piece.

    Raises AssertionError if twice the text takes more than 2.3 times the calls: then no longer text is bounded either.
    """
    half, whole = (calls(lambda size=size: work((piece * size)[:size])) for size in (length // 2, length))  # type: ignore[misc]
    assert whole <= 2.3 * half, f"{piece!r}: {half} calls for {length // 2} characters, {whole} for {length}"
    return whole / length
