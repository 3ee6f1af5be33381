"""Readings made by hand, for tests of planning: each element is given by its words in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.plan import Analysis, Card, Plan
from creatorflow_orchestrator.core.planning.analyzer import analyze_reading
from creatorflow_orchestrator.core.planning.planner import make_plan
from creatorflow_orchestrator.core.request import (
    Ask,
    AskKind,
    Attachment,
    Constraint,
    Context,
    ContextKind,
    Exclusion,
    Fact,
    FactKind,
    Passage,
    Reading,
)
from creatorflow_orchestrator.translate.tasks import to_card

CARDS: tuple[Card, ...] = tuple(map(to_card, load_cards()))


class Request:
    """A text and its reading, which grows by what is marked in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.reading = Reading()

    def _place(self, words: str) -> tuple[int, int, str]:
        start = self.text.index(words)
        return start, start + len(words), words

    def ask(self, words: str, *domains: str, kind: AskKind = AskKind.BUILD, object: str = "", **fields: Any) -> Request:
        """Mark an ask; its domains have the score 4, or the one after a colon: `billing:6`."""
        scores = {name: float(score or 4) for name, _, score in (domain.partition(":") for domain in domains)}
        ask = Ask(*self._place(words), kind, object or words, scores, **fields)
        self.reading = replace(self.reading, asks=(*self.reading.asks, ask))
        return self

    def without(self, words: str, *domains: str, **fields: Any) -> Request:
        """Mark an exclusion of these domains, or of what the fields say."""
        exclusion = Exclusion(*self._place(words), domains, **fields)
        self.reading = replace(self.reading, exclusions=(*self.reading.exclusions, exclusion))
        return self

    def fact(self, words: str, value: float, unit: str, comparison: Any = "=", *asks: int, **fields: Any) -> Request:
        """Mark a figure that binds these asks, or all."""
        fact = Fact(
            *self._place(words), FactKind.QUANTITY, comparison=comparison, value=value, unit=unit, asks=asks, **fields
        )
        return self._with_fact(fact)

    def date(self, words: str, iso: str) -> Request:
        """Mark a calendar date."""
        return self._with_fact(Fact(*self._place(words), FactKind.DATE, name=iso))

    def _with_fact(self, fact: Fact) -> Request:
        self.reading = replace(self.reading, facts=(*self.reading.facts, fact))
        return self

    def bound(self, words: str, *domains: str, given: bool = False) -> Request:
        """Mark a constraint of the text, or add a given one."""
        place = (0, 0, words) if given else self._place(words)
        constraint = Constraint(*place, domains, given)
        self.reading = replace(self.reading, constraints=(*self.reading.constraints, constraint))
        return self

    def code(self, words: str, language: str) -> Request:
        """Mark an attachment."""
        attachment = Attachment(*self._place(words), language)
        self.reading = replace(self.reading, attachments=(*self.reading.attachments, attachment))
        return self

    def context(self, words: str, kind: ContextKind = ContextKind.BACKGROUND) -> Request:
        """Mark a passage that asks for nothing."""
        self.reading = replace(self.reading, context=(*self.reading.context, Context(*self._place(words), kind)))
        return self

    def unread(self, words: str) -> Request:
        """Mark a passage that nothing covers."""
        self.reading = replace(self.reading, unread=(*self.reading.unread, Passage(*self._place(words))))
        return self

    def in_language(self, language: str) -> Request:
        """Set the language."""
        self.reading = replace(self.reading, language=language)
        return self

    def analysed(self, cards: tuple[Card, ...] = CARDS) -> Analysis:
        """Return the analysis."""
        return analyze_reading(self.text, self.reading, cards)

    def planned(self, cards: tuple[Card, ...] = CARDS) -> Plan:
        """Return the plan."""
        return make_plan(self.text, self.analysed(cards), cards)


def steps(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Map the steps of a plan to those that they depend on."""
    return {step.id: step.depends_on for step in plan.steps}


def agents(analysis: Analysis) -> Sequence[str]:
    """Return the chosen agents, the primary first, without `-specialist`."""
    chosen = (analysis.agents.primary, *analysis.agents.supporting, *analysis.agents.validation)
    return [name.removesuffix("-specialist") for name in chosen]
