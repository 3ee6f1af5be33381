"""The domains of one clause, and the figures and names in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.request import Attachment, Fact, FactKind

from .factors import COMPLEMENT, factor_of, factors_of, weighed
from .foreign import is_foreign
from .lexicon import ASKED_FOR, ASKED_IN_CONTEXT, Lexicon, Match, scores
from .stemming import all_words, words
from .targets import TESTING, target_of
from .tokens import Token
from .word_sets import word_set
from .word_weights import Features, WordWeights, features_of

_HEAD = 4.0  # weight of a phrase that a thing is of ("weekly report of refunds")
_VALUES = 0.3
_SHARE = 0.5  # of the score of a clause's strongest domain, from which another is asked for too
_ALONE = 1.4  # weighed score from which what qualifies a head says who does it, where the head says nothing
_FEW_WORDS = 4
_BRIEF = 300  # characters of a text in which an ambiguous word says enough
_LABEL = 5  # tokens of a label with its colon
_MOST = 2_000  # characters of a clause whose words are weighed
_INLINE_CODE = re.compile(r"`[^`\n]{1,200}`")
_SUBJECT_OF = word_set("about for regarding concerning")
_TELLING = frozenset(("plan", "carrier", "payment provider"))
_CODE_NAMES = word_set("column table identifier event file endpoint function queue setting index")
_BESIDE_FIGURES = word_set("about at for with up to of and or in by per the around roughly some now today so far")
_BESIDE_NAMES = word_set("and or with on in only the plus our data & using")


class Scorer:
    """The phrases of the cards in one text, scored by clause."""

    def __init__(self, text: str, lexicon: Lexicon, cards: Sequence[Card], facts: Sequence[Fact]) -> None:
        self._text = text
        self._cards = cards
        self._lexicon = lexicon
        self.served = frozenset(domain for card in cards for domain in card.domains)
        figures = [fact for fact in facts if fact.kind is FactKind.QUANTITY]
        self._quantities = [(fact.start, fact.end) for fact in figures]
        self._facts = [fact for fact in facts if fact.category or fact.unit]
        self._fact_starts = [fact.start for fact in self._facts]
        self._names = [fact for fact in facts if fact.kind is FactKind.NAME]
        self._name_starts = [fact.start for fact in self._names]
        # What is measured ("5000 orders an hour") names no work; what is only counted may ("three couriers").
        found = lexicon.matches(text, [fact for fact in figures if "/" in fact.unit or fact.unit not in fact.text])
        hidden = [match.span() for match in _INLINE_CODE.finditer(text)]
        codes = [(fact.start, fact.end) for fact in facts if fact.category in _CODE_NAMES]
        kept = [match for match in found if not _within(match.start, hidden) and not _within(match.start, codes)]
        self._matches = sorted((*kept, *self._named_kinds(kept)), key=lambda match: match.start)
        self._starts = [match.start for match in self._matches]
        plain = any(max(match.weights.values()) >= ASKED_FOR for match in self._matches)
        self._chances: dict[tuple[int, int, int], dict[str, float]] = {}
        self._ambiguous = not plain and len(text) < _BRIEF and lexicon.in_trade(words(text))

    def _named_kinds(self, found: Sequence[Match]) -> Iterator[Match]:
        """Yield what named things say by their category: a carrier that no card names is a carrier."""
        taken = [(match.start, match.end) for match in found]
        for fact in self._names:
            if fact.category in _TELLING and not _within(fact.start, taken):
                for match in self._lexicon.matches(fact.category)[:1]:
                    yield Match((fact.text.lower(),), fact.start, fact.end, match.weights)

    def between(self, start: int, end: int) -> list[Match]:
        """Return the phrases that lie between two places."""
        at = bisect_left(self._starts, start)
        found = []
        while at < len(self._matches) and self._starts[at] < end:
            if self._matches[at].end <= end:
                found.append(self._matches[at])
            at += 1
        return found

    def excludable(self, items: Sequence[Token], whole: bool) -> bool:
        """True if words name something that an agent does or an answer contains; `whole`: and nothing but that."""
        if not items:
            return False
        target = target_of(items, self.plain(items[0].start, items[-1].end), self._cards)
        return bool(target.whole) or target.named if whole else not target.empty

    def tested(self, items: Sequence[Token], domains: Mapping[str, float]) -> dict[str, float]:
        """Return the domains of work that verifies: what it tests ("contract tests of orders") is no other work."""
        if domains.get(TESTING, 0.0) < ASKED_FOR:
            return dict(domains)
        tests = [match for match in self.between(items[0].start, items[-1].end) if TESTING in match.weights]
        kept = {domain for match in tests for domain in match.weights}
        return {domain: score for domain, score in domains.items() if domain in kept}

    def has_figure(self, items: Sequence[Token]) -> bool:
        """True if a figure stands in words."""
        return any(_within(item.start, self._quantities) for item in items)

    def only_figures(self, items: Sequence[Token]) -> bool:
        """True if words are figures and nothing else: "80M rows"."""
        label = next((at + 1 for at, item in enumerate(items[:_LABEL]) if item.low == ":"), 0)
        rest = [item for item in items[label:] if item.word]
        return bool(rest) and all(_within(item.start, self._quantities) or item.low in _BESIDE_FIGURES for item in rest)

    def names(self, items: Sequence[Token]) -> frozenset[str]:
        """Return the categories of the named things that words consist of, "and" and figures aside; else none."""
        if not items:
            return frozenset()
        first = bisect_left(self._name_starts, items[0].start)
        named = self._names[first : bisect_left(self._name_starts, items[-1].end)]
        covered = [(fact.start, fact.end) for fact in named]
        rest = (item for item in items if item.word and not _within(item.start, covered))
        if any(item.low not in _BESIDE_NAMES and not item.low[0].isdigit() for item in rest):
            return frozenset()
        return frozenset(fact.category for fact in named)

    def reported(self, items: Sequence[Token]) -> dict[str, float]:
        """Return the domains of what somebody tells; if its head has none, those of all its words."""
        return self.clause(items) or self.clause(items, flat=True)

    def inside(self, place: int) -> bool:
        """True if a place of the text is inside a phrase."""
        at = bisect_left(self._starts, place) - 1
        return any(self._matches[index].end > place for index in range(max(0, at - 3), at + 1))

    def plain(self, start: int, end: int) -> dict[str, float]:
        """Return the score of every domain that a stretch names, wherever in it."""
        return {domain: score for domain, score in scores(self.between(start, end)).items() if domain in self.served}

    def named_in(self, spans: Sequence[tuple[int, int]]) -> dict[str, float]:
        """Return the score of every domain that some stretches name, each phrase once."""
        found = scores(match for start, end in spans for match in self.between(start, end))
        return {domain: score for domain, score in found.items() if domain in self.served}

    def features(
        self, spans: Sequence[tuple[int, int]], asked: Mapping[str, float], files: Sequence[Attachment] = ()
    ) -> Features:
        """Return the features of some stretches, for which the phrases ask for the domains `asked`."""
        facts = (fact for start, end in spans for fact in self._facts_between(start, end))
        found = [stem for start, end in spans for stem in self.stems_between(start, end)]
        return features_of(found, facts, asked, self.named_in(spans), files)

    def chances(self, start: int, end: int, words: WordWeights) -> dict[str, float]:
        """Return how likely a stretch is of each domain by its words, whatever its phrases ask for; worked out once."""
        key = start, end, id(words)
        if key not in self._chances:
            self._chances[key] = words.chances(self.features([(start, end)], {}))
        return self._chances[key]

    @cached_property
    def _words(self) -> tuple[list[str], list[int]]:
        """The stems of the text's words, fillers and breaks too, and their places."""
        found = all_words(self._text)
        return [word.stem for word in found], [word.start for word in found]

    def stems_between(self, start: int, end: int) -> list[str]:
        """Return the stems of a stretch, in order; of a long one those at its beginning."""
        found, starts = self._words
        return found[bisect_left(starts, start) : bisect_left(starts, min(end, start + _MOST))]

    def _facts_between(self, start: int, end: int) -> Iterator[Fact]:
        at = bisect_left(self._fact_starts, start)
        while at < len(self._facts) and self._facts[at].start < end:
            if self._facts[at].end <= end:
                yield self._facts[at]
            at += 1

    def clause(self, items: Sequence[Token], flat: bool = False) -> dict[str, float]:
        """Return the domains that a clause asks for, strongest first; `flat` if all of its words weigh the same."""
        if not items:
            return {}
        found = self.between(items[0].start, items[-1].end)
        if not found or is_foreign(items):
            return {}
        heads = {match.end for match in found if max(match.weights.values()) >= _HEAD}
        factors = {} if flat else self._factors(items, heads)
        starts = [item.start for item in items]
        rated = [(match, factor_of(match, starts, factors)) for match in found]
        core = scores(match for match, factor in rated if factor >= COMPLEMENT)
        beside = scores(weighed(match, factor) for match, factor in rated if factor < COMPLEMENT)
        return self._chosen(core, beside)

    def before_subject(self, items: Sequence[Token]) -> dict[str, float]:
        """Return the domains named before "about" or "for": those of a thing and of the place where it is put."""
        end = next((at for at, item in enumerate(items) if item.low in _SUBJECT_OF), len(items))
        return self.plain(items[0].start, items[end - 1].end) if end else {}

    def brief(self, items: Sequence[Token]) -> dict[str, float]:
        """Return the domains of a thing that is named in few words, which then mean what a card means by them."""
        if sum(item.word for item in items) > _FEW_WORDS:
            return {}
        scored = self.plain(items[0].start, items[-1].end)
        return {domain: score for domain, score in scored.items() if score >= ASKED_IN_CONTEXT}

    def of_file(self, language: str) -> dict[str, float]:
        """Return the domains of the language of an attachment ("sql", "jsx")."""
        found = self._lexicon.matches(language)
        return {domain: score for domain, score in scores(found).items() if domain in self.served}

    def _chosen(self, core: Mapping[str, float], beside: Mapping[str, float]) -> dict[str, float]:
        """Choose domains with a plain phrase; without one, beside words of the trade, those of ambiguous words.

        What qualifies the head (`beside`) adds to a word that is ambiguous, not to one that hardly says anything.
        """
        summed = {domain: core.get(domain, 0.0) + beside.get(domain, 0.0) for domain in {**core, **beside}}
        served = {domain: score for domain, score in summed.items() if domain in self.served}
        plain = {
            domain
            for domain, score in served.items()
            if score >= ASKED_FOR
            and (core.get(domain, 0.0) >= ASKED_IN_CONTEXT or beside.get(domain, 0.0) >= ASKED_FOR)
        }
        if not plain and self._ambiguous:
            plain = {domain for domain in served if core.get(domain, 0.0) >= ASKED_IN_CONTEXT}
        if not plain:
            plain = self._qualifying(beside)
        least = _SHARE * max((served[domain] for domain in plain), default=0.0)
        plain = {domain for domain in plain if served[domain] >= least}
        return {domain: round(served[domain], 2) for domain in sorted(plain, key=lambda name: (-served[name], name))}

    def _qualifying(self, beside: Mapping[str, float]) -> set[str]:
        """Return the domain that alone says most about a clause whose head names none ("a hand for our couriers")."""
        strongest = max(beside.values(), default=0.0)
        if strongest < _ALONE:
            return set()
        return {domain for domain, score in beside.items() if score == strongest and domain in self.served}

    def _factors(self, items: Sequence[Token], heads: Collection[int]) -> dict[int, float]:
        """Map the place of each token to its weight; the values of a label ("roles: owner, packer") weigh little."""
        colon = next((at for at, item in enumerate(items[:_LABEL]) if item.low == ":"), 0)
        factors = factors_of(items, heads)
        if colon and self.between(items[0].start, items[colon].start):
            factors.update((item.start, _VALUES) for item in items[colon:])
        return factors


def _within(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    """True if a place is in one of the spans, which are in order."""
    at = bisect_right(spans, (place, len(spans) and spans[-1][1])) - 1
    return at >= 0 and spans[at][0] <= place < spans[at][1]
