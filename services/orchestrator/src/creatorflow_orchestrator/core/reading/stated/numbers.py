"""Reads one number, in digits or in words: `1,200`, `1.000,50`, `5k`, `half a million`, `twenty-five`, `a third`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.word_sets import word_set

from .fact_tokens import Kind, Tokens
from .unit_words import COIN_WORDS, MULTIPLIED, UNITS

_UP_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ONES = {word: float(value) for value, word in enumerate(_UP_TO_NINETEEN.split())}
_DECADES = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: float(10 * value) for value, word in enumerate(_DECADES.split(), start=2)}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "dozen": 12.0, "lakh": 1e5,
    "triệu": 1e6, "juta": 1e6, "ribu": 1e3,
    "hundreds": 0.0, "thousands": 0.0, "millions": 0.0, "dozens": 0.0,
}  # fmt: skip
_SHORT_SCALES = {"k": 1e3, "tsd": 1e3, "mn": 1e6, "mio": 1e6, "bn": 1e9, "mrd": 1e9}
_PARTS = {
    "half": 2.0, "halves": 2.0, "third": 3.0, "thirds": 3.0, "quarter": 4.0, "quarters": 4.0, "fifth": 5.0,
    "fifths": 5.0, "sixth": 6.0, "eighth": 8.0, "eighths": 8.0, "tenth": 10.0, "tenths": 10.0, "hundredth": 100.0,
}  # fmt: skip
_SIGNS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 0.2, "⅛": 0.125}
COUNTING_WORDS = frozenset((*_ONES, *_TENS))
"""Numbers of one word."""
NUMBER_WORDS = frozenset((*_ONES, *_TENS, "a", "an", "the", "half", "hundred", "thousand", "million", "dozen"))
"""Words with which a number can begin."""
_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3}){0,5},\d{3}(?:\.\d+)?|\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?")
_GROUPED_BY_DOTS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,4}|\d{1,3}(?:\.\d{3}){2,5}")
_ONE_DOT = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_DECIMAL = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_DECIMAL_COMMA = re.compile(r"\d{1,15},(?:\d{1,2}|\d{4,6})")
_LONGEST = 15  # digits; longer ones are ids


@dataclass(frozen=True, slots=True)
class Number:
    """A number at tokens `start` to `end`.

    `part` is true for a fraction in words, which "of" or "a" may follow ("a third of a second"). `marked` is true if
    its form alone says that it is a quantity: grouped digits, "5k", "half a million". `spelled` is true for words.
    `thousands` is the other reading of "1.500", which what follows decides.
    """

    start: int
    end: int
    value: float
    part: bool = False
    marked: bool = False
    spelled: bool = False
    thousands: float | None = None
    scale: float = 1.0
    """The factor of a short scale: of "5k" 1000, which in "2-5k" is that of both."""


def read_number(tokens: Tokens, at: int) -> Number | None:
    """Return the number that begins at a token; `None` if none does, or if it is a version, a section or an id."""
    kind = tokens.kinds[at]
    if kind == Kind.FIGURE:
        return _in_digits(tokens, at)
    if kind == Kind.WORD and tokens.lows[at] in NUMBER_WORDS:
        return _in_words(tokens, at)
    return Number(at, at + 1, _SIGNS[tokens.lows[at]], part=True) if tokens.lows[at] in _SIGNS else None


def _in_digits(tokens: Tokens, at: int) -> Number | None:
    raw = tokens.raw(at)
    parsed = _digits(raw)
    if parsed is None:
        return None
    value, grouped = parsed
    thousands = float(raw.replace(".", "")) if _ONE_DOT.fullmatch(raw) else None
    end = at + 1
    while (
        len(raw) <= 3
        and end < at + 5
        and tokens.kinds[end] == Kind.FIGURE
        and len(tokens.raw(end)) == 3
        and tokens.raw(end).isdigit()
        and tokens.starts[end] - tokens.ends[end - 1] == 1
    ):  # "9 000 orders", "1 000 000"
        value, grouped = value * 1000 + float(tokens.raw(end)), True
        end += 1
    if tokens.lows[end] in _SIGNS and tokens.glued(end):
        return Number(at, end + 1, value + _SIGNS[tokens.lows[end]])
    if _is_fraction(tokens, at):
        return Number(at, at + 3, value / float(tokens.raw(at + 2)), part=True)
    scale, end = _scale(tokens, end)
    if scale == 1.0 and tokens.phrase(end, 3) == "and a half":
        scale, end = _scale(tokens, end + 3)
        return Number(at, end, (value + 0.5) * scale, marked=scale != 1.0)
    return Number(
        at,
        end,
        value * scale,
        marked=grouped or scale != 1.0,
        thousands=None if scale != 1.0 else thousands,
        scale=scale,
    )


def _digits(raw: str) -> tuple[float, bool] | None:
    """Return the value of digits, and if they are grouped; `None` for `1.2.3`, `007` and longer ids."""
    if len(raw) > _LONGEST + 8 or (raw[0] == "0" and raw[1:2].isdigit()):
        return None
    if raw.isdigit():
        return (float(raw), False) if len(raw) <= _LONGEST else None
    if _GROUPED.fullmatch(raw):
        return float(raw.replace(",", "").replace("'", "").replace("’", "")), True
    if _GROUPED_BY_DOTS.fullmatch(raw):
        return float(raw.replace(".", "").replace(",", ".")), True
    if _DECIMAL_COMMA.fullmatch(raw):
        return float(raw.replace(",", ".")), False
    return (float(raw), False) if _DECIMAL.fullmatch(raw) else None


def _is_fraction(tokens: Tokens, at: int) -> bool:
    """Return True for `3/4`, but not for `24/7` or `$12/$48`."""
    return (
        tokens.lows[at + 1] == "/"
        and tokens.lows[at - 1] != "on"  # "on 3/4" is a day
        and tokens.glued(at + 1)
        and tokens.glued(at + 2)
        and tokens.lows[at + 2] in ("2", "3", "4", "5", "8", "10")
        and tokens.lows[at].isdigit()
        and int(tokens.lows[at]) < int(tokens.lows[at + 2])
    )


def _scale(tokens: Tokens, at: int) -> tuple[float, int]:
    """Return the factor that a word after digits stands for (`5k`, `1.2m orders`), and the token after it."""
    word, raw = tokens.lows[at], tokens.raw(at)
    if _SCALES.get(word) and tokens.kinds[at] == Kind.WORD:
        return _SCALES[word], at + 1
    if word in _SHORT_SCALES and not (raw == "K" and tokens.lows[at + 1] in _SCREENS):
        dotted = word in ("mio", "mrd", "tsd") and tokens.lows[at + 1] == "." and tokens.glued(at + 1)
        return _SHORT_SCALES[word], at + 1 + dotted
    money = tokens.lows[at - 2] in MONEY_SIGNS or tokens.lows[at - 2] in ("eur", "usd", "gbp", "chf")
    if tokens.glued(at) and (
        raw == "M" or (raw == "m" and (money or _counts(tokens, at + 1) or _in_millions(tokens, at)))
    ):
        return 1e6, at + 1
    return 1.0, at


def _in_millions(tokens: Tokens, at: int) -> bool:
    """Return True if money or millions stand before in the text: "ten million dollars; this year 6.4m"."""
    before = tokens.lows[max(0, at - 24) : at - 1]
    return not MONEY_SIGNS.isdisjoint(before) or not {"million", "dollars", "euros", "pounds"}.isdisjoint(before)


def read_scale(tokens: Tokens, at: int) -> float:
    """Return the factor that a word after digits stands for: 1e6 for "million", 1 if it is none."""
    return _scale(tokens, at)[0]


def _counts(tokens: Tokens, at: int) -> bool:
    """Return True if a noun or a sign of money follows: "1.2m orders", "5m $"; "5m" alone may be minutes or metres."""
    return (tokens.kinds[at] == Kind.WORD and tokens.lows[at] not in _NO_NOUNS) or tokens.lows[at] in MONEY_SIGNS


MONEY_SIGNS = frozenset(("$", "€", "£"))
_SCREENS = frozenset(("video", "videos", "display", "screen", "monitor", "resolution", "images"))
_BEFORE_SHARE = word_set("by only about roughly nearly almost over under least most than up down to")
_NO_NOUNS = word_set("""
    a an and or to of in on at by for from is are was were the per each with long wide high deep away x if so but
    then than that this as it we you they
    """)


def _in_words(tokens: Tokens, at: int) -> Number | None:
    word = tokens.lows[at]
    if word == "the":
        return None  # "within the hour" is read as one hour elsewhere
    if word in ("a", "an", "half"):
        return _after_article(tokens, at)
    if word == "one" and tokens.lows[at + 1] in COUNTING_WORDS:
        return None
    if word in _SCALES and tokens.lows[at - 1] in ("few", "several", "many", "of", "some"):
        return None  # "a few hundred orders"
    found = _sum(tokens, at)
    if found is None:
        return None
    value, end = found
    if tokens.lows[end] == "point" and tokens.lows[end + 1] in _ONES:
        value, end = _decimals(tokens, end + 1, value)
        scale, end = _scale(tokens, end)
        return Number(at, end, value * scale, spelled=True, marked=True)
    after = end + 1 if tokens.lows[end] == "-" else end
    part = tokens.lows[after]
    if part in _PARTS and part not in ("half", "quarter") and value < _PARTS[part]:
        if value == 1 and not _opens_share(tokens, after + 1):
            return None
        return Number(at, after + 1, value / _PARTS[part], part=True, spelled=True)
    if value == 1 and part in ("half", "quarter"):
        return Number(at, after + 1, value / _PARTS[part], part=True, spelled=True)
    if tokens.phrase(end, 3) == "and a half":
        scale, after = _scale(tokens, end + 3)
        return Number(at, after, (value + 0.5) * scale, spelled=True, marked=scale != 1.0)
    if tokens.phrase(end, 3) == "and a quarter":
        return Number(at, end + 3, value + 0.25, spelled=True)
    return Number(at, end, value, spelled=True, marked=value >= 100)


def _after_article(tokens: Tokens, at: int) -> Number | None:
    """Read `a dozen`, `a hundred and fifty`, `half a million`, `half an hour`, `a third of`, `a quarter of`."""
    first = at if tokens.lows[at] == "half" else at + 1
    if tokens.lows[first] == "half":
        then = first + 1
        if tokens.lows[then] in ("a", "an", "-"):
            then += 1
        scale = _SCALES.get(tokens.lows[then], 0.0)
        if scale:
            return Number(at, then + 1, 0.5 * scale, spelled=True, marked=True)
        measured = tokens.lows[then] in UNITS or tokens.lows[then] in MULTIPLIED or tokens.lows[then] in COIN_WORDS
        if not measured and tokens.lows[first + 1] != "of":
            return None  # "half empty"; "half the time" is no number either
        return Number(at, first + 1, 0.5, part=True, spelled=True)
    word = tokens.lows[first]
    if word in _PARTS:
        return (
            Number(at, first + 1, 1 / _PARTS[word], part=True, spelled=True)
            if _opens_share(tokens, first + 1)
            else None
        )
    if not _SCALES.get(word):
        return None
    found = _sum(tokens, first)
    return None if found is None else Number(at, found[1], found[0], spelled=True, marked=True)


def _opens_share(tokens: Tokens, at: int) -> bool:
    """Return True if "a third" is a share here, and no ordinal as in "a third party"."""
    if tokens.lows[at] in ("of", "less", "more", "fewer", "off", "cheaper", "faster", "is", "are", "was", "were"):
        return True
    before = tokens.lows[at - 3]  # "cheaper by a third."
    return before in _BEFORE_SHARE and not (tokens.kinds[at] == Kind.WORD and tokens.lows[at] not in _NO_NOUNS)


def _decimals(tokens: Tokens, at: int, value: float) -> tuple[float, int]:
    unit = 0.1
    for _ in range(6):
        digit = _ONES.get(tokens.lows[at], 10.0)
        if digit > 9:
            break
        value, unit, at = value + digit * unit, unit / 10, at + 1
    return round(value, 6), at


def _sum(tokens: Tokens, at: int) -> tuple[float, int] | None:
    """Return the value of number words from a token on, and the token after them."""
    total, current, end, last = 0.0, 0.0, at, at + 16
    while end < last:
        word, room = tokens.lows[end], current % 100 == 0
        if word in _TENS and room:
            current += _TENS[word]
        elif word in _ONES and (room if _ONES[word] > 9 else (room or (current % 10 == 0 and current % 100 >= 20))):
            current += _ONES[word]
            if word == "zero":
                return (0.0, end + 1) if end == at else None
        elif _SCALES.get(word):
            if _SCALES[word] < 1000:
                current = (current or 1.0) * _SCALES[word]
            else:
                total, current = total + (current or 1.0) * _SCALES[word], 0.0
        elif end > at and _joins(tokens, end, current):
            end += 1
            continue
        else:
            break
        end += 1
    return (total + current, end) if end > at else None


def _joins(tokens: Tokens, at: int, current: float) -> bool:
    """Return True for the hyphen of "twenty-five" and the "and" of "two hundred and fifty"."""
    after = tokens.lows[at + 1]
    if tokens.lows[at] == "-":
        return (_ONES.get(after, 10) < 10 and current % 100 >= 20 and tokens.glued(at)) or bool(_SCALES.get(after))
    return tokens.lows[at] == "and" and tokens.lows[at - 1] in _SCALES and (after in _ONES or after in _TENS)
