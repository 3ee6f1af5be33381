"""Conditions on the outcome of a check: "if the tests pass", "unless p95 stays below 250 ms", "on failure".

A condition on anything else ("if a payment fails") is a rule of the product.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from creatorflow_orchestrator.core.request import FactKind, Reading

from .asked_text import AskedText

_REACH = 160  # characters of a condition
_IF = re.compile(
    r"\b(?:(?P<unless>unless)|(?P<success>(?:up)?on success|in case of success|pass(?:ed|es)?\s?(?:->|→|=>))|"
    r"(?P<failure>(?:up)?on failure|in case of failure|fail(?:ed|s|ure)?\s?(?:->|→|=>))|"
    r"should(?=\s(?:it|they|this|that|the tests?|any)\b)|"
    r"(?:only\s{1,4})?(?:if|when|once|after|as soon as|provided(?:\s{1,4}that)?)\b)(?!\s{1,4}not\b)",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|never|no longer)\b|n['’]t\b", re.IGNORECASE)
_FAILS = r"fails?|failed|(?:is|are|turns?|comes? back) red|breaks?|broke|broken|miss(?:es|ed)?|regress(?:es|ed)?"
_DENIED = (
    r"(?:(?:does|do|did|is|are|was|were|has|have|had|could|would)(?:\s{1,3}not|n['’]t)|can(?:not|['’]t)|won['’]t)"
    rf"(?:\s{{1,3}}(?P<fail_denied>{_FAILS})|\s{{1,3}}(?:pass|succeed|hold|work|match|agree)(?![a-z])|"
    r"(?:\s{1,3}\w{1,12}){1,5}(?=,)|\s{1,3}[a-z]{2,12})?"
)
_OUTCOME = re.compile(
    rf"\b(?:(?P<denied>{_DENIED})|(?P<failed>{_FAILS})|"
    r"pass(?:es|ed)?|succeed(?:s|ed)?|(?:is |are |all |turns? |comes? back |stays? )?green|"
    r"(?:is |are |gets? |has been )?(?:approved|met|clean|successful)|holds?|held|works?|worked|match(?:es)?|agrees?|"
    r"(?:is|are) (?:ok|okay|fine|good|done|complete|happy|satisfied)|goes? through|"
    r"(?:does|do|did|can)(?=\s{0,3}(?:[,;:.]|then\b|$)))(?!\w)",
    re.IGNORECASE,
)
CHECK = re.compile(
    r"\b(?:tests?|testing|tested|test[ -]runs?|checks?|checked|suites?|reviews?|reviewed|audits?|validat\w{1,6}|"
    r"verif\w{1,9}|targets?|measur\w{1,8}|benchmark\w{0,4}|p\d\d|latency|response times?|acceptance|qa|smoke|ci)\b",
    re.IGNORECASE,
)
"""Words of work that judges other work."""
_PRONOUN = re.compile(r"\b(?:it|they|this|that|these|those|any|one|both|we|you)\b", re.IGNORECASE)
_ALL = re.compile(r"\b(?:everything|all)\b", re.IGNORECASE)
_BOUNDS = frozenset(("<", "<=", ">", ">="))
_Place = TypeVar("_Place")


@dataclass(frozen=True, slots=True)
class Condition:
    """Characters `start` to `end` of a condition; `passed` if it holds on success."""

    start: int
    end: int
    passed: bool


def find_conditions(asked: AskedText, reading: Reading) -> Iterator[Condition]:
    """Find the conditions of a request on the outcome of a check, in its order."""
    outcomes = _Outcomes(asked, reading)
    reached = 0
    for word in _IF.finditer(asked.text):
        condition = outcomes.condition(word)
        if condition is not None and reached <= condition.start:
            reached = condition.end
            outcomes.add_check(condition.start)
            yield condition


class _Outcomes:
    """The places of a text that state an outcome, a bound on a figure, or a check; each is looked for once."""

    def __init__(self, asked: AskedText, reading: Reading) -> None:
        self._asked = asked
        self._outcomes = list(_OUTCOME.finditer(asked.text))
        self._checks = [match.start() for match in CHECK.finditer(asked.text)]
        bounds = (fact for fact in reading.facts if fact.kind is FactKind.QUANTITY and fact.comparison in _BOUNDS)
        self._bounds = sorted(bounds, key=lambda fact: fact.start)

    def add_check(self, place: int) -> None:
        """Remember a condition: the next one may refer to the same check, "if they pass ... If they fail ..."."""
        insort(self._checks, place)

    def condition(self, word: re.Match[str]) -> Condition | None:
        """Read the condition that begins with a word; `None` unless it is about the outcome of a check."""
        if word["success"] or word["failure"]:
            return Condition(word.start(), word.end(), word["success"] is not None)
        reach = min(self._asked.sentence(word.start(), word.end())[1], word.end() + _REACH)
        outcome = _first(self._outcomes, word.end(), reach, re.Match.start)
        bound = _first(self._bounds, word.end(), outcome.start() if outcome else reach, lambda fact: fact.start)
        if bound is not None:
            start, end, passed = bound.start, bound.end, True
        elif outcome is not None:
            start, end, passed = outcome.start(), outcome.end(), _is_success(outcome)
        else:
            return None
        if not self._is_of_check(word, start, end):
            return None
        negated = _NOT.search(self._asked.text, word.end(), start) is not None
        return Condition(word.start(), end, passed ^ negated ^ (word["unless"] is not None))

    def _is_of_check(self, word: re.Match[str], outcome: int, end: int) -> bool:
        """True if a condition names a check, or all, or refers by a pronoun to a check in the sentence before."""
        text = self._asked.text
        if self._has_check(word.end(), end) or _ALL.search(text, word.end(), outcome):
            return True
        if not _PRONOUN.search(text, word.end(), outcome):
            return False
        begins, _ = self._asked.sentence(word.start(), word.end())
        if not self._asked.has_words(begins, word.start()) and begins:
            begins, _ = self._asked.sentence(begins - 1, begins - 1)
        return self._has_check(begins, word.start())

    def _has_check(self, start: int, end: int) -> bool:
        return bisect_left(self._checks, start) < bisect_left(self._checks, end)


def _is_success(outcome: re.Match[str]) -> bool:
    """True if an outcome is that of success; "does not fail" is one."""
    return bool(outcome["fail_denied"]) if outcome["denied"] else not outcome["failed"]


def _first(places: Sequence[_Place], start: int, end: int, start_of: Callable[[_Place], int]) -> _Place | None:
    """Return the first of some sorted places that begins between two places of the text."""
    at = bisect_left(places, start, key=start_of)
    return places[at] if at < len(places) and start_of(places[at]) < end else None
