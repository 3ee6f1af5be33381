"""Notes on what a plan does not follow: conditions that nobody judges, and repetitions that make no loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .asked_text import AskedText
from .conditional import MAX_CONDITIONS, Branch
from .conditions import Condition
from .iterative import MAX_REPETITIONS, Repetition
from .task_text import flat

_QUOTED = 80  # characters of the request that a note repeats


def unjudged_conditions(asked: AskedText, branches: Sequence[Branch]) -> Iterator[str]:
    """Yield a note for each condition that nobody judges."""
    for start, end in dict.fromkeys(branch.condition for branch in branches):
        yield f"nobody judges {_quoted(asked, start, end)}: what depends on it is done in any case"


def undone_branches(asked: AskedText, branches: Sequence[Branch]) -> Iterator[str]:
    """Yield a note for each branch in which no step works."""
    for branch in branches:
        condition = _quoted(asked, *branch.condition)
        yield f"no step waits for {condition} to do {_quoted(asked, branch.start, branch.end)}"


def too_many_conditions(asked: AskedText, conditions: Sequence[Condition]) -> Iterator[str]:
    """Yield a note on the conditions that are too many, if there are some."""
    if conditions:
        first = _quoted(asked, conditions[0].start, conditions[0].end)
        yield f"only {MAX_CONDITIONS} conditions are followed, not {first}{_more(conditions)}"


def too_many_repetitions(asked: AskedText, repetitions: Sequence[Repetition]) -> Iterator[str]:
    """Yield a note on the repetitions that are too many, if there are some."""
    if repetitions:
        first = _quoted(asked, repetitions[0].start, repetitions[0].end)
        yield f"only {MAX_REPETITIONS} repetitions are followed, not {first}{_more(repetitions)}"


def unmade_loops(asked: AskedText, repetitions: Sequence[Repetition]) -> Iterator[str]:
    """Yield a note for each repetition that makes no loop."""
    for repetition in repetitions:
        words = _quoted(asked, repetition.start, repetition.end)
        yield f"{words} makes no loop: another one has its steps, or nobody does them"


def lowered_limits(asked: AskedText, repetitions: Sequence[Repetition]) -> Iterator[str]:
    """Yield a note for each repetition that states another limit than its loop has."""
    for repetition in repetitions:
        if repetition.stated and repetition.stated != repetition.limit:
            words = _quoted(asked, repetition.start, repetition.end)
            yield f"{words} has the limit {repetition.limit}, not {repetition.stated}"


def _more(others: Sequence[object]) -> str:
    return f" and {len(others) - 1} more" if len(others) > 1 else ""


def _quoted(asked: AskedText, start: int, end: int) -> str:
    return f"'{flat(asked.text[start:end].strip(',;: '), _QUOTED)}'"
