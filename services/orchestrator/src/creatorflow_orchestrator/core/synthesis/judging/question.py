"""What is judged: an ask with its facts and code, and the words that an answer to it has to cover. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from creatorflow_orchestrator.core.reading.stated.unit_words import UNITS
from creatorflow_orchestrator.core.request import Ask, AskKind, Attachment, Fact, FactKind

from .code_names import code_names
from .words import concept, concepts, content, promised, words

_NUMBERED = re.compile(r"\d")
_ID = re.compile(r"(?<![\w.,-])[A-Z]{0,6}-?\d[\dA-Z]{0,40}(?:-[\dA-Z]{1,20}){0,5}(?![\w.,]{0,20}\d)")
_NAME = re.compile(r"(?<=[a-z0-9,;] )[A-Z][a-z]+(?:[A-Z][a-z]+)*\b")
_LONG_NUMBER, _DIGITS_OF_A_CODE = 8, 3
_WHY = re.compile(r"\b(?:why|how come|what makes)\b", re.IGNORECASE)
_CAUSE = re.compile(r"\b(?:explain|reasons?|causes?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """An ask, the facts that bind it, and the code that came with it."""

    ask: Ask
    facts: tuple[Fact, ...] = ()
    code: tuple[Attachment, ...] = ()

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The concepts of the object without names and the words of figures; of the whole ask if none are left."""
        of_object, text = self._without_names(content(self.ask.object)), self.ask.text
        if self._is_vague:
            return ()
        return (
            self._beside_facts(of_object)
            or tuple(term for term in of_object if term not in UNITS)
            or self._apart_from_facts(self._without_names(content(text)))
            or (() if self.facts else promised(self.ask.object) or promised(text) or concepts(text))
        )

    @cached_property
    def ids(self) -> frozenset[str]:
        """The codes and numbers of things that the ask is about: "CF-1088", "4006381333931"."""
        stated = [fact.text for fact in self.facts if fact.kind is not FactKind.QUANTITY or fact.unit]
        found = (match.group() for match in _ID.finditer(self.ask.text))
        return frozenset(name for name in found if _is_id(name) and not any(name in text for text in stated))

    @cached_property
    def further_names(self) -> tuple[str, ...]:
        """The words of the ask that are written as names, and that no fact has: "Polish", "ShipBob"."""
        stated = " ".join(fact.text for fact in self.facts)
        found = (match.group() for match in _NAME.finditer(self.ask.text))
        return tuple(dict.fromkeys(name for name in found if name not in stated and name != "CreatorFlow"))

    @property
    def wants_a_verdict(self) -> bool:
        """True if a word may answer the ask: "right", "wrong", "the second"."""
        return self.ask.kind in (AskKind.VERIFY, AskKind.DECIDE, AskKind.EXPLAIN)

    @property
    def asks_why(self) -> bool:
        """True if the ask wants a cause."""
        explains = self.ask.kind is AskKind.EXPLAIN and _CAUSE.search(self.ask.text) is not None
        return explains or _WHY.search(self.ask.text) is not None

    @property
    def _is_vague(self) -> bool:
        """True for "tune it", whose object is only pointed at: anything that says something may be about it."""
        return bool(self.ask.object) and not concepts(self.ask.object) and len(content(self.ask.text)) <= 1

    @cached_property
    def further(self) -> tuple[str, ...]:
        """The concepts of the ask that its object does not have, without those of its facts."""
        if self._is_vague:
            return ()
        stated = {word for fact in self.facts for word in concepts(f"{fact.text} {fact.subject} {fact.role}")}
        return tuple(word for word in content(self.ask.text) if word not in stated and word not in self.terms)

    @property
    def begins_with_its_work(self) -> bool:
        """True for "hide phone numbers", whose first word says what to do with the object; not for "phone numbers"."""
        return content(self.ask.text)[:1] == self.further[:1] != ()

    @cached_property
    def names_in_code(self) -> frozenset[str]:
        """The names of tables, columns and functions in the code."""
        return frozenset().union(*(code_names(part.text) for part in self.code))

    def in_its_words(self, terms: frozenset[str]) -> tuple[str, ...]:
        """Return these concepts in the words of the ask."""
        shown = {concept(word): word for word in reversed(list(words(f"{self.ask.object} {self.ask.text}")))}
        return tuple(word for known, word in reversed(shown.items()) if known in terms)

    def _beside_facts(self, terms: tuple[str, ...]) -> tuple[str, ...]:
        """Return the terms without the words of figures, dates and times."""
        stated = {word for fact in self.facts if fact.kind is not FactKind.NAME for word in concepts(fact.text)}
        return tuple(term for term in terms if term not in stated)

    def _apart_from_facts(self, terms: tuple[str, ...]) -> tuple[str, ...]:
        """Return the terms without these words, and without those of what the figures are about."""
        about = {word for fact in self.facts for word in concepts(f"{fact.subject} {fact.role}")}
        return tuple(term for term in self._beside_facts(terms) if term not in about)

    def _without_names(self, terms: tuple[str, ...]) -> tuple[str, ...]:
        named = {word for fact in self.facts if fact.kind is FactKind.NAME for word in concepts(fact.text)}
        return tuple(term for term in terms if term not in named and not _NUMBERED.match(term))


def _is_id(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return digits >= (_DIGITS_OF_A_CODE if text[0].isalpha() else _LONG_NUMBER)
