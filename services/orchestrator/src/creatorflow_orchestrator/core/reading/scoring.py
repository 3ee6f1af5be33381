"""The domains of one clause: its head and verb weigh fully, what qualifies them ("on our dashboard") weighs less."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence

from creatorflow_contracts.stemming import stem

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.request import Fact, FactKind

from .english import AUXILIARIES, PREPOSITIONS
from .foreign import is_foreign
from .grammar import is_verb, low, start_of
from .lexicon import ASKED_FOR, ASKED_IN_CONTEXT, Lexicon, Match, scores
from .stemming import words
from .targets import target_of
from .tokens import Token
from .word_sets import word_set

_FULL = 1.0
_ADJUNCT = 0.45
_COMPLEMENT = 0.9
_HEAD = 4.0  # weight of a phrase that a thing is of ("weekly report of refunds")
_VALUES = 0.3
_SHARE = 0.5  # of the score of a clause's strongest domain, from which another is asked for too
_ALONE = 1.4  # weighed score from which what qualifies a head says who does it, where the head says nothing
_FEW_WORDS = 4
_BRIEF = 300  # characters of a text in which an ambiguous word says enough
_LABEL = 5  # tokens of a label with its colon
_PLACE = 0.3  # where a thing is to be seen or done says nothing of who does it ("on the product page")
_FACTORS = {
    "on": _PLACE,
    **dict.fromkeys(
        [
            "in",
            "at",
            "from",
            "between",
            "via",
            "over",
            "across",
            "into",
            "onto",
            "through",
            "during",
            "under",
            "per",
            "by",
            "against",
            "behind",
            "as",
            "for",
            "before",
            "after",
            "inside",
            "within",
            "beside",
            "since",
            "among",
            "along",
            "around",
        ],
        _ADJUNCT,
    ),
    **dict.fromkeys(
        ["when", "whenever", "if", "because", "while", "until", "till", "unless", "once", "so", "although", "though"],
        _ADJUNCT,
    ),
    **dict.fromkeys(["about", "regarding", "concerning", "despite", "than"], 0.3),
    **dict.fromkeys(["with", "including"], 0.9),
    **dict.fromkeys(["using", "to"], 0.6),
    **dict.fromkeys(["where", "which", "who"], 0.9),
    "that": 1.0,
}
_ENDS = frozenset(("to", "from", "between", "into", "with"))
_OPENING = word_set("once if when whenever after because before while for on in from until unless as since during with")
_TESTING = "testing"
_TELL = word_set("tell ask know explain inform teach learn talk")
_INLINE_CODE = re.compile(r"`[^`\n]{1,200}`")
_SUBJECT_OF = word_set("about for regarding concerning")
_TELLING = frozenset(("plan", "carrier", "payment provider"))
_CODE_NAMES = word_set("column table identifier event file endpoint function queue setting index")
_BESIDE_FIGURES = word_set("about at for with up to of and or in by per the around roughly some now today so far")
_BESIDE_NAMES = word_set("and or with on in only the plus our data & using")
_TRANSFERS = word_set(
    "push pull send sync import export publish fetch upload download connect link integrate move migrate forward "
    "copy synchronise synchronize submit imports exports integration connection connector sent pushed pulled synced"
)
"""Words with which "to", "from" and "between" name what is connected."""
_OPEN_PHRASE = frozenset(map(stem, PREPOSITIONS))


class Scorer:
    """The phrases of the cards in one text, scored by clause."""

    def __init__(self, text: str, lexicon: Lexicon, cards: Sequence[Card], facts: Sequence[Fact]) -> None:
        self._cards = cards
        self._lexicon = lexicon
        self._served = frozenset(domain for card in cards for domain in card.domains)
        figures = [fact for fact in facts if fact.kind is FactKind.QUANTITY]
        self._quantities = [(fact.start, fact.end) for fact in figures]
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
        return bool(target.whole) if whole else not target.empty

    def tested(self, items: Sequence[Token], domains: Mapping[str, float]) -> dict[str, float]:
        """Return the domains of work that verifies: what it tests ("contract tests of orders") is no other work."""
        if domains.get(_TESTING, 0.0) < ASKED_FOR:
            return dict(domains)
        tests = [match for match in self.between(items[0].start, items[-1].end) if _TESTING in match.weights]
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
        return {domain: score for domain, score in scores(self.between(start, end)).items() if domain in self._served}

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
        weighed = [(match, _factor(match, starts, factors)) for match in found]
        core = scores(match for match, factor in weighed if factor >= _COMPLEMENT)
        beside = scores(_weighed(match, factor) for match, factor in weighed if factor < _COMPLEMENT)
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
        return {domain: score for domain, score in scores(found).items() if domain in self._served}

    def _chosen(self, core: Mapping[str, float], beside: Mapping[str, float]) -> dict[str, float]:
        """Choose domains with a plain phrase; without one, beside words of the trade, those of ambiguous words.

        What qualifies the head (`beside`) adds to a word that is ambiguous, not to one that hardly says anything.
        """
        summed = {domain: core.get(domain, 0.0) + beside.get(domain, 0.0) for domain in {**core, **beside}}
        served = {domain: score for domain, score in summed.items() if domain in self._served}
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
        return {domain for domain, score in beside.items() if score == strongest and domain in self._served}

    def _factors(self, items: Sequence[Token], heads: Collection[int]) -> dict[int, float]:
        """Map the place of each token to its weight; the values of a label ("roles: owner, packer") weigh little."""
        colon = next((at for at, item in enumerate(items[:_LABEL]) if item.low == ":"), 0)
        factors = _factors(items, heads)
        if colon and self.between(items[0].start, items[colon].start):
            factors.update((item.start, _VALUES) for item in items[colon:])
        return factors


def _within(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    """True if a place is in one of the spans, which are in order."""
    at = bisect_right(spans, (place, len(spans) and spans[-1][1])) - 1
    return at >= 0 and spans[at][0] <= place < spans[at][1]


def _factors(items: Sequence[Token], heads: Collection[int]) -> dict[int, float]:
    """Map the place of each token to its weight; `heads` are the ends of phrases that say what a clause is about."""
    factors: dict[int, float] = {}
    factor, depth = _FULL, 0
    begin = start_of(items)
    opening = low(items, begin) in _OPENING
    linked = any(item.low in _TRANSFERS for item in items)
    for at, item in enumerate(items):
        word = item.low
        depth = max(0, depth + (word == "(") - (word == ")"))
        if word == ":" or (word == "," and opening) or (word in (",", "and") and low(items, at + 1) in ("a", "an")):
            factor, opening = _FULL, False
        elif word == "of" and at and items[at - 1].end in heads:
            factor = min(factor, _ADJUNCT)
        elif word in _FACTORS and (at > begin or opening):
            factor = _COMPLEMENT if linked and word in _ENDS else _next_factor(items, at, factor)
        factors[item.start] = min(factor, _ADJUNCT) if depth else factor
    return factors


def _next_factor(items: Sequence[Token], at: int, factor: float) -> float:
    word, before = items[at].low, low(items, at - 1)
    new = _FACTORS[word]
    if word == "about" and not _TELL.isdisjoint(item.low for item in items[max(0, at - 2) : at]):
        return _FULL  # "tell us about returns"
    if word == "that" and is_verb(before):
        return _FULL  # "people complain that the site hangs"
    if word in ("who", "which"):
        return factor if is_verb(before) else min(factor, _ADJUNCT)  # describes a thing: "a driver who takes parcels"
    if word == "to":
        return factor if is_verb(low(items, at + 1)) else min(factor, new)
    if word in PREPOSITIONS and new <= _ADJUNCT and is_verb(before) and before not in AUXILIARIES:
        return factor if factor != _FULL else _COMPLEMENT
    if word in ("with", "including", "where", "that"):
        return min(new, factor) if factor <= _ADJUNCT and word in ("with", "that") else new
    return new


def _factor(match: Match, starts: Sequence[int], factors: Mapping[int, float]) -> float:
    at = bisect_left(starts, match.start)
    best = 0.0
    while at < len(starts) and starts[at] < match.end:
        best = max(best, factors.get(starts[at], _FULL))
        at += 1
    if _OPEN_PHRASE.intersection(match.phrase):
        return max(best, _COMPLEMENT)  # "under load", "on a tablet": the phrase is meant with its preposition
    return best or _FULL


def _weighed(match: Match, factor: float) -> Match:
    if factor == _FULL:
        return match
    weights = {domain: weight * factor for domain, weight in match.weights.items()}
    return Match(match.phrase, match.start, match.end, weights)
