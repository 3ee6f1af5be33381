"""Cuts a sentence into clauses that can stand alone.

It is cut at "and", "then" or a comma only where both halves can stand: both have a verb, or an object of a kind of
their own. A clause about the object of the one before ("and mark it as sent") stays with it, unless another agent does
that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .announcing import announces
from .clause_domains import Domains
from .conditions import is_condition
from .english import DETERMINERS, NUMBERS, PREPOSITIONS, PRONOUNS, QUESTION_WORDS, SUBORDINATORS
from .grammar import after_comma, anaphoric, finite_verb, is_imperative, low, start_of, unknown_verb
from .moods import Mood, mood, wish_at
from .stated.numbers import MONEY_SIGNS
from .tokens import Token
from .verbs import VERBS
from .word_sets import word_set

_CONNECTIVES = frozenset(("and", "then", "plus", "but", "&", "otherwise"))
_NEVER_FIRST = word_set("that which who so because as such whose whom not etc than until till unless")
_LABELLED = 3  # words from which a member of "Plans: basic, team" is no mere value of the label
_STRONG = 2.0
_POINTING = frozenset(("it", "they", "that", "this", "nobody", "noone", "everybody", "everyone", "there"))
_MOST_CUTS = 24  # of a sentence; what follows stays in one clause
_ORDERS = (Mood.IMPERATIVE, Mood.WISH, Mood.QUESTION, Mood.STATEMENT, Mood.RULE)


@dataclass(frozen=True, slots=True)
class Piece:
    """The tokens of a clause, a connective at their beginning; `leads` if a colon and what it announces follow."""

    items: Sequence[Token]
    leads: bool = False


def cut(sentence: Sequence[Token], domains: Domains, listed: bool = False) -> list[Piece]:
    """Cut the tokens of a sentence into clauses. An item of a list (`listed`) is one thing unless it has more verbs."""
    return _Cutter(sentence, domains, listed).pieces()


class _Cutter:
    def __init__(self, sentence: Sequence[Token], domains: Domains, listed: bool) -> None:
        self._items = sentence
        self._domains = domains
        self._listed = listed
        self._begin = 0
        self._labelled = False

    def pieces(self) -> list[Piece]:
        found: list[Piece] = []
        at = depth = tried = 0
        waiting = _has_opening_clause(self._items)  # the first comma only ends the clause before the main one
        while at < len(self._items) and tried < _MOST_CUTS:
            word = self._items[at].low
            depth = max(0, depth + (word == "(") - (word == ")"))
            size = 0 if depth else connective(self._items, at)
            if size and waiting:
                waiting = word not in (",", "then")
            elif size and at > self._begin:
                tried += 1
                self._labelled = self._labelled or word == ":"
                if self._stand(at, at + size):
                    found.append(Piece(self._items[self._begin : at], word == ":"))
                    self._begin = at
                    waiting = _has_opening_clause(self._items[at + size :])
            at += size or 1
        found.append(Piece(self._items[self._begin :]))
        return [piece for piece in found if any(item.word for item in piece.items)]

    def _stand(self, at: int, body_at: int) -> bool:
        """True if the clause before `at` and what begins at `body_at` can each stand alone."""
        left = self._items[self._begin : at]
        body = self._items[body_at : self._next(body_at)]
        start = start_of(body)
        if start >= len(body) or not any(item.word for item in left) or self._domains.inside(self._items[at].start):
            return False
        if low(body, start) in _NEVER_FIRST or low(body, 0) == "so":
            return False
        if self._labelled and _is_amount(low(body, start + 1)) and low(self._items, at) != ":":
            return False  # a named price of "Tiers: Grow 29 EUR, Scale 119 EUR"
        if low(self._items, at) == ":":
            return not self._listed and self._announces(left, body_at)
        if low(body, start) in SUBORDINATORS and low(body, start) not in QUESTION_WORDS - {"when", "where"}:
            return self._clause_behind(left, body_at)
        left_mood = mood(left)
        if self._opens_ask(body, start, left_mood, at):
            return self._ask_stands(left, body, start, left_mood, at)
        verb = finite_verb(body, start)
        if verb > start and _has_subject(body, start, verb):
            if self._sequel(at, body_at) or (low(body, start) in _POINTING and not self._domains.clause(body)):
                return False
            return self._statement_stands(left, left_mood)
        return verb < 0 and self._other_thing(left, body, left_mood, at, body_at)

    def _next(self, at: int) -> int:
        for place in range(at + 1, len(self._items)):
            if connective(self._items, place):
                return place
        return len(self._items)

    def _sequel(self, at: int, body_at: int) -> bool:
        return any(item.low in ("then", "otherwise") for item in self._items[at : body_at + 1])

    def _announces(self, left: Sequence[Token], body_at: int) -> bool:
        """True if what stands before a colon leads into something else, or is a sentence of its own."""
        left_mood = mood(left)
        if left_mood is Mood.PHRASE:
            return announces([item.low for item in left if item.word]) or self._conditioned(left, body_at)
        return left_mood in (Mood.STATEMENT, Mood.WISH) or len(self._items) - body_at > 3

    def _conditioned(self, left: Sequence[Token], body_at: int) -> bool:
        """True for a condition before what it binds: "DHL only, data stays in Frankfurt: build label printing"."""
        body = self._items[body_at:]
        asks = is_imperative(body, start_of(body)) or low(body, 0) == "please" or bool(wish_at(body, start_of(body)))
        return asks and is_condition(left, Mood.PHRASE, self._domains)

    def _clause_behind(self, left: Sequence[Token], body_at: int) -> bool:
        """True if a subordinate clause opens a new main one: "..., and when a payment fails, cancel the order"."""
        rest = after_comma(self._items, body_at)
        if rest == body_at or mood(left) is Mood.PHRASE:
            return False
        main = self._items[rest:]
        start = start_of(main)
        return is_imperative(main, start) or bool(wish_at(main, start)) or finite_verb(main[:12], start) >= 0

    def _opens_ask(self, body: Sequence[Token], start: int, left_mood: Mood, at: int) -> bool:
        first, second = low(body, start), low(body, start + 1)
        if wish_at(body, start) or (first in ("can", "could", "would") and second in ("you", "we", "i", "the", "it")):
            return True
        if not is_imperative(body, start):
            return left_mood is Mood.IMPERATIVE and unknown_verb(body, start)
        if left_mood in _ORDERS or low(self._items, self._begin) in VERBS or low(body, 0) in ("please", "then"):
            return True
        return low(self._items, at) in (",", "—", "–")

    def _ask_stands(self, left: Sequence[Token], body: Sequence[Token], start: int, left_mood: Mood, at: int) -> bool:
        wished = bool(wish_at(body, start)) or low(body, 0) == "please" or not is_imperative(body, start)
        if left_mood is Mood.STATEMENT and not (low(self._items, at) == "," or wished):
            return False
        if left_mood is Mood.RULE and not wished:
            return False
        if left_mood is Mood.IMPERATIVE and sum(item.word for item in left[start_of(left) :]) <= 1:
            return False  # a verb without an object: "pick and pack"
        if left_mood in (Mood.STATEMENT, Mood.PHRASE) or not anaphoric(body, start):
            return True
        return bool(set(self._domains.clause(body)) - set(self._domains.clause(left)))

    def _statement_stands(self, left: Sequence[Token], left_mood: Mood) -> bool:
        if low(left, start_of(left)) in SUBORDINATORS and left_mood is Mood.PHRASE:
            return False
        return finite_verb(left, start_of(left)) >= 0 or left_mood in (Mood.IMPERATIVE, Mood.WISH)

    def _other_thing(
        self, left: Sequence[Token], body: Sequence[Token], left_mood: Mood, at: int, body_at: int
    ) -> bool:
        """True if a part without a verb is a thing of another kind than what stands before it."""
        first = low(body, start_of(body))
        counted = (first in NUMBERS or first[:1].isdigit()) and low(body, 0) != "first"
        if first in PREPOSITIONS or counted or left_mood in (Mood.STATEMENT, Mood.QUESTION, Mood.RULE):
            return False
        inside = _has_preposition(left)
        named = self._domains.clause(body)
        if low(left, len(left) - 1) == "only" and low(body, len(body) - 1) == "only":
            return True
        if left_mood is Mood.PHRASE and not self._listed:
            if self._labelled and sum(item.word for item in body) < _LABELLED:
                return False
            if self._bare_list() and named and not (inside and self._joined()):
                return True
        before = self._domains.clause(left)
        theirs = {domain for domain, score in named.items() if score >= _STRONG}
        if not theirs:
            return first in ("a", "an") and not inside and not named and bool(before) and len(body) <= 6
        mine = {domain for domain, score in before.items() if score >= _STRONG}
        added = any(item.low in ("plus", "well") for item in self._items[at:body_at])
        article = first in ("a", "an") and low(self._items, at) == ","
        return bool(mine) and not theirs & mine and (not inside or added or article)

    def _bare_list(self) -> bool:
        marks = sum(1 for item in self._items if item.low in (",", "and"))
        return marks >= (1 if len(self._items) < 12 else 2)

    def _joined(self) -> bool:
        """True if "and" or "or" joins the members of a list, which may then belong to a preposition before them."""
        return any(item.low in ("and", "or", "&") for item in self._items)


def connective(items: Sequence[Token], at: int) -> int:
    """Return the number of tokens of a connective at a position, 0 if there is none."""
    word, size = items[at].low, 0
    if word == ":":
        return int(at + 1 == len(items) or items[at + 1].start > items[at].end)
    if word in (",", "—", "–", ";"):
        size = 1
        word = low(items, at + 1)
    if word in _CONNECTIVES:
        size += 1
    elif word == "as" and low(items, at + size + 1) == "well" and low(items, at + size + 2) == "as":
        size += 3
    return size


def _is_amount(word: str) -> bool:
    return word[:1].isdigit() or word in MONEY_SIGNS


def _has_opening_clause(items: Sequence[Token]) -> bool:
    first = low(items, start_of(items))
    if first not in SUBORDINATORS or first in QUESTION_WORDS - {"when", "where"}:
        return False
    return any(item.low in (",", "then") for item in items[:40])


def _has_subject(body: Sequence[Token], at: int, verb: int) -> bool:
    first = low(body, at)
    return first in PRONOUNS or first in DETERMINERS or verb - at <= 4


def _has_preposition(left: Sequence[Token]) -> bool:
    """True if the object of a clause is followed by a preposition: what is joined then belongs to that."""
    return any(item.low in PREPOSITIONS and item.low not in ("of", "up", "out", "off") for item in left[1:])
