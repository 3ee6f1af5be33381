"""The reading of a request: what it asks for, excludes and states, and what nothing covers. Values only.

Every element has its place in the text, and its `text` is that place, verbatim: nothing is invented. The spans of the
elements and the unread passages together cover every word of the request, and no word is in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Comparison = Literal["<", "<=", "=", ">=", ">", "x"]
"""How a figure binds: a bound, an exact value, or (`x`) a multiple of what is usual."""


class AskKind(StrEnum):
    """The kind of work that an ask wants."""

    BUILD = "build"
    CHANGE = "change"
    FIX = "fix"
    SPEED_UP = "speed_up"
    MIGRATE = "migrate"
    EXPLAIN = "explain"
    DECIDE = "decide"
    VERIFY = "verify"


class FactKind(StrEnum):
    """The kind of a fact: a figure, a named thing ("Zebra", "MySQL 8"), a calendar date, or a time of day."""

    QUANTITY = "quantity"
    NAME = "name"
    DATE = "date"
    TIME = "time"


class ContextKind(StrEnum):
    """The kind of a passage that is read and understood, but asks for nothing."""

    HEADING = "heading"
    LEAD_IN = "lead_in"
    """The line that leads into a list."""
    BACKGROUND = "background"
    EVIDENCE = "evidence"
    """What was seen or happened: steps to reproduce, a timeline, "the printer jams"."""
    QUOTE = "quote"
    """The history below an answered or forwarded mail."""
    FIELD = "field"
    """A field of a ticket or mail head: "Priority: P1", "Subject: ..."."""
    DONE = "done"
    """Work that is done already: a ticked box, "finished by the other team"."""
    GREETING = "greeting"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `start` to `end` of the request, and that text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Ask(Passage):
    """One thing that the request wants.

    `object` is what the work is about, in the request's words. `domains` maps domain to score, strongest first; none
    means that no agent's card covers it. `attachments` are positions in the reading's attachments.
    """

    kind: AskKind
    object: str
    domains: Mapping[str, float] = field(default_factory=dict)
    attachments: tuple[int, ...] = ()


TEST_SECTION = "testing_requirements"
"""The section of an answer that says how the work is to be tested."""


@dataclass(frozen=True, slots=True)
class Exclusion(Passage):
    """Something that the request does not want, and what that takes away; nothing that an agent does, if all are empty.

    `sections` are sections of an answer, as in `SpecialistOutput`.
    """

    domains: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    kinds: tuple[AskKind, ...] = ()
    sections: tuple[str, ...] = ()


_ROUNDS = frozenset(("round", "rounds", "iteration", "iterations"))


@dataclass(frozen=True, slots=True)
class Fact(Passage):
    """A figure or a named thing that the request states, and the positions of the asks that it binds; none: all.

    A figure has `subject`, `comparison`, `value` and `unit`, and `role` where one subject has several ("usual",
    "peak", "included"). A named thing has its canonical `name` and a `category` ("carrier", "database", "region"). A
    date and a time of day have their ISO 8601 form in `name`.
    """

    kind: FactKind
    subject: str = ""
    comparison: Comparison | None = None
    value: float | None = None
    unit: str = ""
    role: str = ""
    name: str = ""
    category: str = ""
    asks: tuple[int, ...] = ()

    @property
    def limits_work(self) -> bool:
        """True for how often work is done ("at most 4 rounds"), which no answer has to state."""
        return self.unit in _ROUNDS


@dataclass(frozen=True, slots=True)
class Constraint(Passage):
    """A condition that binds the work whatever is asked: "MySQL 8", "EU data only", "by 1 May"; `domains` that it
    concerns, none for all. `given` is true for one that came beside the text: it has no place in it (0, 0)."""

    domains: tuple[str, ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True)
class Attachment(Passage):
    """Code, a log or a table of data that came with the request; `language` is `sql`, `jsx`, `json`, `log`, ..."""

    language: str = ""


@dataclass(frozen=True, slots=True)
class Context(Passage):
    """A passage that is read and asks for nothing."""

    kind: ContextKind


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading of one request. `language` is an ISO 639-1 code.

    `dropped` counts elements of a model's reading whose text is not in the request, and which were left out for that.
    """

    language: str = "en"
    asks: tuple[Ask, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    facts: tuple[Fact, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    context: tuple[Context, ...] = ()
    unread: tuple[Passage, ...] = ()
    dropped: int = 0

    def elements(self) -> Iterator[Passage]:
        """Yield every element that has a place in the text, the unread passages not among them."""
        yield from self.asks
        yield from self.exclusions
        yield from self.facts
        yield from (constraint for constraint in self.constraints if not constraint.given)
        yield from self.attachments
        yield from self.context
