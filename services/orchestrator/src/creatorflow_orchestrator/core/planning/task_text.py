"""The text of a task: the work, its object, the results it builds on, and its definition of done."""

from __future__ import annotations

from collections.abc import Sequence

from creatorflow_orchestrator.core.plan import Quantity

from .domains import WORK

_OBJECT_LENGTH = 160
_LISTED = 20  # requirements and figures spelled out; the task carries all of them


def request_object(text: str) -> str:
    """Return the object of the request in one line: its first line or sentence, shortened."""
    line = text.strip().split("\n", 1)[0]
    words = line.split(". ", 1)[0].strip(" .:;,-•*#").removesuffix(" that")
    return shorten(words or line, _OBJECT_LENGTH)


def work_instruction(
    domain: str, about: str, asked: Sequence[str], figures: Sequence[Quantity], on: Sequence[str]
) -> str:
    """Return the instruction of a primary or supporting step."""
    work = WORK.get(domain, f"Do the part of {domain.replace('_', ' ')}")
    based = f" Build on the results of {_and(on)}." if on else ""
    holds = f", and these figures hold: {_figures(figures)}" if figures else ""
    return (
        f"{work} for: {about}.{_asked(asked, about)}{based} Done when each point has a specification, "
        f"the steps to build it and a test that fails without it{holds}."
    )


def validation_instruction(about: str, asked: Sequence[str], targets: Sequence[Quantity], on: Sequence[str]) -> str:
    """Return the instruction of a validation step: under load where the request states targets."""
    manner = "under load" if targets else "end to end"
    based = f" Check what {_and(on)} delivered." if on else ""
    done = (
        f"each target has a measurement that passes or fails it: {_figures(targets)}"
        if targets
        else "each point has an automated test that passes, and fails when the point is broken"
    )
    return f"Validate {manner}: {about}.{_asked(asked, about)}{based} Done when {done}."


def shorten(text: str, length: int) -> str:
    """Cut a text to at most `length` characters, at a word."""
    if len(text) <= length:
        return text
    return text[: length - 2].rsplit(" ", 1)[0] + " …"


def _asked(asked: Sequence[str], about: str) -> str:
    """List the requirements, unless the request itself is the only one."""
    return f" Asked for: {_listed(asked)}." if asked and list(asked) != [about] else ""


def _listed(asked: Sequence[str]) -> str:
    shown = [shorten(point, _OBJECT_LENGTH) for point in asked[:_LISTED]]
    more = [f"and {len(asked) - _LISTED} more"] if len(asked) > _LISTED else []
    return "; ".join(shown + more)


def figure(quantity: Quantity) -> str:
    """Return a quantity in the request's words, with its subject: "response times <2s", "5000+ orders/hour"."""
    named = quantity.subject and quantity.subject not in quantity.text.lower()
    return f"{quantity.subject} {quantity.text}" if named else quantity.text


def _figures(figures: Sequence[Quantity]) -> str:
    return ", ".join(dict.fromkeys(figure(quantity) for quantity in figures[:_LISTED]))


def _and(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
