"""Branches of a request: work that is done only if earlier work passed its check, or only if it did not.

"If the tests pass, deploy, otherwise roll back" has two branches. "If a payment fails, retry it" has none: it is a rule
of the product, and no condition on the work that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from creatorflow_orchestrator.core.reading.targets import TESTING
from creatorflow_orchestrator.core.request import Ask, AskKind, Reading

from .asked_text import AskedText
from .conditions import Condition, find_conditions

MAX_CONDITIONS = 6
_ELSE = re.compile(r"\b(?:otherwise|or else|else|if not|when not|failing that)\b", re.IGNORECASE)
_LEADING = re.compile(
    r"(?:[\s,:;.–—-]|(?:and|then|please|also|just|otherwise|or else|else|if not|when not|failing that)\b)*",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,:;–—]|\b(?:and|then|but)\b", re.IGNORECASE)
_CONNECTIVES = re.compile(
    r"\b(?:and|then|please|also|but|so|now|finally|afterwards|otherwise|or|else|just|only)\b|[\W_]", re.IGNORECASE
)
_TESTS = re.compile(r"\b(?:tests?|test suite)\b", re.IGNORECASE)
_ITEMS = re.compile(r"(?:\n[ \t]{0,20}(?:[-*•]|\(?\d{1,3}[.)]|\(?[a-z]\))[ \t][^\n]*)+")


@dataclass(frozen=True, slots=True)
class Branch:
    """Characters `start` to `end` of a request: work that depends on the condition before or after it.

    `passed` if the work follows on success, else on failure. `asks` are the positions of the asks in it.
    """

    start: int
    end: int
    condition: tuple[int, int]
    passed: bool
    asks: tuple[int, ...] = ()
    tested: bool = False
    """True if the condition names tests."""

    def has(self, place: int) -> bool:
        """True if a place of the text is in the branch."""
        return self.start <= place < self.end


def find_branches(asked: AskedText, reading: Reading) -> tuple[Branch, ...]:
    """Find the branches of a request, in its order: up to two for each of `MAX_CONDITIONS` conditions."""
    conditions = tuple(islice(find_conditions(asked, reading), MAX_CONDITIONS))
    edges = [0, *(condition.end for condition in conditions)]
    ends = [*(_opening(asked, condition) for condition in conditions[1:]), len(asked.text)]
    places = zip(conditions, edges, ends, strict=False)
    return tuple(branch for place in places for branch in _branches(asked, reading.asks, *place))


def further_conditions(asked: AskedText, reading: Reading) -> tuple[Condition, ...]:
    """Return the conditions of a request that are too many to make branches."""
    return tuple(islice(find_conditions(asked, reading), MAX_CONDITIONS, None))


def is_outside(ask: Ask, asked: AskedText, branches: tuple[Branch, ...]) -> bool:
    """True if an ask has words outside of all branches and their conditions."""
    at, outside = ask.start, list[str]()
    for start, end in sorted(place for branch in branches for place in ((branch.start, branch.end), branch.condition)):
        if end > at and start < ask.end:
            outside.append(asked.text[at : max(at, start)])
            at = max(at, end)
    outside.append(asked.text[at : ask.end])
    return bool(_CONNECTIVES.sub("", " ".join(outside)))


def _branches(
    asked: AskedText, asks: tuple[Ask, ...], condition: Condition, after: int, before: int
) -> Iterator[Branch]:
    """Yield the work that follows the condition or stands before it, then the work of the other case.

    It lies between two places: the end of the condition before this one, and the beginning of the next.
    """
    end = min(before, _with_items(asked, asked.sentence(condition.start, condition.end)[1]))
    other, other_end = _alternative(asked, condition.end, end, before)
    work = _work_before(asked, asks, condition, after) or (condition.end, min(end, other))
    for (start, stop), passed in ((work, condition.passed), ((other, other_end), not condition.passed)):
        leading = _LEADING.match(asked.text, start, stop)
        start = leading.end() if leading else start
        if asked.has_words(start, stop):
            inside = tuple(asked.overlapping(asks, start, stop))
            tested = _TESTS.search(asked.text, condition.start, condition.end) is not None
            yield Branch(start, stop, (condition.start, condition.end), passed, inside, tested)


def _opening(asked: AskedText, condition: Condition) -> int:
    """Return the beginning of the clause that a condition closes ("deploy if the tests pass"), else its own."""
    begins, _ = asked.sentence(condition.start, condition.end)
    clause = max((cut.end() for cut in _CLAUSE_END.finditer(asked.text, begins, condition.start)), default=begins)
    return clause if asked.has_words(clause, condition.start) else condition.start


def _work_before(asked: AskedText, asks: tuple[Ask, ...], condition: Condition, after: int) -> tuple[int, int] | None:
    """Return the place of the work of "deploy if the tests pass": after the last check that the sentence asks for.

    `None` if no work stands in the clause before the condition: "test it, and if it passes, deploy".
    """
    clause = _opening(asked, condition)
    if clause == condition.start:
        return None
    begins, _ = asked.sentence(condition.start, condition.end)
    if begins < after:
        return clause, condition.start
    checks = [ask.end for ask in asks if begins <= ask.start and ask.end < clause and _is_check(ask)]
    return max((begins, *checks)), condition.start


def _is_check(ask: Ask) -> bool:
    return ask.kind is AskKind.VERIFY or TESTING in ask.domains


def _alternative(asked: AskedText, start: int, end: int, before: int) -> tuple[int, int]:
    """Return the place of the other case: in the same sentence, or at the beginning of the next."""
    match = _ELSE.search(asked.text, start, end)
    if match is None:
        match = _ELSE.match(asked.text, asked.first_word(end))
        if match is None:
            return end, end
        end = asked.sentence(match.start(), match.end())[1]
    return match.start(), min(before, _with_items(asked, end))


def _with_items(asked: AskedText, end: int) -> int:
    """Return the end of the list that a sentence leads into, or of the sentence: "if it passes:" and its items."""
    if not asked.text.endswith(":", max(0, end - 1), end):
        return end
    items = _ITEMS.match(asked.text, end)
    return items.end() if items else end
