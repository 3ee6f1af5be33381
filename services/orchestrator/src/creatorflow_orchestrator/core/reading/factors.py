"""The weight of each word of a clause: its head and verb fully, what qualifies them ("on our dashboard") less."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence

from creatorflow_contracts.stemming import stem

from .english import AUXILIARIES, PREPOSITIONS
from .grammar import is_verb, low, start_of
from .lexicon import Match
from .tokens import Token
from .word_sets import word_set

_FULL = 1.0
_ADJUNCT = 0.45
COMPLEMENT = 0.9
_PLACE = 0.3  # where a thing is to be seen or done says nothing of who does it ("on the product page")
_BEFORE_ADJUNCT = word_set(
    "in at from between via over across into onto through during under per by against behind as for before after "
    "inside within beside since among along around when whenever if because while until till unless once so "
    "although though"
)
_FACTORS = {
    "on": _PLACE,
    **dict.fromkeys(_BEFORE_ADJUNCT, _ADJUNCT),
    **dict.fromkeys(["about", "regarding", "concerning", "despite", "than"], 0.3),
    **dict.fromkeys(["with", "including"], 0.9),
    **dict.fromkeys(["using", "to"], 0.6),
    **dict.fromkeys(["where", "which", "who"], 0.9),
    "that": 1.0,
}
_ENDS = frozenset(("to", "from", "between", "into", "with"))
_OPENING = word_set("once if when whenever after because before while for on in from until unless as since during with")
_TELL = word_set("tell ask know explain inform teach learn talk")
_TRANSFERS = word_set(
    "push pull send sync import export publish fetch upload download connect link integrate move migrate forward "
    "copy synchronise synchronize submit imports exports integration connection connector sent pushed pulled synced"
)
"""Words with which "to", "from" and "between" name what is connected."""
_OPEN_PHRASE = frozenset(map(stem, PREPOSITIONS))


def factors_of(items: Sequence[Token], heads: Collection[int]) -> dict[int, float]:
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
            factor = COMPLEMENT if linked and word in _ENDS else _next_factor(items, at, factor)
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
        return factor if factor != _FULL else COMPLEMENT
    if word in ("with", "including", "where", "that"):
        return min(new, factor) if factor <= _ADJUNCT and word in ("with", "that") else new
    return new


def factor_of(match: Match, starts: Sequence[int], factors: Mapping[int, float]) -> float:
    """Return the weight of a phrase: that of its weightiest token; `starts` are the places of all tokens."""
    at = bisect_left(starts, match.start)
    best = 0.0
    while at < len(starts) and starts[at] < match.end:
        best = max(best, factors.get(starts[at], _FULL))
        at += 1
    if _OPEN_PHRASE.intersection(match.phrase):
        return max(best, COMPLEMENT)  # "under load", "on a tablet": the phrase is meant with its preposition
    return best or _FULL


def weighed(match: Match, factor: float) -> Match:
    """Return a phrase with its weights multiplied."""
    if factor == _FULL:
        return match
    weights = {domain: weight * factor for domain, weight in match.weights.items()}
    return Match(match.phrase, match.start, match.end, weights)
