"""What each requirement asks: by the reading of the request, or by the words of a client's own plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.reading.kinds import kind_of
from creatorflow_orchestrator.core.reading.moods import Mood, mood
from creatorflow_orchestrator.core.reading.objects import object_of
from creatorflow_orchestrator.core.reading.targets import TESTING
from creatorflow_orchestrator.core.reading.tokens import tokens
from creatorflow_orchestrator.core.request import (
    TEST_SECTION,
    Ask,
    AskKind,
    Constraint,
    ContextKind,
    Exclusion,
    Fact,
    FactKind,
    Passage,
    Reading,
)

from .judging.figure_matches import Kind, kind_of_unit
from .judging.question import Question

_NOT_WANTED = frozenset(
    (ContextKind.EVIDENCE, ContextKind.QUOTE, ContextKind.FIELD, ContextKind.DONE, ContextKind.SIGNATURE)
)
"""Context whose figures no answer has to state: "31 labels were lost" is no target."""
_SHORT_TIMES = frozenset(("ms", "s", "min"))
A_FEW = 3
_READ = 1000  # characters of a requirement in which its object is looked for
CURRENT = "current"
"""The role of a figure that is to be changed: "slow, 12 s"."""


def questions(requirements: Sequence[str], reading: Reading | None) -> tuple[Question | None, ...]:
    """Return what each requirement asks; `None` for those that a reading does not fit, which cannot be judged."""
    if reading is None:
        return tuple(map(_own, requirements))
    if len(reading.asks) != len(requirements):
        return (None,) * len(requirements)
    wanted = tuple(_wanted(reading))
    alone = len(reading.asks) == 1
    return tuple(
        Question(
            ask,
            tuple(fact for fact in wanted if position in fact.asks or (alone and not fact.asks)),
            tuple(reading.attachments[at] for at in ask.attachments if at < len(reading.attachments)),
        )
        for position, ask in enumerate(reading.asks)
    )


def shared_facts(reading: Reading) -> tuple[Fact, ...]:
    """Return the facts that bind every ask of several: any item of the whole result may state them."""
    return tuple(fact for fact in _wanted(reading) if not fact.asks) if len(reading.asks) > 1 else ()


def concerned(reading: Reading, fact: Fact) -> Iterator[int]:
    """Yield the positions of the asks that a shared fact concerns: those of its constraint's domains, else all."""
    around = _constraint(reading, fact)
    for position, ask in enumerate(reading.asks):
        if around is None or not around.domains or set(around.domains) & set(ask.domains):
            yield position


def excluded_by(reading: Reading | None, position: int) -> Exclusion | None:
    """Return the exclusion that takes back an ask that no step has: by its kind of work, a domain, or its agent.

    Which agents an ask has is not in the reading: of an ask with a domain and no step, those that are left out.
    """
    if reading is None or position >= len(reading.asks):
        return None
    ask, exclusions = reading.asks[position], reading.exclusions
    by_kind = [exclusion for exclusion in exclusions if ask.kind in exclusion.kinds and not exclusion.domains]
    by_domain = [exclusion for exclusion in exclusions if set(ask.domains) & _domains_of(exclusion)]
    by_agent = [exclusion for exclusion in exclusions if exclusion.agents and ask.domains]
    return next(iter((*by_kind, *by_domain, *by_agent)), None)


def _domains_of(exclusion: Exclusion) -> set[str]:
    """Return the domains that an exclusion takes away; whoever wants no section of tests wants nobody who tests."""
    of_all = not exclusion.domains and AskKind.VERIFY in exclusion.kinds
    tests = of_all or TEST_SECTION in exclusion.sections
    return {*exclusion.domains, *((TESTING,) if tests else ())}


def _own(requirement: str) -> Question:
    """Read a requirement of a client's own plan: its figures, and nothing else of one that states any; else its object.

    No card decides what it is about: it asks for what it says.
    """
    facts = tuple(
        fact for fact in find_facts(requirement) if fact.kind is FactKind.QUANTITY and not _demands_nothing(fact)
    )
    if not facts:
        items = tokens(requirement[:_READ], 0, len(requirement[:_READ]))
        how = mood(items) if items else Mood.PHRASE
        about = object_of(requirement, items, how) if items else ""
        return Question(Ask(0, len(requirement), requirement, kind_of(items, how), about))
    figures = ", ".join(fact.text for fact in facts)
    return Question(Ask(0, len(requirement), figures, AskKind.BUILD, ""), facts)


def _wanted(reading: Reading) -> Iterator[Fact]:
    """Yield the facts that an answer has to state."""
    seen = [passage for passage in reading.context if passage.kind in _NOT_WANTED]
    for fact in reading.facts:
        outside = (*reading.exclusions, *reading.attachments, *seen)
        if _demands_nothing(fact) or any(_within(fact, passage) for passage in outside):
            continue
        if _constraint(reading, fact) is None or _is_of_the_work(fact):
            yield fact


def _demands_nothing(fact: Fact) -> bool:
    """True for what is to change, for a loop's limit, and for a small count in words ("why do two pickers ...")."""
    if fact.role == CURRENT or fact.limits_work:
        return True
    counts = fact.kind is FactKind.QUANTITY and kind_of_unit(fact.unit) is Kind.COUNT and fact.unit not in ("", "times")
    return counts and (fact.value or 0) <= A_FEW and not any(map(str.isdigit, fact.text))


def _is_of_the_work(fact: Fact) -> bool:
    """True for a fact of a constraint that shows in an answer: no answer has to repeat a budget or a closing date."""
    if fact.kind is not FactKind.QUANTITY:
        return fact.kind is FactKind.NAME
    kind = kind_of_unit(fact.unit)
    return kind not in (Kind.MONEY, Kind.COUNT) and (kind is not Kind.TIME or fact.unit in _SHORT_TIMES)


def _constraint(reading: Reading, fact: Fact) -> Constraint | None:
    return next((bound for bound in reading.constraints if not bound.given and _within(fact, bound)), None)


def _within(inner: Passage, outer: Passage) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end and outer.end > outer.start
