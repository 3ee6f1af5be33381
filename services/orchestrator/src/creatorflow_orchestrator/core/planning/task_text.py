"""The text of a task: the work, its object in the user's words, what it builds on, and its definition of done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creatorflow_orchestrator.core.plan import Quantity

from .domains import WORK
from .target_figures import figure

_LENGTH = 160  # characters of one point
_LISTED = 20  # objects, requirements and figures spelled out; the task carries all of them


@dataclass(frozen=True, slots=True)
class Assignment:
    """The work of a step in words: the objects and texts of its asks, its figures, and the steps that it builds on."""

    objects: tuple[str, ...]
    asked: tuple[str, ...]
    figures: tuple[Quantity, ...] = ()
    after: tuple[str, ...] = ()
    tested: bool = True
    """False if the request wants no tests."""


def work_instruction(domain: str, work: Assignment) -> str:
    """Return the instruction of a primary or supporting step."""
    heading = WORK.get(domain, f"Do the part of {domain.replace('_', ' ')}")
    based = f" Build on the results of {_and(work.after)}." if work.after else ""
    holds = f", and these figures hold: {_figures(work.figures)}" if work.figures else ""
    done = (
        "a specification, the steps to build it and a test that fails without it"
        if work.tested
        else "a specification and the steps to build it"
    )
    return f"{heading} for: {_about(work)}.{_asked(work)}{based} Done when each point has {done}{holds}."


def validation_instruction(work: Assignment, targets: Sequence[Quantity]) -> str:
    """Return the instruction of a validation step: under load where the request states targets."""
    manner = "under load" if targets else "end to end"
    based = f" Check what {_and(work.after)} delivered." if work.after else ""
    done = (
        f"each target has a measurement that passes or fails it: {_figures(targets)}"
        if targets
        else "each point has an automated test that passes, and fails when the point is broken"
    )
    return f"Validate {manner}: {_about(work)}.{_asked(work)}{based} Done when {done}."


def follow_up_instruction(words: str, work: Assignment) -> str:
    """Return the instruction of a step that follows up judged work, in the words of the request."""
    based = f" Build on the results of {_and(work.after)}." if work.after else ""
    return (
        f"Do this with what was delivered: {shorten(words, _LENGTH)}. It is about: {_about(work)}.{based} Done when "
        "there are the steps to do it, and a check that it is done."
    )


def shorten(text: str, length: int) -> str:
    """Cut a text to at most `length` characters, at a word."""
    if len(text) <= length:
        return text
    return text[: length - 2].rsplit(" ", 1)[0] + " …"


def flat(text: str, length: int) -> str:
    """Put a text into one line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _about(work: Assignment) -> str:
    return _listed([" ".join(name.split()) for name in work.objects or work.asked], ", ") or "the request"


def _asked(work: Assignment) -> str:
    """List the requirements, unless they are the objects themselves."""
    return f" Asked for: {_listed(work.asked, '; ')}." if work.asked and work.asked != work.objects else ""


def _listed(points: Sequence[str], separator: str) -> str:
    shown = [shorten(point, _LENGTH) for point in points[:_LISTED]]
    more = [f"and {len(points) - _LISTED} more"] if len(points) > _LISTED else []
    return separator.join(shown + more)


def _figures(figures: Sequence[Quantity]) -> str:
    return ", ".join(dict.fromkeys(figure(quantity) for quantity in figures[:_LISTED]))


def _and(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
