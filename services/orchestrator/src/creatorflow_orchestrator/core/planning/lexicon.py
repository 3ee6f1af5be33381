"""The cards' words, made ready to be found in a text: which phrase, of which domain, where, how strong.

A longer phrase hides the shorter ones inside it ("order volume" speaks of load, not of orders), a figure of speech
hides what it contains and means nothing ("in order to"), and one word inside a quantity counts for nothing. Words may
stand between those of a phrase ("print the right label"), which makes it worth a little less.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from creatorflow_contracts.stemming import stem

from creatorflow_orchestrator.core.plan import Card

from .idioms import CONTEXT_WORDS, IDIOMS, NOT_WANTED
from .quantities import Found
from .stemming import BREAK, Word, phrase_stems, words

ASKED_FOR = 2.0
"""What a domain's phrases must be worth together for the domain to be asked for."""

ASKED_IN_CONTEXT = 1.5
"""Enough for an ambiguous word beside words of our trade."""

_OWN_NAME_WEIGHT = 3.0  # of a domain's own name, unless its card says otherwise
_STOP = re.compile(r"[.!?;]+(?=\s|$)|(?:(?<=\s)|^)(?:[-*•]|\d{1,3}[.)])(?=\s)")  # ends a sentence, begins a list item
_CONTEXT = frozenset(map(stem, CONTEXT_WORDS.split()))
_MAX_GAP = 2  # words between those of a phrase, all together
_GAP_WORTH = 0.8
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


def requested_domains(text: str, matches: Sequence[Match]) -> dict[str, float]:
    """The domains that the phrases add up to, with their scores.

    A domain of which only ambiguous words speak is asked for where the text is about our trade, in a sentence or
    list item that speaks plainly of no other.
    """
    found = scores(matches)
    plain = {domain for domain, score in found.items() if score >= ASKED_FOR}
    stops = [stop.start() for stop in _STOP.finditer(text)]
    taken = {bisect(stops, match.start) for match in matches if plain.intersection(match.weights)}
    in_trade = bool(plain) or any(word.stem in _CONTEXT for word in words(text))
    free = [match for match in matches if in_trade and bisect(stops, match.start) not in taken]
    hinted = {domain for domain, score in scores(free).items() if score >= ASKED_IN_CONTEXT}
    return {domain: round(score, 2) for domain, score in found.items() if domain in plain | hinted}


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
        self._numbers = frozenset(stem for phrase in self._worth for stem in phrase if stem.isdecimal())
        self._pairs: dict[Phrase, list[Phrase]] = {}
        for phrase, worth in self._worth.items():
            if worth and len(phrase) > 1:
                self._pairs.setdefault(phrase[:2], []).append(phrase)
        self._not_wanted = _by_first_stem(map(phrase_stems, NOT_WANTED))

    def _add(self, domain: str, phrases: Mapping[str, float]) -> None:
        for phrase, weight in phrases.items():
            worth = self._worth.setdefault(phrase_stems(phrase), {})
            worth[domain] = max(weight, worth.get(domain, 0.0))

    def matches(self, text: str, quantities: Sequence[Found] = ()) -> tuple[Match, ...]:
        """What the text says in the cards' words, in the order of the text."""
        told = list(_told(words(text), quantities, self._numbers))
        stems = [each.word.stem for each in told]
        refused = self._refused(stems)
        found: list[Match] = []
        free = list(stems)  # what no phrase of several words has taken yet
        for at, phrase in self._adjacent(stems):
            end = at + len(phrase)
            if len(phrase) > 1 or not self._worth[phrase]:
                free[at:end] = [BREAK] * len(phrase)
            if self._worth[phrase] and at not in refused and not (len(phrase) == 1 and told[at].counted):
                found.append(Match(phrase, told[at].word.start, told[end - 1].word.end, self._worth[phrase]))
        for at, end, phrase in self._apart(free):
            if at not in refused:
                worth = {domain: weight * _GAP_WORTH for domain, weight in self._worth[phrase].items()}
                found.append(Match(phrase, told[at].word.start, told[end - 1].word.end, worth))
        return tuple(sorted(found, key=lambda match: match.start))

    def _adjacent(self, stems: list[str]) -> Iterator[tuple[int, Phrase]]:
        """Where a phrase begins, its words side by side; none that lies inside another."""
        reached = 0
        for at in range(len(stems)):
            phrase = _longest(self._phrases, stems, at)
            if phrase and at + len(phrase) > reached:
                reached = at + len(phrase)
                yield at, phrase

    def _apart(self, stems: list[str]) -> Iterator[tuple[int, int, Phrase]]:
        """Where a phrase begins and ends that has other words of its clause between its own."""
        for at, first in enumerate(stems):
            for second in range(at + 1, min(at + 2 + _MAX_GAP, len(stems))):
                if BREAK in (first, stems[second]):
                    break
                for phrase in self._pairs.get((first, stems[second]), ()):
                    end = _reached(phrase, stems, at)
                    if end:
                        yield at, end, phrase

    def _refused(self, stems: list[str]) -> set[int]:
        """Positions of the words that say what is not wanted."""
        refused: set[int] = set()
        for at in range(len(stems)):
            end = at + len(_longest(self._not_wanted, stems, at))
            while end > at and end < len(stems) and stems[end] not in (BREAK, "but") and end not in refused:
                refused.add(end)
                end += 1
        return refused


def _told(found: Iterable[Word], quantities: Sequence[Found], kept: frozenset[str]) -> Iterator[_Told]:
    """The words, each with whether a quantity holds it.

    Numbers are left out, so that phrases reach over them, but those in `kept` are part of a phrase ("SOC 2").
    """
    waiting = iter(quantities)
    quantity = next(waiting, None)
    for word in found:
        while quantity is not None and quantity.end <= word.start:
            quantity = next(waiting, None)
        counted = quantity is not None and word.start >= quantity.start
        number = word.stem.isdecimal() or (counted and word.stem[:1].isdecimal())
        if not number or word.stem in kept:
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


def _reached(phrase: Phrase, stems: list[str], at: int) -> int:
    """Where a phrase that begins at a word ends, with at most `_MAX_GAP` words between its own; 0 if it does not."""
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
