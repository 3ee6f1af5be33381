"""Exclusions: the stretches of a sentence that say what is not wanted, and where their object stands.

A negation that states a quality ("no downtime", "without losing orders", "never sell twice") or a problem ("why is
there no label") is no exclusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .announced_exclusions import announced
from .clause_roles import reassures
from .double_negations import double_negations, overlaps
from .english import AUXILIARIES, BE
from .grammar import finite_verb, is_imperative, low, plural_noun, start_of
from .leaving import left_alone, left_pointing
from .moods import wish_at
from .negation import Negation, noun_phrase_end, spread
from .negation_words import (
    BEFORE,
    LABELS,
    LEFT_AS_IT_IS,
    OPENING,
    QUALITY,
    RULED,
    RULES,
    WEAK,
    WORK,
)
from .phrases import Phrase
from .predicates import SCOPES, by_predicate, tail
from .tokens import Token
from .word_sets import word_set

_AFTER_NO = frozenset(
    ("more", "less", "later", "longer", "fewer", "sooner", "earlier", "one", "matter", "way", "idea", "doubt", "")
)
_TELLS = word_set(
    "has have had get gets got see sees there shows gives find show make makes leave leaves say says finds with"
)
_PEOPLE = frozenset(("to", "can't", "cannot", "won't", "they", "customers", "people", "users", "sellers", "buyers"))
_SAYING = frozenset(("i", "we", "you"))
_OMITTING = word_set("skip ignore forget do don't without never exclude omit leave park")
_KNOWING = word_set("know knows knew say says said tell tells find finds found see sees show shows hear understand")
_CONTENT = word_set("include exclude excluding omit omitting")
_ENDING = frozenset(("", ",", ".", ";", "!", ")", "yet", "now"))
_NEVER = frozenset(("never", "must", "should", "mustn't", "shouldn't"))
_FOR_NOW = word_set("for now but only first the moment time being at first please just")
_LEAVING = frozenset(("leave", "skip", "ignore", "omit", "park"))
_WISHING = word_set("want need require expect wish seek cover covers include includes")
_WITHOUT = frozenset(("without", "w/o", "w/out", "sans"))
_BRINGING = word_set("adding building introducing buying rewriting replacing rebuilding changing touching")
_DASHES = frozenset((":", "-", "–", "—"))
_NEW_SUBJECTS = frozenset(("everything", "all", "anything", "nothing", "everyone", "we", "i", "it", "that"))
_LABEL_TAIL = 5  # tokens between a label and its colon: "out of scope for the moment:"
_SCOPE_VERBS = word_set(
    "care worry think bother look consider build touch change have see add do write redo replace read get rewrite "
    "rebuild introduce deal hear talk discuss"
)


def negations(items: Sequence[Token]) -> tuple[Negation, ...]:
    """Return the exclusions of a sentence in order, none overlapping another."""
    if colon := announced(items):
        return (Negation(0, len(items), colon + 1, len(items)),)
    doubled = double_negations(items)
    found: list[Negation] = []
    at = begin = 0  # begin: the clause that a predicate ("... is out of scope") may exclude as a whole
    while at < len(items):
        negation = by_predicate(items, begin, at) or _by_phrase(items, at)
        if negation is not None and negation.end > at and not overlaps(doubled, min(negation.start, at), at + 2):
            negation = _with_lead(items, negation)
            found.append(negation)
            at = begin = negation.end
            continue
        if found and (also := _also_left(items, at)):
            found.append(also)
            at = begin = also.end
            continue
        if _ends_clause(items, begin, at):
            begin = at + 1
        at += 1
    return tuple(found)


def _also_left(items: Sequence[Token], at: int) -> Negation | None:
    """Read what follows an exclusion and shares it: ", as is the accounting", "so are the reports"."""
    if low(items, at) not in ("as", "so", "nor", "neither") or low(items, at + 1) not in ("is", "are", "does", "do"):
        return None
    end = noun_phrase_end(items, at + 2)
    return Negation(at, end, at + 2, end) if end > at + 2 else None


def _with_lead(items: Sequence[Token], negation: Negation) -> Negation:
    """Return a negation with the "let's" that stands before it."""
    before = negation.start - 1
    if low(items, before) in ("let's", "lets"):
        return replace(negation, start=before)
    return replace(negation, start=before - 1) if _let_us(items, before) else negation


def _let_us(items: Sequence[Token], at: int) -> bool:
    return low(items, at) == "us" and low(items, at - 1) == "let"


def _ends_clause(items: Sequence[Token], begin: int, at: int) -> bool:
    """True if a clause ends at a token; a comma in a list ends none ("carriers, labels and tracking are ...")."""
    word = items[at].low
    if word == "," and low(items, at + 1) not in ("and", "or"):
        return low(items, at + 1) in _NEW_SUBJECTS or _has_verb(items, begin, at)
    if word == "and" and low(items, at + 1) in AUXILIARIES:
        return False  # "refunds happen in Adyen and are none of our concern": the subject is the same
    if word == "and":
        return finite_verb(items[at + 1 : at + 13]) >= 0 and _has_verb(items, begin, at)
    return word in (";", ":", "—", "–", "-", "(", "but")


def _has_verb(items: Sequence[Token], begin: int, at: int) -> bool:
    clause = items[begin:at]
    return finite_verb(clause, start_of(clause)) >= 0 or _asks(clause)


def _by_phrase(items: Sequence[Token], at: int) -> Negation | None:
    word = items[at].low
    phrase = BEFORE.at(items, at)
    if word == "no" and not phrase:
        return _no(items, at)
    if word == "not" and low(items, at + 1) in ("that", "those", "this") and low(items, at + 2) == "either":
        return Negation(at, at + 3, at + 1, at + 2)
    if word == "not" and not phrase and low(items, at + 1) in ("the", "a", "an", "any", "our") and _opens(items, at):
        negation = spread(items, at, at + 1)
        return negation and replace(negation, weak=True)
    if word in _LEAVING and (pointed := left_pointing(items, at)):
        return pointed
    if word in ("leave", "leaving") and (alone := left_alone(items, at)):
        return alone
    return _named(items, at, phrase) if phrase else None


def _named(items: Sequence[Token], at: int, phrase: Phrase) -> Negation | None:
    first = at + len(phrase)
    colon = next(
        (place for place in range(first, min(first + _LABEL_TAIL, len(items))) if low(items, place) in _DASHES), 0
    )
    if colon and _opens(items, at) and colon + 1 < len(items) and (phrase in LABELS or colon == first):
        return Negation(at, len(items), colon + 1, len(items))
    if phrase in LABELS:  # "Out of scope are ..."
        inverted = _opens(items, at) and low(items, first) in ("is", "are")
        return spread(items, at, first + 1) if inverted else None
    if phrase == ("neither",) and (wished := _neither_wished(items, at)):
        return wished
    if phrase == ("neither",) and (verb := _verb_of_neither(items, at)):
        end = tail(items, verb)
        ruled = any(item.low in LEFT_AS_IT_IS for item in items[verb:end])
        return Negation(at, end, first, verb, weak=True) if ruled else None
    if phrase[-1] in WORK and low(items, first) in _ENDING and low(items, at) not in _NEVER:
        return Negation(at, first, first - 1, first)
    if not _may_exclude(items, at, first, phrase):
        return None
    negation = spread(items, at, first)
    if negation is None or _is_quality(items, negation, strict=phrase[0] in RULED):
        return None
    bare = all(item.low in _FOR_NOW for item in items[:at])
    whole = len(phrase) == 1 and phrase[0] in _WITHOUT and low(items, at - 1) != "," and not (bare and at)
    firm = phrase[0] in _WITHOUT and (phrase[-1] in _BRINGING or (bare and at > 0))
    return replace(negation, weak=not firm and (whole or phrase[0] in WEAK), whole=whole)


def _neither_wished(items: Sequence[Token], at: int) -> Negation | None:
    """Read "I neither want an app nor a web page", "we need neither billing nor analytics"."""
    behind = low(items, at + 1) in _WISHING
    if not behind and low(items, at - 1) not in _WISHING:
        return None
    begin = at - (1 if behind else 2)
    negation = spread(items, at, at + 1 + behind)
    return negation and replace(negation, start=begin if low(items, begin) in _SAYING else at)


def _verb_of_neither(items: Sequence[Token], at: int) -> int:
    """Return the place of the verb of "neither billing nor the database should be changed"; 0 if there is none."""
    verb = at + 1 + finite_verb(items[at + 1 :])
    nor = next((place for place in range(verb - 1, at, -1) if items[place].low in ("nor", "or")), 0)
    return 0 if not nor or any(not item.word for item in items[nor:verb]) else verb


def _may_exclude(items: Sequence[Token], at: int, first: int, phrase: Phrase) -> bool:
    lead, after = phrase[0], low(items, first)
    if lead in OPENING and not _opens(items, at) and low(items, at - 1) not in ("want", "need"):
        return False
    if lead == "nothing" and low(items, at - 1) in _KNOWING:
        return False
    if lead in _WITHOUT and (low(items, at - 1) in ("even", "or") or _subject_goes_on(items, first)):
        return False
    if phrase == ("without",) and after in ("a", "an") and plural_noun(low(items, at - 1)):
        return False  # "orders without a label" says which
    if phrase[-1] in ("need", "want", "require") and _says_what_for(items, at):
        return False
    if phrase == ("except",) and after in ("when", "if", "that", "where", "on", "in"):
        return False
    if low(items, at - 1) in _PEOPLE and lead in _OMITTING:
        return False
    if phrase[-1] in _CONTENT and _within_thing(items, first):
        return False
    if phrase[-1] in ("need", "want", "require") and after == "to":
        return low(items, first + 1) in _SCOPE_VERBS
    return after not in ("", "?")


def _within_thing(items: Sequence[Token], first: int) -> bool:
    """True for "do not include refunded orders in the report": what the thing is to contain, not what is wanted."""
    end = noun_phrase_end(items, first)
    at = next((place for place in range(first + 1, end) if items[place].low in ("in", "from")), end)
    return at < end and not SCOPES.intersection(item.low for item in items[at:end])


def _says_what_for(items: Sequence[Token], at: int) -> bool:
    """True behind "so that", and behind "so" in an order or a wish ("print labels so we don't need a second tool")."""
    at -= low(items, at - 1) in _SAYING
    before = low(items, at - 1)
    if before in ("that", "means"):
        return low(items, at - 2) in ("so", "order", "which")
    return before == "so" and low(items, at - 2) != "," and _asks(items[: at - 1])


def _asks(clause: Sequence[Token]) -> bool:
    start = start_of(clause)
    return is_imperative(clause, start) or bool(wish_at(clause, start))


def _subject_goes_on(items: Sequence[Token], at: int) -> bool:
    """True for "staff without the admin role must not ...": it says who, not what is left out."""
    end = noun_phrase_end(items, at)
    return end < len(items) and items[end].low in AUXILIARIES


def _no(items: Sequence[Token], at: int) -> Negation | None:
    """Read "no charts": an exclusion unless it states a quality, a bound or a problem."""
    before = low(items, at - 1)
    if low(items, at + 1) in _AFTER_NO or reassures(items[at : noun_phrase_end(items, at)]):
        return None
    if (before in BE or before in _TELLS or before == "or") and not (before == "with" or _wanted(items, at)):
        return None
    negation = spread(items, at, at + 1)
    if negation is None or _is_quality(items, negation, strict=True):
        return None
    if items[negation.last - 1].low in ("needed", "required", "necessary", "wanted"):
        return negation
    rest = items[at + 1 : min(len(items), negation.last + 6)]
    if finite_verb(rest) >= 0 and not _clause_before_verb(rest):
        return None
    return negation


def _wanted(items: Sequence[Token], at: int) -> bool:
    """True for "there is no need" and "I want to see no": what is not wanted, not what is missing."""
    return low(items, at + 1) in ("need",) or (
        low(items, at - 2) in ("to", "please") and low(items, at - 1) in ("see", "have", "make", "show")
    )


def _clause_before_verb(rest: Sequence[Token]) -> bool:
    words = [item.low for item in rest[: finite_verb(rest)]]
    return bool({",", "and", "but", ";"} & set(words))


def _opens(items: Sequence[Token], at: int) -> bool:
    """True if a clause begins at a token."""
    before = low(items, at - 1)
    if _let_us(items, at - 1) or before == "i" or (before.endswith("ly") and low(items, at - 2) in _SAYING):
        return True
    return start_of(items[max(0, at - 4) : at]) >= min(at, 4) or before in (
        ",",
        ";",
        ":",
        "and",
        "but",
        "—",
        "–",
        "please",
        "can",
        "to",
        "-",
        "(",
        "we",
        "then",
        "let's",
        "lets",
    )


def _is_quality(items: Sequence[Token], negation: Negation, strict: bool) -> bool:
    words = [item.low for item in items[negation.first : negation.last]]
    if any(word in QUALITY for word in words[:4]):
        return True
    return strict and any(word in RULES for word in words)
