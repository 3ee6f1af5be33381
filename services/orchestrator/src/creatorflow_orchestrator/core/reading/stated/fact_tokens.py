"""Splits prose into tokens for the reading of facts: words, figures, dates, times, sizes, symbols, each with its place.

One pass of one pattern whose repetitions are bounded or cannot fail, so the time is linear in the text's length. A
break stands where nothing reaches across: between spans, at an empty line, before a list item.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum


class Kind(IntEnum):
    """The kind of a token; the numbers are those of the pattern's groups."""

    SYMBOL = 1
    BREAK = 2
    LINK = 3
    """An address, a phone number, a ticket or record number: nothing in it is a figure."""
    CODE = 4
    """A name in backticks or snake_case."""
    DATE = 5
    CLOCK = 6
    SIZE = 7
    """`4x6`, `10 x 15`."""
    FIGURE = 8
    WORD = 9


_BREAK = r"\n[ \t\r]*\n|\n(?=[ \t>]{0,40}(?:[-*•+]|\d{1,3}[.)]|\([a-z\d]\))[ \t])"
_LINK = (
    r"https?://\S{1,2000}|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}|\+\d{1,3}(?:[ -]\(?\d{1,8}\)?){2,5}(?!\w)"
    r"|\#\d{1,12}|(?!sub-|to-)[A-Za-z]{2,10}-\d{1,9}(?![\w.,]{0,40}\w)|\d{1,3}(?:\.\d{1,3}){3}(?!\w)"
)
_CODE = r"`[^`\n]{1,120}`|[A-Za-z][A-Za-z0-9]{0,40}(?:_[A-Za-z0-9]{1,40}){1,8}(?:\.[A-Za-z]\w{0,40})?"
_DATE = (
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z?(?!\w)|\d{4}-\d{1,2}-\d{1,2}(?![\w-]|/\w)|\d{4}-Q[1-4](?!\w)"
    r"|\d{1,2}\.\d{1,2}\.\d{4}(?!\w)|[0-3]\d\.[01]\d\.\d\d(?![\w.])|\d{1,2}/\d{1,2}/\d{4}(?!\w)|\d{1,2}/[A-Z][a-z]{2}/\d{2,4}(?!\w)"
)
_CLOCK = r"\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\w:])|\d{1,2}[hH][0-5]\d(?!\w)"
_SIDE = r"\d{1,4}(?:[.,]\d{1,3})?(?:[\"”″](?!\w))?"
_SIZE = rf"{_SIDE}(?:(?:[x×]|\ [x×]\ ){_SIDE}){{1,2}}(?!\d)"
_FIGURE = r"\d+(?:[.,'’]\d+)*"
_CURRENCY = r"(?:USD|EUR|GBP|CHF|SEK|NOK|DKK|PLN|CZK|CAD|AUD|JPY|INR)(?=\d)"
_WORD = rf"{_CURRENCY}|[pP]\d\d\.\d{{1,2}}(?!\w)|[^\W\d_](?:[^\W_]|['’](?=[^\W\d_]))*"
_SYMBOL = r"[<>]=|=[<>]|[^\w\s`#+]"  # first, because it is tried in one step; the rest of the signs are last
_PARTS = (_SYMBOL, _BREAK, _LINK, _CODE, _DATE, _CLOCK, _SIZE, _FIGURE, _WORD)
_TOKEN = re.compile("|".join(f"({part})" for part in _PARTS) + r"|\S")


class Tokens:
    """The tokens of the readable spans of a text, as parallel sequences; positions beyond the ends are blank tokens."""

    __slots__ = ("ends", "kinds", "lows", "starts", "text")

    def __init__(self, text: str, spans: Sequence[tuple[int, int]] | None = None) -> None:
        self.text = text
        self.kinds: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start, end in ((0, len(text)),) if spans is None else spans:
            if self.kinds:
                self._add(Kind.BREAK, start, 1)
            self._split(start, end)
        self._add(Kind.BREAK, len(text), _MARGIN)
        low = _lower(text)
        self.lows = [low[start:end] for start, end in zip(self.starts, self.ends, strict=True)]

    def _add(self, kind: Kind, at: int, count: int) -> None:
        self.kinds += [kind] * count
        self.starts += [at] * count
        self.ends += [at] * count

    def _split(self, start: int, end: int) -> None:
        # No list of matches is kept, which would cost more than the matching itself.
        kind, begin, stop, symbol = self.kinds.append, self.starts.append, self.ends.append, int(Kind.SYMBOL)
        for match in _TOKEN.finditer(self.text, start, end):
            kind(match.lastindex or symbol)
            begin(match.start())
            stop(match.end())

    def __len__(self) -> int:
        return len(self.kinds) - _MARGIN

    def raw(self, at: int) -> str:
        """Return a token as it is written."""
        return self.text[self.starts[at] : self.ends[at]]

    def glued(self, at: int) -> bool:
        """Return True if no blank is between a token and the one before it."""
        return at > 0 and self.ends[at - 1] == self.starts[at] and self.kinds[at] != Kind.BREAK

    def phrase(self, at: int, length: int) -> str:
        """Return the tokens from a place on, in lower case, with single blanks between."""
        return " ".join(self.lows[at : at + length])

    def capital(self, at: int) -> bool:
        """Return True for a word that begins with a capital letter."""
        return self.kinds[at] == Kind.WORD and self.text[self.starts[at]].isupper()

    def begins_line(self, at: int) -> bool:
        """Return True for the first token of a line, an item or a span."""
        before = at - 1
        first = at == 0 or self.kinds[before] == Kind.BREAK
        return first or "\n" in self.text[self.ends[before] : self.starts[at]]

    def begins_sentence(self, at: int) -> bool:
        """Return True for the first token of a sentence, an item or a line."""
        for _ in range(6):  # brackets, quotes and hashes may open before it
            if self.begins_line(at):
                return True
            at -= 1
            if self.lows[at] not in _OPENERS:
                break
        return self.lows[at] in _SENTENCE_ENDS


def _lower(text: str) -> str:
    """Return a text in lower case and of the same length, with straight apostrophes."""
    low = text.lower()
    if len(low) != len(text):  # a few letters have a longer lower case, which would move all places
        low = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return low.replace("’", "'")


_MARGIN = 24
"""Blank tokens at the end: no look ahead reaches further, and a look behind the first token finds them (index -1)."""
_OPENERS = frozenset(("#", "(", "[", '"', "“", "„", "-", "*", "•", ">"))
_SENTENCE_ENDS = frozenset((".", "!", "?", ";", ":"))
