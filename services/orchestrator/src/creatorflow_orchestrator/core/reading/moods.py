"""The mood of a clause: an order, a wish, a question, a rule, a statement, or a phrase without a verb."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from .english import AUXILIARIES, FUTURE, MODALS, PRONOUNS, QUESTION_WORDS, SUBORDINATORS, TROUBLE
from .grammar import SUBJECTS, after_comma, finite_verb, is_imperative, low, start_of
from .openings import BEFORE_THING
from .phrases import PhraseTable
from .tokens import Token


class Mood(StrEnum):
    """The mood of a clause."""

    IMPERATIVE = "imperative"
    WISH = "wish"
    """"We need", "I'd like", "it would be nice to"."""
    QUESTION = "question"
    RULE = "rule"
    """How the thing has to behave: "labels must ...", "a failed card is tried ...", "sellers can ..."."""
    STATEMENT = "statement"
    """A fact: background, or with a word of trouble in it a report of a problem."""
    PHRASE = "phrase"
    """No finite verb: a noun phrase, a participle."""


_WISHES = PhraseTable(
    "i need|we need|we also need|i also need|you need|we now need|we really need|we urgently need|i want|we want|"
    "we also want|i also want|i just want|we just want|we only want|we only need|i only need|i only want|"
    "all i need is|all we need is|all i want is|all we want is|what we need is|what i need is|what we want is|"
    "what i want is|i'd like|we'd like|i would like|we would like|i'd love|we'd love|i would love|we would love|"
    "i wish|we wish|we'd also like|i'd also like|we would also like|we'd rather|i'd rather|we are looking for|"
    "we're looking for|i'm looking for|i am looking for|looking for|we are missing|we're missing|we miss|we lack|"
    "i miss|i'd prefer|we'd prefer|we prefer|i prefer|our wish|my wish|it would be nice|it would be great|"
    "it would help|would be nice|would be great|it'd be nice|it'd be great|there should be|there must be|"
    "there has to be|there needs to be|we have to be able to|i have to be able to|we could use|i could use|"
    "we are after|we're after|let's|let us|lets|we hope|i hope|we intend to|we plan to|we're going to|"
    "we are going to|we should|we must|i must|i should|we ought|need|needed|wanted|want|required|todo|to do|"
    "how about|what about|time to|your task is|your job is|the task is|the goal is|our goal is|goal is|the aim is|"
    "our aim is|the idea is|the plan is|make sure|i'm asking for|we're asking for|we ask that|i ask that|we ask for|"
    "i ask for|i ask you|the ask is|our ask is|the request is|is it possible|would it be possible|"
    "it should be possible|it must be possible|we expect|i expect|the customer wants|the client wants|the boss wants|"
    "my boss wants|our boss wants|management wants|i have to have|we have to have|help us|help me|get us|give us|"
    "we are trying to|we're trying to|i'm trying to|i am trying to|would like|we'd want|i'd want|we would want|"
    "missing is|missing are|still missing is|what's missing is|what is missing is|still open is|i was wondering if|"
    "i wonder if|could use"
)
_TO_A_PERSON = frozenset(("can", "could", "would", "will"))
_ASKED = frozenset(("you", "we", "i", "someone", "somebody", "it", "the", "this", "that"))


def wish_at(items: Sequence[Token], at: int) -> int:
    """Return the number of words of a wish ("we need") that begins at a position, else 0."""
    return len(_WISHES.at(items, at))


def mood(items: Sequence[Token], question: bool = False) -> Mood:
    """Return the mood of a clause; `question` if its sentence ends with a question mark."""
    at = start_of(items)
    if low(items, at) in SUBORDINATORS and low(items, at) not in QUESTION_WORDS - {"when", "where"}:
        rest = after_comma(items, at)
        if at < rest < len(items):
            return mood(items[rest:], question)
    if low(items, at - 1) in BEFORE_THING and not is_imperative(items, at):
        return Mood.PHRASE
    if wish_at(items, at) and low(items, at) not in ("help", "get", "give"):
        return Mood.WISH
    if _asks(items, at):
        return Mood.QUESTION
    if is_imperative(items, at):
        return Mood.IMPERATIVE
    if question:
        return Mood.QUESTION
    verb = finite_verb(items, at)
    if verb < 0:
        return Mood.PHRASE
    return Mood.RULE if _states_rule(items, at, verb) or _conditional(items, at) else Mood.STATEMENT


def _asks(items: Sequence[Token], at: int) -> bool:
    word, after = low(items, at), low(items, at + 1)
    if word in ("how", "which", "why"):
        return True
    if word in ("what", "who", "whose", "where") and after in AUXILIARIES:
        return True
    return word in _TO_A_PERSON and after in _ASKED


def _conditional(items: Sequence[Token], at: int) -> bool:
    return low(items, at) in ("if", "unless") or (low(items, at) == "as" and low(items, at + 1) == "soon")


def _states_rule(items: Sequence[Token], at: int, verb: int) -> bool:
    """True for what has to be: a modal, a subject in general ("a failed card is ..."), a capability ("sellers can")."""
    word, subject, after = items[verb].low, low(items, at), low(items, verb + 1)
    rest = {item.low for item in items[verb:]}
    if word in MODALS:
        return after != "have" or low(items, verb + 2) in ("a", "an", "the", "one", "its", "their", "no", "access")
    if word in ("has", "have", "needs", "need") and (after == "to" or word in ("needs", "need")):
        return subject not in ("i", "we", "you", "they", "people", "staff", "everyone", "somebody", "someone")
    if word in ("can", "may") and not {item.low for item in items[verb + 1 : verb + 3]} & {
        "not",
        "still",
        "only",
        "never",
    }:
        return subject not in SUBJECTS - {"everyone", "everybody", "anyone"}
    if word in FUTURE and subject in ("it", "the") and not rest & TROUBLE:
        return word == "will"
    general = subject in ("a", "an", "each", "every", "any", "no") and low(items, verb - 1) not in (
        "one",
        "i",
        "we",
        "they",
    )
    return general and word not in ("was", "were", "had", "did")


__all__ = ["PRONOUNS", "Mood", "mood", "wish_at"]
