"""The assumptions of an answer: how a default is named in plain English, and which ones a rendered text uses. Pure.

Rules for this file. An assumption counts where a template prints a number that rests on it or compares it, in prose or
in code, and nowhere else: what stands in a section that is left out was not used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from creatorflow_contracts.v1.output import Assumption

from .unit_conversion import plain_number
from .words import plural


@dataclass(slots=True)
class Ledger:
    """The assumptions that one text uses, in the order of their first use, each with the sections that use it."""

    section: str = ""
    used: dict[Assumption, set[str]] = field(default_factory=dict)
    _marked: set[tuple[bool, Assumption]] = field(default_factory=set)

    def use(self, assumptions: Iterable[Assumption]) -> None:
        """Record that the present section uses these."""
        for assumption in assumptions:
            self.used.setdefault(assumption, set()).add(self.section)

    def mark(self, assumptions: Iterable[Assumption]) -> bool:
        """Return True if one of these has no mark yet, in the summary or in the sections; they have one then."""
        marks = {(self.section == "", assumption) for assumption in assumptions}
        unmarked = bool(marks - self._marked)
        self._marked |= marks
        return unmarked

    def kept(self, left_out: Collection[str] = ()) -> tuple[Assumption, ...]:
        """Return the assumptions of all sections but those left out."""
        return tuple(assumption for assumption, sections in self.used.items() if not sections <= set(left_out))


def of_rate(noun: str, per: str, value: float) -> Assumption:
    """Return the assumption of a rate: `500 orders/hour`."""
    article = "an" if per == "hour" else "a"
    return _assumption(f"{plain_number(value)} {noun}/{per}", noun, f"say how many {noun} {article} {per}")


def of_count(noun: str, value: float) -> Assumption:
    """Return the assumption of a number of things: `3 carriers`."""
    nouns = plural(noun)
    return _assumption(f"{plain_number(value)} {plural(noun, value)}", nouns, f"say how many {nouns}")


def of_duration(name: str, unit: str, value: float) -> Assumption:
    """Return the assumption of a time: `return window: 30 days`."""
    return _assumption(
        f"{name}: {plain_number(value)} {plural(unit, value)}", name, f"say the {name}, in {plural(unit)}"
    )


def of_percent(name: str, value: float) -> Assumption:
    """Return the assumption of a share: `uptime: 99.9 %`."""
    return _assumption(f"{name}: {plain_number(value)} %", name, f"say the {name}, in percent")


def of_factor(name: str, value: float) -> Assumption:
    """Return the assumption of a multiple: `peak load: 10 times the usual`."""
    text = f"{name}: {plain_number(value)} times the usual"
    return _assumption(text, name, f"say the {name}, as a multiple of the usual")


def of_value(name: str, value: str) -> Assumption:
    """Return the assumption of a time of day or an amount: `cut-off: 14:00`, `price of the plan: 49 USD/month`."""
    return _assumption(f"{name}: {value}", name, f"say the {name}")


def _assumption(text: str, subject: str, state_it: str) -> Assumption:
    return Assumption(text=text, subject=subject, state_it=state_it)
