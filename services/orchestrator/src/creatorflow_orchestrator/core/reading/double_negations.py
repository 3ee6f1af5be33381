"""Negations of a negation, which leave nothing out: "billing is not out of scope", "do not skip the tests"."""

from __future__ import annotations

from collections.abc import Sequence

from .grammar import low
from .phrases import PhraseTable
from .tokens import Token
from .word_sets import word_set

_NOT = word_set("not never cannot neither") | word_set(
    "don't dont doesn't didn't isn't aren't wasn't weren't can't cant couldn't won't wouldn't mustn't shouldn't"
)
_BETWEEN = word_set("be to we you i ever really simply just even afford completely entirely want longer any at all")
_OMITTING = PhraseTable(
    "skip|skipped|skipping|omit|omitted|omitting|exclude|excluded|excluding|ignore|ignored|ignoring|forget|forgotten|"
    "forgetting|neglect|neglected|overlook|overlooked|leave out|left out|leaving out|out of scope|outside the scope|"
    "off limits|off the table|optional|do without|live without|postpone|postponed|defer|deferred|irrelevant|"
    "unimportant|unnecessary|superfluous"
)
_ALSO = word_set("only just merely simply solely alone")
_TIMES = word_set("now yet today")
_REACH = 4  # tokens within which what is negated stands
_POINTING = word_set("that those this it them")


def double_negations(items: Sequence[Token]) -> tuple[tuple[int, int], ...]:
    """Return where a sentence negates a negation, each with its first token and the one after its last."""
    found = ((at, _end(items, at)) for at in range(len(items)) if _negates(items, at))
    return tuple((at, end) for at, end in found if end)


def overlaps(doubled: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Return True if one of the double negations has a token from `start` to before `end`."""
    return any(first < end and start < last for first, last in doubled)


def _negates(items: Sequence[Token], at: int) -> bool:
    return items[at].low in _NOT or (items[at].low == "no" and low(items, at + 1) == "longer")


def _end(items: Sequence[Token], at: int) -> int:
    """Return the token after what is negated; 0 if that is no negation."""
    word = low(items, at + 1)
    if word in _ALSO and low(items, at + 2) not in _TIMES and word != "alone":
        return at + 2
    for place in range(at + 1, min(len(items), at + 1 + _REACH)):
        if phrase := _OMITTING.at(items, place):
            pointing = phrase[0] in ("forget", "ignore") and low(items, place + 1) in _POINTING
            return 0 if pointing else place + len(phrase)
        if items[place].low not in _BETWEEN:
            return 0
    return 0
