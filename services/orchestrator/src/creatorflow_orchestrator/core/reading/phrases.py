"""Tables of fixed phrases, looked up by their first two words, so that a text is matched in linear time."""

from __future__ import annotations

from collections.abc import Sequence

from .tokens import Token

Phrase = tuple[str, ...]


class PhraseTable:
    """Phrases given as text, separated by bars: `"do not touch|don't touch"`."""

    def __init__(self, text: str) -> None:
        self._single: set[str] = set()
        self._longer: dict[str, dict[str, list[Phrase]]] = {}
        for phrase in sorted({tuple(alternative.split()) for alternative in text.split("|")}, key=len, reverse=True):
            if len(phrase) == 1:
                self._single.add(phrase[0])
            else:
                self._longer.setdefault(phrase[0], {}).setdefault(phrase[1], []).append(phrase)

    def at(self, items: Sequence[Token], place: int) -> Phrase:
        """Return the longest phrase that begins at a token; empty if none does."""
        if not 0 <= place < len(items):
            return ()
        first = items[place].low
        longer = self._longer.get(first)
        if longer and place + 1 < len(items):
            for phrase in longer.get(items[place + 1].low, ()):
                if _stands(items, place, phrase):
                    return phrase
        return (first,) if first in self._single else ()

    def within(self, items: Sequence[Token], start: int, end: int) -> bool:
        """True if a phrase begins at one of the tokens from `start` to `end`."""
        return any(self.at(items, place) for place in range(start, min(end, len(items))))


def _stands(items: Sequence[Token], place: int, phrase: Phrase) -> bool:
    if place + len(phrase) > len(items):
        return False
    return all(items[place + at].low == phrase[at] for at in range(2, len(phrase)))
