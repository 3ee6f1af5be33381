"""The numbers of a passage, in digits or in words, with the words beside them. Pure.

It reads answers, so it also reads code: `days=14`, `price_cents = 1200`, `p(95)<350`. What a number means is for
whoever looks for a figure to say (`figures`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_BESIDE = 40
"""Characters before and after a number that are looked at."""
_MOST_AFTER, _MOST_BEFORE = 5, 3
_DIGITS = r"\d{1,3}(?:[, '’\u202f]\d{3}){1,4}(?!\d)|\d{1,15}"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<digits>{_DIGITS})(?P<fraction>\.\d{{1,6}})?"
    r"(?:(?P<glued>k|K|M|bn)(?![A-Za-z])|\s(?P<scale>thousand|million|billion|k|M)\b)?"
)
_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SPELLED = {word: float(value) for value, word in enumerate(_SMALL)}
_SPELLED |= {word: 10.0 * value for value, word in enumerate(_TENS, start=2)}
_SPELLED |= {"dozen": 12.0, "twice": 2.0, "hundred": 100.0, "thousand": 1000.0}
_SHARES = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
_IN_WORDS = re.compile(
    rf"(?<![\w-])(?:(?:an? |one )?(?P<share>{'|'.join(_SHARES)})(?= (?:of )?(?:an? |the |all |our |one )?[a-z])|"
    rf"(?P<tens>{'|'.join(_TENS)})[- ](?P<ones>{'|'.join(_SMALL[1:10])})|(?P<word>{'|'.join(_SPELLED)})|"
    r"(?P<one>an?)(?= (?:second|minute|hour|day|week|fortnight|month|year)\b))(?!\w)",
    re.IGNORECASE,
)
_SCALES = {"k": 1e3, "m": 1e6, "bn": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_WORD = re.compile(r"[A-Za-z]{1,30}|[%×$€£/]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_PUT_ASIDE = re.compile(r"\b(?:instead of|rather than|no longer|not|never)\s(?:the |a )?[$€£]?$", re.IGNORECASE)


@dataclass(frozen=True)
class StatedNumber:
    """A number at characters `start` to `end` of a text. `share` is true for a part in words ("a third of")."""

    value: float
    text: str
    start: int
    end: int
    share: bool = False

    @cached_property
    def after(self) -> tuple[str, ...]:
        """The words (and `%`, `/`, signs of money) after it, nearest first, in lower case."""
        return tuple(_beside(self.text[self.end : self.end + _BESIDE]))[:_MOST_AFTER]

    @cached_property
    def before(self) -> tuple[str, ...]:
        """The words before it, nearest first, in lower case."""
        return tuple(reversed(list(_beside(self.text[max(0, self.start - _BESIDE) : self.start]))))[:_MOST_BEFORE]

    @property
    def aside(self) -> bool:
        """True for one that is only put aside: "not 350 ms", "instead of 350 ms"."""
        return _PUT_ASIDE.search(self.text[max(0, self.start - _BESIDE) : self.start]) is not None


def stated_numbers(text: str) -> Iterator[StatedNumber]:
    """Yield the numbers of a text, those in digits first."""
    for match in _NUMBER.finditer(text):
        digits = float(re.sub(r"\D", "", match["digits"]) + (match["fraction"] or ""))
        value = digits * _SCALES.get((match["glued"] or match["scale"] or "").lower(), 1.0)
        yield StatedNumber(value, text, match.start(), match.end())
    for match in _IN_WORDS.finditer(text):
        share = match["share"]
        yield StatedNumber(_in_words(match), text, match.start(), match.end(), share is not None)


def _in_words(match: re.Match[str]) -> float:
    if match["share"]:
        return _SHARES[match["share"].lower()]
    if match["tens"]:
        return _SPELLED[match["tens"].lower()] + _SPELLED[match["ones"].lower()]
    return 1.0 if match["one"] else _SPELLED[match["word"].lower()]


def _beside(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        yield from (part.lower() for part in _HUMP.split(match.group()) if part)
