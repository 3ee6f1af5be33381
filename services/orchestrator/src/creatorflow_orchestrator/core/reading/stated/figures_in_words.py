"""Figures that are said without a number: "twice a day", "hourly", "double the load", "no downtime"."""

from __future__ import annotations

from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.word_sets import word_set
from creatorflow_orchestrator.core.request import Comparison

from .comparisons import comparison_before
from .fact_tokens import Kind, Tokens
from .figure_roles import INTERVAL
from .nouns import following, is_noun, is_plural, preceding
from .numbers import read_number
from .rates import rates
from .unit_words import ADVERBS_OF_COUNT, FREQUENCIES, PERIODS

_FACTORS = {
    "double": 2.0, "doubles": 2.0, "doubling": 2.0, "triple": 3.0, "triples": 3.0, "quadruple": 4.0, "halve": 0.5,
    "halves": 0.5, "halving": 0.5, "twofold": 2.0, "threefold": 3.0, "fourfold": 4.0, "fivefold": 5.0, "tenfold": 10.0,
    "hundredfold": 100.0, "doubled": 2.0, "tripled": 3.0, "quadrupled": 4.0, "halved": 0.5,
    "twice": 2.0, "thrice": 3.0, "half": 0.5,
}  # fmt: skip
_OBJECTS = word_set("the our its their your his her what that this as today's current")
_GROWING = word_set("""
    traffic load loads volume volumes throughput capacity speed rate orders sales revenue output demand size
    requests users usage conversion it number
    """)
_ALONE = frozenset(("halve", "tenfold", "twofold", "threefold", "fourfold", "fivefold", "hundredfold"))
_NONE_OF = word_set("downtime outage outages loss losses oversells overselling duplicates")
PHRASE_WORDS = frozenset((*_FACTORS, *FREQUENCIES, *ADVERBS_OF_COUNT, "every", "no", "without", "zero", "factor"))
"""Words with which such a phrase can begin."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A figure that is stated by tokens `start` to `end`."""

    start: int
    end: int
    value: float
    unit: str
    comparison: Comparison
    subject: str = ""
    role: str = ""


def read_phrase(tokens: Tokens, at: int) -> Phrase | None:
    """Return the figure that a word stands for; `None` if it is no figure here ("at once", "double click")."""
    low = tokens.lows[at]
    if low in FREQUENCIES:
        if tokens.lows[at - 1] == "-":
            return None  # "half-hourly"
        return Phrase(at, at + 1, 1.0, f"times/{FREQUENCIES[low]}", "=", following(tokens, at + 1), INTERVAL)
    if low in ADVERBS_OF_COUNT:
        unit, end = rates(tokens, at + 1, priced=False)
        if unit or comparison_before(tokens, at) or tokens.lows[at - 1] == "exactly":
            return Phrase(at, end, ADVERBS_OF_COUNT[low], f"times{unit}", "=")
    if (
        low == "every"
        and tokens.lows[at + 1] in ("other", "second")
        and tokens.lows[at + 2] in ("hour", "day", "week", "month", "year")
    ):
        return Phrase(at, at + 3, 2.0, tokens.lows[at + 2], "=", preceding(tokens, at), INTERVAL)
    if low == "every" and (share := _ORDINALS.get(tokens.lows[at + 1])):
        timed = tokens.lows[at + 2] in PERIODS or not is_noun(tokens, at + 2)
        return None if timed else Phrase(at, at + 3, share, "", "=", tokens.lows[at + 2])  # "every tenth parcel"
    if low == "every" and tokens.lows[at + 1] in _CALENDAR and tokens.lows[at + 2] != "of":
        return Phrase(at, at + 2, 1.0, f"times/{_CALENDAR[tokens.lows[at + 1]]}", "=", role=INTERVAL)
    if low == "factor":
        return _by_factor(tokens, at)
    if low in ("no", "without", "zero"):
        return _none_of(tokens, at)
    return _multiple(tokens, at) if low in _FACTORS else None


_ORDINALS = {"second": 1 / 2, "third": 1 / 3, "fourth": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10, "hundredth": 1 / 100}
_CALENDAR = {
    word: PERIODS[word] for word in ("second", "minute", "hour", "day", "week", "month", "quarter", "year", "night")
} | {"morning": "day", "evening": "day"}


def _by_factor(tokens: Tokens, at: int) -> Phrase | None:
    """Read "by a factor of 4", "factor 30"."""
    then = at + 2 if tokens.lows[at + 1] in ("of", ":") else at + 1
    number = read_number(tokens, then)
    if number is None or number.part:
        return None
    start = at - 1 if tokens.lows[at - 1] == "a" else at
    start = start - 1 if tokens.lows[start - 1] == "by" else start
    return Phrase(max(start, 0), number.end, number.value, "x", "x")


def _none_of(tokens: Tokens, at: int) -> Phrase | None:
    """Read "no downtime", "without data loss": nothing of something that is counted."""
    if tokens.lows[at + 1] == "-":
        return None
    first = at + 2 if tokens.lows[at + 1] in ("any", "a") else at + 1
    for end in (first, first + 1):
        if tokens.lows[end] in _NONE_OF:
            subject = tokens.phrase(first, end - first + 1)
            return Phrase(at, end + 1, 0.0, tokens.lows[end], "=", subject)
        if not is_noun(tokens, end):
            return None
    return None


def _multiple(tokens: Tokens, at: int) -> Phrase | None:
    """Read "double the load", "twice as many orders", "half the time", "halve latency"."""
    low, then = tokens.lows[at], at + 1
    if low == "half" and tokens.lows[at - 1] in ("by", "in") and not is_noun(tokens, then):
        alone = tokens.lows[then] not in ("a", "an", "of", "-")
        return Phrase(at, then, 0.5, "x", "x") if alone else None  # "must fall by half", "cut in half"
    if low == "half" and tokens.lows[then] not in ("the", "our", "as", "its"):
        return None
    if tokens.lows[then] in _OBJECTS and tokens.kinds[then] == Kind.WORD:
        end = then
        while end < then + 3 and tokens.lows[end] in ("as", "many", "much", "of", *_OBJECTS):
            end += 1
        subject = following(tokens, end)
        if low == "half" and is_plural(subject.rpartition(" ")[2]):
            return Phrase(at, at + 1, 0.5, "", "=", subject)  # "half the builds are red" is a share
        return Phrase(at, at + 1, _FACTORS[low], "x", "x", subject)
    more = low.startswith(("doubl", "tripl", "quadrupl", "halved")) and (
        tokens.lows[then] in _GROWING or _stands_alone(tokens, at)
    )
    return Phrase(at, at + 1, _FACTORS[low], "x", "x", following(tokens, then)) if low in _ALONE or more else None


def _stands_alone(tokens: Tokens, at: int) -> bool:
    """Return True for "traffic doubles" and for "double" as a whole text, but not for "comes out double"."""
    if tokens.begins_sentence(at):
        return tokens.kinds[at + 1] == Kind.BREAK
    if tokens.lows[at - 1] in ("almost", "nearly") and not is_noun(tokens, at + 1):
        return True  # "on desktop almost double"
    past = tokens.lows[at].endswith(("s", "ed"))
    return past and (tokens.lows[at - 1] in _GROWING or tokens.lows[at - 1] in ("time", "times", "has", "have"))
