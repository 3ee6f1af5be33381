"""The cards' words, made ready to be found in a text: which phrase, of which domain, where, how strong.

A longer phrase hides the shorter ones inside it ("order volume" speaks of load, not of orders), a figure of speech
hides what it contains and means nothing ("in order to"), and one word inside a quantity counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .idioms import IDIOMS, NOT_WANTED
from .plan import Card
from .quantities import Found
from .words import BREAK, Word, phrase_stems, words

ASKED_FOR = 2.0
"""What a domain's phrases must be worth together for it to be asked for: an ambiguous word needs company."""

_OWN_NAME_WEIGHT = 3.0  # of a domain's own name, unless its card says otherwise
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found at characters `start` to `end`: what it is worth, by domain."""

    phrase: Phrase
    start: int
    end: int
    weights: Mapping[str, float]


def scores(matches: Iterable[Match]) -> dict[str, float]:
    """What the phrases say for each domain: each counts once, and of phrases that share a word the strongest."""
    found: dict[str, float] = {}
    last: dict[str, tuple[int, float]] = {}  # domain: where its latest phrase ends, and what it was worth
    seen: set[Phrase] = set()
    for match in matches:
        if match.phrase in seen:
            continue
        seen.add(match.phrase)
        for domain, weight in match.weights.items():
            end, counted = last.get(domain, (0, 0.0))
            shared = counted if match.start < end else 0.0
            found[domain] = found.get(domain, 0.0) + max(weight - shared, 0.0)
            last[domain] = match.end, max(weight, shared)
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """A word of the text, and whether it is part of a quantity."""

    word: Word
    counted: bool


class Lexicon:
    """All phrases of all cards, by their first stem, longest first."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self._worth: dict[Phrase, dict[str, float]] = {phrase_stems(idiom): {} for idiom in IDIOMS}
        for card in cards:
            for domain in card.domains:
                self._add(domain, {domain.replace("_", " "): _OWN_NAME_WEIGHT})
            for domain, phrases in card.vocabulary.items():
                self._add(domain, phrases)
        self._phrases = _by_first_stem(self._worth)
        self._not_wanted = _by_first_stem(map(phrase_stems, NOT_WANTED))

    def _add(self, domain: str, phrases: Mapping[str, float]) -> None:
        for phrase, weight in phrases.items():
            worth = self._worth.setdefault(phrase_stems(phrase), {})
            worth[domain] = max(weight, worth.get(domain, 0.0))

    def matches(self, text: str, quantities: Sequence[Found] = ()) -> tuple[Match, ...]:
        """What the text says in the cards' words, in the order of the text."""
        told = list(_told(words(text), quantities))
        stems = [each.word.stem for each in told]
        refused = self._refused(stems)
        found: list[Match] = []
        reached = 0
        for at in range(len(stems)):
            phrase = _longest(self._phrases, stems, at)
            end = at + len(phrase)
            if not phrase or end <= reached:
                continue
            reached = end
            worth = self._worth[phrase]
            if worth and at not in refused and not (len(phrase) == 1 and told[at].counted):
                found.append(Match(phrase, told[at].word.start, told[end - 1].word.end, worth))
        return tuple(found)

    def _refused(self, stems: list[str]) -> set[int]:
        """Positions of the words that say what is not wanted."""
        refused: set[int] = set()
        for at in range(len(stems)):
            end = at + len(_longest(self._not_wanted, stems, at))
            while end > at and end < len(stems) and stems[end] not in (BREAK, "but") and end not in refused:
                refused.add(end)
                end += 1
        return refused


def _told(found: Iterable[Word], quantities: Sequence[Found]) -> Iterator[_Told]:
    """The words, each with whether a quantity holds it; bare numbers are left out, so that phrases reach over them."""
    waiting = iter(quantities)
    quantity = next(waiting, None)
    for word in found:
        while quantity is not None and quantity.end <= word.start:
            quantity = next(waiting, None)
        counted = quantity is not None and word.start >= quantity.start
        if not word.stem.isdecimal() and not (counted and word.stem[:1].isdecimal()):
            yield _Told(word, counted)


def _by_first_stem(phrases: Iterable[Phrase]) -> dict[str, list[Phrase]]:
    table: dict[str, list[Phrase]] = {}
    for phrase in sorted(filter(None, phrases), key=len, reverse=True):
        table.setdefault(phrase[0], []).append(phrase)
    return table


def _longest(table: Mapping[str, list[Phrase]], stems: list[str], at: int) -> Phrase:
    """The longest phrase that begins at a word; empty if none does."""
    for phrase in table.get(stems[at], ()):
        if tuple(stems[at : at + len(phrase)]) == phrase:
            return phrase
    return ()
