"""The vocabulary of all cards: finds phrases in a text, with their domains, places and weights.

A longer phrase hides the shorter ones inside it ("order volume" is about load, not about orders), a figure of speech
hides the phrases in it and has no weight ("in order to"), and a single word inside a quantity does not count. Other
words may be between those of a phrase ("print the right label"), which lowers its weight a little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from creatorflow_contracts.stemming import stem

from creatorflow_orchestrator.core.plan import Card

from .idioms import CONTEXT_WORDS, IDIOMS
from .stemming import BREAK, Word, phrase_stems, words

ASKED_FOR = 2.0
"""Total weight of a domain's phrases from which the domain is requested."""

ASKED_IN_CONTEXT = 1.5
"""Total weight that suffices for ambiguous words beside words of the trade."""

_OWN_NAME_WEIGHT = 3.0  # of a domain's own name, unless its card says otherwise
_CONTEXT = frozenset(map(stem, CONTEXT_WORDS.split()))
_MAX_GAP = 2  # words between those of a phrase, all together
_GAP_FACTOR = 0.8
Phrase = tuple[str, ...]


class Span(Protocol):
    """A place in the text: characters `start` to `end`."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found at characters `start` to `end`, with its weight by domain."""

    phrase: Phrase
    start: int
    end: int
    weights: Mapping[str, float]


def scores(matches: Iterable[Match]) -> dict[str, float]:
    """Sum the weights by domain: each phrase counts once, and of phrases that share a word only the strongest."""
    scored: dict[str, float] = {}
    last: dict[str, tuple[int, float]] = {}  # domain: the end of its latest phrase, and its weight
    seen: set[Phrase] = set()
    for match in matches:
        if match.phrase in seen:
            continue
        seen.add(match.phrase)
        for domain, weight in match.weights.items():
            end, counted = last.get(domain, (0, 0.0))
            shared = counted if match.start < end else 0.0
            scored[domain] = scored.get(domain, 0.0) + max(weight - shared, 0.0)
            last[domain] = match.end, max(weight, shared)
    return scored


def highest(scored: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the highest score that each domain has anywhere, strongest first."""
    domains: dict[str, float] = {}
    for found in scored:
        for domain, score in found.items():
            domains[domain] = max(score, domains.get(domain, 0.0))
    return dict(sorted(domains.items(), key=lambda pair: -pair[1]))


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of the text; `counted` if it is part of a quantity."""

    word: Word
    counted: bool


class Lexicon:
    """All phrases of all cards, by their first stem, longest first."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self._weights: dict[Phrase, dict[str, float]] = {phrase_stems(idiom): {} for idiom in IDIOMS}
        for card in cards:
            for domain in card.domains:
                self._add(domain, {domain.replace("_", " "): _OWN_NAME_WEIGHT})
            for domain, phrases in card.vocabulary.items():
                self._add(domain, phrases)
        self._phrases = _by_first_stem(self._weights)
        self._stems = frozenset(stem for phrase in self._weights for stem in phrase)
        self._numbers = frozenset(stem for phrase in self._weights for stem in phrase if stem.isdecimal())
        self._by_first_two: dict[Phrase, list[Phrase]] = {}
        for phrase, weights in self._weights.items():
            if weights and len(phrase) > 1:
                self._by_first_two.setdefault(phrase[:2], []).append(phrase)

    def _add(self, domain: str, phrases: Mapping[str, float]) -> None:
        for phrase, weight in phrases.items():
            weights = self._weights.setdefault(phrase_stems(phrase), {})
            weights[domain] = max(weight, weights.get(domain, 0.0))

    def knows(self, word: str) -> bool:
        """True if a stem is in a phrase of the vocabulary."""
        return word in self._stems

    def in_trade(self, text_words: Iterable[Word]) -> bool:
        """True if one of the words is a word of the trade."""
        return any(word.stem in _CONTEXT for word in text_words)

    def matches(self, text: str, quantities: Sequence[Span] = ()) -> tuple[Match, ...]:
        """Return the phrases of the cards that the text contains, in the order of the text."""
        tokens = list(_tokens(words(text), quantities, self._numbers))
        stems = [token.word.stem for token in tokens]
        matches: list[Match] = []
        remaining = list(stems)  # without the words that a phrase of several words has taken
        for at, phrase in self._adjacent_phrases(stems):
            end = at + len(phrase)
            if len(phrase) > 1 or not self._weights[phrase]:
                remaining[at:end] = [BREAK] * len(phrase)
            if self._weights[phrase] and not (len(phrase) == 1 and tokens[at].counted):
                matches.append(Match(phrase, tokens[at].word.start, tokens[end - 1].word.end, self._weights[phrase]))
        for at, end, phrase in self._phrases_with_gaps(remaining):
            weights = {domain: weight * _GAP_FACTOR for domain, weight in self._weights[phrase].items()}
            matches.append(Match(phrase, tokens[at].word.start, tokens[end - 1].word.end, weights))
        return tuple(sorted(matches, key=lambda match: match.start))

    def _adjacent_phrases(self, stems: list[str]) -> Iterator[tuple[int, Phrase]]:
        """Yield phrases whose words are adjacent, with their start; none that lies inside another."""
        reached = 0
        for at in range(len(stems)):
            phrase = _longest_phrase(self._phrases, stems, at)
            if phrase and at + len(phrase) > reached:
                reached = at + len(phrase)
                yield at, phrase

    def _phrases_with_gaps(self, stems: list[str]) -> Iterator[tuple[int, int, Phrase]]:
        """Yield phrases with other words of the clause between their own, with their start and end."""
        for at, first in enumerate(stems):
            for second in range(at + 1, min(at + 2 + _MAX_GAP, len(stems))):
                if BREAK in (first, stems[second]):
                    break
                for phrase in self._by_first_two.get((first, stems[second]), ()):
                    end = _match_with_gaps(phrase, stems, at)
                    if end:
                        yield at, end, phrase


def _tokens(text_words: Iterable[Word], quantities: Sequence[Span], kept: frozenset[str]) -> Iterator[_Token]:
    """Yield the words, marked if they are part of a quantity.

    Numbers are left out, so that phrases reach over them, but those in `kept` are part of a phrase ("SOC 2").
    """
    waiting = iter(quantities)
    quantity = next(waiting, None)
    for word in text_words:
        while quantity is not None and quantity.end <= word.start:
            quantity = next(waiting, None)
        counted = quantity is not None and word.start >= quantity.start
        number = word.stem.isdecimal() or (counted and word.stem[:1].isdecimal())
        if not number or word.stem in kept:
            yield _Token(word, counted)


def _by_first_stem(phrases: Iterable[Phrase]) -> dict[str, list[Phrase]]:
    table: dict[str, list[Phrase]] = {}
    for phrase in sorted(filter(None, phrases), key=len, reverse=True):
        table.setdefault(phrase[0], []).append(phrase)
    return table


def _longest_phrase(table: Mapping[str, list[Phrase]], stems: list[str], at: int) -> Phrase:
    """Return the longest phrase that begins at a word; empty if none does."""
    for phrase in table.get(stems[at], ()):
        if tuple(stems[at : at + len(phrase)]) == phrase:
            return phrase
    return ()


def _match_with_gaps(phrase: Phrase, stems: list[str], at: int) -> int:
    """Return the end of a phrase that begins at a word, with at most `_MAX_GAP` other words in it; 0 if it does not."""
    last = min(at + len(phrase) + _MAX_GAP, len(stems))
    for word in phrase:
        while at < last and stems[at] != word:
            if stems[at] == BREAK:
                return 0
            at += 1
        if at >= last:
            return 0
        at += 1
    return at
