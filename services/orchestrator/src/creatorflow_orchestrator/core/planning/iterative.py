"""Repetitions of a request: work that is done again until its check holds.

"Refine it until the tests pass" is one. "Returns are possible until 31 January" and "hold the order until it is paid"
are none: a date, and a rule of the product.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from creatorflow_orchestrator.core.request import FactKind, Reading

from .asked_text import AskedText
from .conditional import Branch
from .target_figures import states_target

DEFAULT_ITERATIONS = 3
MAX_ITERATIONS = 50
MAX_REPETITIONS = 5
_REACH = 200  # characters before it in which work is done again, and after it in which its limit is stated
_DATE_REACH = 12  # characters between "until" and a date: "until the end of 31 January"
_REFINE = r"refin|improv|iterat|tun|polish|optimi[sz]|adjust|revis|tweak|rework"
_CYCLE = re.compile(
    r"\b(?:(?P<until>until|till (?=it\b|they\b|all\b|everything\b|(?:the )?tests?\b|p\d))|"
    rf"keep (?:on )?(?:{_REFINE}|try|test)\w{{0,6}}ing\b|keep at it\b|review and (?:improve|refine|revise)\b|iterate\b|"
    r"iteratively\b|repeat(?:edly)? (?:this|the|it|improv|refin)|in (?:several|a few) (?:rounds|iterations)\b)",
    re.IGNORECASE,
)
_AGAIN = re.compile(rf"\b(?:(?:{_REFINE}|re-?test|repeat|redo)\w{{0,8}}|again|over and over)\b", re.IGNORECASE)
_JUDGED = re.compile(
    r"\b(?:tests?|checks?|suites?|reviews?|reviewers?|audits?|targets?|p\d\d|latency|response times?|coverage|"
    r"everything|nothing|team|it|they)\b",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"\b(?:pass(?:es|ed)?|succeeds?|succeeded|green|approved?|approves?|holds?|works?|met|reached|clean|happy|satisfied|"
    r"(?:is|are|stays?) (?:ok|fine|good|below|under|above|gone|slow|missing|left))\b",
    re.IGNORECASE,
)
_TESTED = re.compile(r"\b(?:(?:load |smoke |regression |end-to-end )?tests?|test suite|p\d\d)\b", re.IGNORECASE)
_NO_CHECK = re.compile(
    r"\s{0,4}(?:now|then|today|tomorrow|yesterday|recently|lately|late|midnight|noon|further notice|(?:the )?end of|"
    r"\w{1,9}day\b|\d{1,2}\s?(?:am|pm|:|\.)|\d{1,3} (?:days?|weeks?|months?|hours?|minutes?|years?)\b)",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r",(?!\d)|[;:!?\n–—]|\band then\b|\bthen\b", re.IGNORECASE)
_LIMIT = re.compile(
    r"\b(?:at most|up to|no more than|not more than|max(?:imum)?(?: of)?)\s{1,4}(\d{1,2}|two|three|four|five|six|ten)"
    r"\s{1,4}(?:times|rounds|iterations|attempts|passes|tries)\b",
    re.IGNORECASE,
)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}


@dataclass(frozen=True, slots=True)
class Repetition:
    """Characters `start` to `end` of a request: work that is done again until its check holds, in at most `limit`
    iterations. `branch` is the one that it is in, if it is in one; `tested` if its check is a test or a target;
    `stated` is the number of iterations that the request states, 0 for none."""

    start: int
    end: int
    limit: int = DEFAULT_ITERATIONS
    branch: Branch | None = None
    tested: bool = False
    stated: int = 0


def find_repetitions(asked: AskedText, reading: Reading, branches: Sequence[Branch]) -> tuple[Repetition, ...]:
    """Find the repetitions of a request, in its order; a plan follows `MAX_REPETITIONS` of them."""
    marks = _Marks(asked, reading)
    found = [match for match in _CYCLE.finditer(asked.text) if not match["until"] or marks.is_repeated(match)]
    checks = [match.start() for match in found if match["until"]]
    work = sorted(ask.start for ask in reading.asks)
    repetitions: list[Repetition] = []
    reached = checked = 0  # ends of the latest repetition, and of the latest "until"
    for match in found:
        within = match.start() < reached
        if not within or (match["until"] and checked):  # "keep refining it until ..." is one
            begins = checked if within else reached
            following = _first(checks, match.end(), len(asked.text)) or len(asked.text)
            own = _last(work, match.end(), following)  # another "until" behind it is for the work before that
            repetition = _repetition(asked, match, branches, begins, own if following < len(asked.text) else None)
            repetitions.append(replace(repetition, tested=marks.is_tested(match.end(), repetition.end)))
            reached, checked = max(reached, repetition.end), 0
        if match["until"]:
            checked = match.end()
    return tuple(repetitions)


class _Marks:
    """The places of a text that distinguish a repetition from a date or a rule; each is looked for once."""

    def __init__(self, asked: AskedText, reading: Reading) -> None:
        self._asked = asked
        self._again, self._judged, self._verdicts, self._tests, self._ends = (
            [found.start() for found in words.finditer(asked.text)]
            for words in (_AGAIN, _JUDGED, _VERDICT, _TESTED, _CLAUSE_END)
        )
        self._times = sorted(fact.start for fact in reading.facts if fact.kind in (FactKind.DATE, FactKind.TIME))
        self._targets = sorted(fact.start for fact in reading.facts if states_target(fact))

    def is_repeated(self, match: re.Match[str]) -> bool:
        """True if "until" follows work that is done again, or a check follows it; false before a date or a time."""
        start = match.end()
        dated = _first(self._times, match.start(), start + _DATE_REACH) is not None
        if dated or _NO_CHECK.match(self._asked.text, start):
            return False
        begins, ends = self._asked.sentence(match.start(), start)
        if _first(self._again, max(begins, match.start() - _REACH), match.start()) is not None:
            return True
        end = _first(self._ends, start, ends) or ends
        judged = _first(self._judged, start, end)
        checked = judged is not None and _first(self._verdicts, judged, end) is not None
        return checked or _first(self._targets, start, end) is not None

    def is_tested(self, start: int, end: int) -> bool:
        """True if tests or a target stand between two places."""
        return _first(self._tests, start, end) is not None or _first(self._targets, start, end) is not None


def _repetition(
    asked: AskedText, match: re.Match[str], branches: Sequence[Branch], after: int, before: int | None
) -> Repetition:
    """Return the clauses of the sentence that a repetition covers: up to a branch or condition, if one follows.

    They lie between the repetition before this one and the work of the next, which begins at `before`.
    """
    begins, ends = asked.sentence(match.start(), match.end())
    branch = next((branch for branch in branches if branch.has(match.start())), None)
    if branch is not None:
        end = branch.end if before is None else min(branch.end, before)
        return _limited(Repetition(max(branch.start, after), end, branch=branch), asked, branch.end)
    edges = [place for branch in branches for place in ((branch.start, branch.end), branch.condition)]
    begins = max((begins, after, *(end for _, end in edges if end <= match.start())))
    clause = _CLAUSE_END.search(asked.text, match.end(), ends)
    end = min((ends, *(start for start, _ in edges if start >= match.end())))
    end = min(end, clause.start()) if clause else end
    end = end if before is None else min(end, before)
    return _limited(Repetition(begins, end), asked, ends)


def _first(places: Sequence[int], start: int, end: int) -> int | None:
    """Return the first of some sorted places between two others; `None` if there is none."""
    at = bisect_left(places, start)
    return places[at] if at < len(places) and places[at] < end else None


def _last(places: Sequence[int], start: int, end: int) -> int | None:
    """Return the last of some sorted places between two others; `None` if there is none."""
    at = bisect_left(places, end) - 1
    return places[at] if at >= 0 and places[at] >= start else None


def _limited(repetition: Repetition, asked: AskedText, end: int) -> Repetition:
    """Return the repetition with the stated number of iterations: in the sentence, or right after it."""
    stated = _LIMIT.search(asked.text, repetition.start, min(len(asked.text), end + _REACH))
    if stated is None:
        return repetition
    number = _NUMBERS.get(stated[1].lower()) or int(stated[1])
    return replace(repetition, limit=min(max(number, 1), MAX_ITERATIONS), stated=number)
