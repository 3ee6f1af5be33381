"""The named things, dates and times that a request states: carriers, plans, roles, regions, a cut-off. Pure.

Their names are the request's text, so data: a template quotes them in code by a filter, as all text of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from creatorflow_contracts.v1.reading import Fact, Passage, Reading

from .safe_text import one_line
from .words import alternatives, clause_around, contains, stems

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Named:
    """A named thing: its canonical name, its category, and its place in the request."""

    name: str
    category: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class NamedThings:
    """The named things of a task, in the order of the request."""

    things: tuple[Named, ...] = ()
    times: tuple[tuple[str, str], ...] = ()
    """Times of day as `15:30`, each with the words around it."""

    def named(self, categories: str) -> tuple[str, ...]:
        """Return the names of a category, each once: `named("carrier")`, `named("platform|marketplace")`."""
        wanted = set(alternatives(categories))
        return tuple(dict.fromkeys(thing.name for thing in self.things if stems(thing.category) in wanted))

    def names(self, category: str) -> tuple[Named, ...]:
        """Return the things of a category with their facts, each name once."""
        return tuple({thing.name: thing for thing in reversed(self.things) if thing.category == category}.values())[
            ::-1
        ]

    def time(self, words: str) -> str:
        """Return the time of day that is stated beside one of these words, "" if there is none."""
        wanted = alternatives(words)
        near = (time for time, beside in self.times if any(contains(stems(beside), word) for word in wanted))
        return next(near, "")


def named_things(reading: Reading | None) -> NamedThings:
    """Return the named things of a reading; none without one."""
    if reading is None:
        return NamedThings()
    things = (
        Named(one_line(fact.name or fact.text, _LONGEST_NAME), fact.category.strip().lower(), fact)
        for fact in reading.facts
        if fact.kind == "name" and (fact.name or fact.text).strip()
    )
    times = (
        (fact.name[:5], f"{fact.subject} {fact.text} {beside(fact, reading)}")
        for fact in reading.facts
        if fact.kind == "time" and _TIME.match(fact.name)
    )
    return NamedThings(tuple(things), tuple(times))


def passage_of(fact: Fact, reading: Reading) -> Passage | None:
    """Return the ask or constraint that a fact stands in, None for a fact elsewhere."""
    for passage in (*reading.asks, *reading.constraints):
        whole = passage.end - passage.start == len(passage.text)
        if whole and passage.start <= fact.start and fact.end <= passage.end:
            return passage
    return None


def beside(fact: Fact, reading: Reading, request: str = "") -> str:
    """Return the words around a fact, of its clause in the ask or constraint that it stands in: "keep invoices for".

    Of a fact elsewhere, those of its clause in the request.
    """
    passage = passage_of(fact, reading)
    if passage is None:
        here = bool(fact.text) and request[fact.start : fact.end] == fact.text
        return clause_around(request, fact.start, fact.end) if here else ""
    return clause_around(passage.text, fact.start - passage.start, fact.end - passage.start)


def listed(names: Iterable[str], last: str = "and") -> str:
    """Return names as people list them: "DPD, GLS and Royal Mail"."""
    every = list(names)
    return f" {last} ".join(filter(None, (", ".join(every[:-1]), every[-1]))) if every else ""
