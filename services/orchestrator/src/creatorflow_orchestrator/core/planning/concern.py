"""The part of a reading that concerns a step: the facts, constraints and exclusions that bind its work."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from creatorflow_orchestrator.core.plan import Card, Concern, Quantity
from creatorflow_orchestrator.core.request import Fact, Passage

from .agents import home_domain
from .domains import DATABASE, PERFORMANCE
from .outline import Outline
from .target_figures import given_quantities, quantity_of, states_target
from .work import Work


class Concerns:
    """Finds what concerns the works of one plan."""

    def __init__(self, plan: Outline) -> None:
        self._plan = plan
        self._reading = plan.analysis.reading
        self._planned = {domain for member in plan.team.cards for domain in member.domains}
        stated = [constraint for constraint in self._reading.constraints if not constraint.given]
        self._constraint_of = [_around(fact, stated) for fact in self._reading.facts]
        self._given = [given_quantities((constraint,)) for constraint in self._reading.constraints]
        self._ask_of = [_around(out, self._reading.asks) for out in self._reading.exclusions]

    def of(self, work: Work) -> Concern:
        """Return what concerns a work beside its asks."""
        card = self._plan.team.card(work.agent)
        constraints = tuple(self._constraints(card))
        concerned = [self._reading.constraints[position] for position in constraints]
        asks = self._asks_bound(work)
        facts = (
            position
            for position, (fact, constraint) in enumerate(zip(self._reading.facts, self._constraint_of, strict=True))
            if not fact.limits_work
            and (not fact.asks or not asks.isdisjoint(fact.asks) or self._is_load(fact, card))
            and (constraint is None or constraint in concerned)
        )
        return Concern(tuple(facts), tuple(self._exclusions(work)), constraints)

    def figures(self, concern: Concern) -> tuple[Quantity, ...]:
        """Return the figures of a concern: those of its facts, then those of its given constraints."""
        stated = (quantity_of(self._reading.facts[position]) for position in concern.facts)
        given = (quantity for position in concern.constraints for quantity in self._given[position])
        return tuple(dict.fromkeys((*(quantity for quantity in stated if quantity), *given)))

    def _asks_bound(self, work: Work) -> set[int]:
        """Return the asks whose facts bind a work: its own; a testing agent's also those that it checks.

        It checks what is done before it, or in the same branch, and not what is done only if it passes.
        """
        division, testers = self._plan.division, self._plan.team.testers
        if work.agent not in testers:
            return set(work.asks)
        later = {at for branch in division.branches for at in branch.asks} if work.branch is None else set[int]()
        checked = (other for other in division.works if other.branch in (None, work.branch))
        return set(work.asks) - later | {at for other in checked if other.agent not in testers for at in other.asks}

    def _is_load(self, fact: Fact, card: Card) -> bool:
        """True for a target of a request about performance, which binds its database: one for 5000 orders/hour differs
        from one for 50."""
        asks = [self._reading.asks[position] for position in fact.asks]
        about_performance = next(iter(self._plan.analysis.domains)) == PERFORMANCE
        load = about_performance and any(PERFORMANCE in ask.domains for ask in asks)
        return load and home_domain(card) == DATABASE and states_target(fact)

    def _constraints(self, card: Card) -> Iterator[int]:
        """Yield the constraints of the agent's domains, and those that name no domain of the plan."""
        for position, constraint in enumerate(self._reading.constraints):
            named = self._planned.intersection(constraint.domains)
            if not named or named.intersection(card.domains) or card.name in self._plan.team.testers:
                yield position

    def _exclusions(self, work: Work) -> Iterator[int]:
        """Yield the exclusions that bind a work: one within an ask ("labels without tracking") binds that ask alone."""
        own = [self._reading.asks[position] for position in work.asks]
        for position, ask in enumerate(self._ask_of):
            if ask is None or ask in own:
                yield position


def _around(inner: Passage, outers: Sequence[Passage]) -> Passage | None:
    """Return the passage that contains another; `outers` stand in the order of the text."""
    before = bisect_right(outers, inner.start, key=lambda outer: outer.start)
    outer = outers[before - 1] if before else None
    return outer if outer is not None and inner.end <= outer.end else None
