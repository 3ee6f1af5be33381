"""Judges an ask: do the items that point to it cover its object and its facts? Pure.

An agent's own mark brings an item here and no further. "Answered" needs all of these: items that say something of their
own, one of them about the object; every figure about its subject, in any unit; every named thing, date and time of day;
a cause where an explanation is asked for; a name out of the code that came with the ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from creatorflow_orchestrator.core.request import Fact
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, Verdict

from .ask_coverage import Evidence, states
from .echoes import NEW_WORDS, Asked, asked, says
from .name_matches import NO_FORMS, Forms
from .passages import Passage, passages
from .question import Question

MAX_MISSING = 20
"""Names of what an answer does not cover."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on an ask, and what its answer does not cover, by name."""

    verdict: Verdict
    missing: tuple[str, ...] = ()


class Judge:
    """Judges the asks of one request. `asks` are the texts of all of them, `known` other forms of names."""

    def __init__(self, asks: Iterable[str], known: Forms = NO_FORMS) -> None:
        self._asked: Asked = asked(asks)
        self._known = known
        self._read: dict[int, tuple[Passage, ...]] = {}

    def judge(self, question: Question, items: Iterable[Item]) -> Judgement:
        """Judge an ask by the items that point to it."""
        least = 1 if question.wants_a_verdict else NEW_WORDS
        passages = [read for item in items if (read := self._passages(item)) and says(read, self._asked, least)]
        evidence = Evidence(question, passages, self._known, self._asked)
        if not evidence.touches:
            return Judgement(Verdict.NOT_ANSWERED)
        missing = tuple(dict.fromkeys(evidence.gaps()))[:MAX_MISSING]
        return Judgement(Verdict.PARTLY if missing else Verdict.ANSWERED, missing)

    def says_something(self, item: Item) -> bool:
        """Return True for an item that says anything beyond what was asked."""
        return says(self._passages(item), self._asked, 1)

    def unstated(self, facts: Iterable[Fact], items: Iterable[Item]) -> tuple[Fact, ...]:
        """Return the facts that none of the items states."""
        passages = [passage for item in items for passage in self._passages(item)]
        return tuple(fact for fact in facts if not any(states(passage, fact, (), self._known) for passage in passages))

    def _passages(self, item: Item) -> tuple[Passage, ...]:
        """Return the passages of an item, split once for all asks that it points to."""
        known = self._read.get(id(item))
        if known is None:
            known = self._read[id(item)] = tuple(passages(item))
        return known
