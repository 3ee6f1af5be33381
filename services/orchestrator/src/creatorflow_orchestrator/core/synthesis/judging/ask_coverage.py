"""What the items that point to an ask cover of it, and what they do not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from creatorflow_orchestrator.core.request import AskKind, Fact, FactKind

from .echoes import SUBSTANCE, Asked, says
from .figure_matches import Figure
from .name_matches import Forms, names
from .passages import Passage
from .question import Question
from .words import concepts, content, covered

COVERED = 0.7
"""Share of the object's words and the facts, together, that an answer covers."""
OBJECT = 0.5
"""Share of the object's words that it covers, and that one of its items does."""
WHOLE, SYMPTOM = 0.5, 0.6
"""Share of all words of the ask; of one for a repair or an explanation, whose object says little of what is wrong."""
TOUCHED = 0.3
"""Share of the object's words from which an answer is partly one."""
SHORT = 2
"""Words of an object with which an answer has to name the work, too: "hide" of "hide phone numbers"."""
_REPAIRS = frozenset((AskKind.FIX, AskKind.EXPLAIN))
_WORKS = frozenset((AskKind.BUILD, AskKind.CHANGE, AskKind.MIGRATE))
_CAUSE = re.compile(
    r"\b(?:because|causes?|caused|reasons?|due to|race|(?:comes?|stems?|results?) from|happens? (?:when|if|between))\b",
    re.IGNORECASE,
)


def states(passage: Passage, fact: Fact, about: Sequence[str], known: Forms) -> bool:
    """Return True if a passage states a fact; a figure about its own subject, or about one of these concepts."""
    if fact.kind is not FactKind.QUANTITY:
        return names(passage.text, fact, known)
    return Figure(fact.value or 0.0, fact.unit, frozenset((*content(fact.subject), *about))).is_stated_in(passage)


class Evidence:
    """The items for one ask, each as its passages; items that only echo are not among them."""

    def __init__(self, question: Question, items: Sequence[Sequence[Passage]], known: Forms, asked: Asked) -> None:
        self._question = question
        self._items = items
        self._known = known
        self._asked = asked
        self._passages = [passage for item in items for passage in item]

    @cached_property
    def missing_facts(self) -> tuple[Fact, ...]:
        """The facts of the ask that no passage states."""
        return tuple(fact for fact in self._question.facts if not self._is_stated(fact))

    @cached_property
    def touches(self) -> bool:
        """True if the items are about the ask at all: they cover some of its object, or a fact of it."""
        if not self._items:
            return False
        if not self._question.terms and not self._question.facts:
            return True  # nothing to look for: an ask of words of grammar
        if len(self._missing_ids) < len(self._question.ids):
            return True
        if len(self.missing_facts) < len(self._question.facts):
            return True
        if not self._question.terms:  # figures alone: of what they are about
            about = (word for fact in self._question.facts for word in content(f"{fact.subject} {fact.text}"))
            return not self._known_concepts.isdisjoint(about)
        return len(self._covered) >= TOUCHED * len(self._question.terms)

    def gaps(self) -> Iterator[str]:
        """Yield by name what the items do not cover; nothing if they answer the ask."""
        yield from (fact.text for fact in self.missing_facts)
        yield from self._missing_code()
        yield from self._missing_ids
        yield from self._missing_names()
        yield from self._missing_words()
        if self._question.asks_why and not any(map(_gives_a_cause, self._passages)):
            yield "a cause"

    def _is_stated(self, fact: Fact) -> bool:
        return any(states(passage, fact, self._question.terms, self._known) for passage in self._passages)

    @cached_property
    def _categories(self) -> frozenset[str]:
        """What the named things are: who names CN22 speaks of a form."""
        stated = (fact for fact in self._question.facts if fact not in self.missing_facts)
        return frozenset(word for fact in stated for word in concepts(fact.category))

    @cached_property
    def _known_concepts(self) -> frozenset[str]:
        return self._categories.union(*(passage.concepts for passage in self._passages))

    @cached_property
    def _covered(self) -> frozenset[str]:
        return covered(self._question.terms, self._known_concepts)

    @cached_property
    def _missing_ids(self) -> tuple[str, ...]:
        """The codes and numbers of things in the ask that no passage names."""
        text = " ".join(passage.text for passage in self._passages) if self._question.ids else ""
        return tuple(sorted(name for name in self._question.ids if name not in text))

    def _missing_names(self) -> Iterator[str]:
        """Yield the names of the ask that are no facts, and that no passage has."""
        for name in self._question.further_names:
            if not covered(concepts(name), self._known_concepts) and concepts(name):
                yield name

    def _missing_words(self) -> Sequence[str]:
        """Return the words of the ask that no item covers, if these are too many; the object if none is left over."""
        terms, further = frozenset(self._question.terms), frozenset(self._question.further)
        if self._question.ids:
            return ()  # what has a number of its own is known by it
        if self.missing_facts:
            few = len(self._covered) < COVERED * len(terms)
            return self._question.in_its_words(terms - self._covered) if few else ()
        if self._covers_the_object():
            return ()
        left = self._question.in_its_words(terms - self._covered or further - self._known_concepts)
        return left or (self._question.ask.object or self._question.ask.text,)

    def _covers_the_object(self) -> bool:
        """True if the items cover the object well enough; all facts are stated."""
        terms, facts, further = self._question.terms, self._question.facts, self._question.further
        whole = (*terms, *further)
        share = SYMPTOM if self._question.ask.kind in _REPAIRS else WHOLE
        return (
            len(self._covered) + len(facts) >= COVERED * (len(terms) + len(facts))
            and len(self._covered) >= OBJECT * len(terms)
            and self._best_item() >= OBJECT * len(terms)
            and len(covered(whole, self._known_concepts)) >= share * len(whole)
            and (bool(facts) or self._covers_the_work())
            and says(self._passages, self._asked, 1 if self._question.wants_a_verdict else SUBSTANCE)
        )

    def _covers_the_work(self) -> bool:
        """True unless the object is so short that anything about it covers it, and the work on it is not named."""
        short = len(self._question.terms) <= SHORT and self._question.ask.kind in _WORKS
        needed = short and self._question.begins_with_its_work
        return not needed or bool(covered(self._question.further, self._known_concepts))

    def _best_item(self) -> int:
        """Return how many of the object's words the item that is most about it covers."""
        return max(
            (
                len(covered(self._question.terms, self._categories.union(*(passage.concepts for passage in item))))
                for item in self._items
            ),
            default=0,
        )

    def _missing_code(self) -> Iterator[str]:
        """Yield the code that came with the ask, if no passage has a name out of it."""
        wanted = self._question.names_in_code
        text = " ".join(passage.text for passage in self._passages).lower() if wanted else ""
        if wanted and not any(name in text for name in wanted):
            language = next(part.language for part in self._question.code)
            yield f"the {language or 'code'} that came with it"


def _gives_a_cause(passage: Passage) -> bool:
    return _CAUSE.search(passage.text) is not None
