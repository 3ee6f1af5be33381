"""Exclusions: the stretches of a sentence that say what is not wanted, and where their object stands.

A negation that states a quality ("no downtime", "without losing orders", "never sell twice") or a problem ("why is
there no label") is no exclusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .clause_roles import reassures
from .double_negations import double_negations, overlaps
from .english import AUXILIARIES, BE
from .grammar import finite_verb, is_imperative, low, plural_noun, start_of
from .left_out_titles import leaves_out
from .moods import wish_at
from .negation import Negation, noun_phrase_end, spread
from .negation_words import (
    BEFORE,
    HEADS,
    LABELS,
    LEFT_AS_IT_IS,
    OPENING,
    QUALITY,
    RULED,
    RULES,
    WEAK,
)
from .phrases import Phrase
from .predicates import by_predicate, tail
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
_LEAVING = frozenset(("leave", "skip", "ignore", "omit", "park"))
_AFTER_POINTING = word_set("too also either out be alone aside please then there completely entirely")
_WISHING = word_set("want need require expect wish seek")
_WITHOUT = frozenset(("without", "w/o", "w/out", "sans"))
_BRINGING = word_set("adding building introducing buying rewriting replacing rebuilding")
_DASHES = frozenset((":", "-", "–", "—"))
_NEW_SUBJECTS = frozenset(("everything", "all", "anything", "nothing", "everyone", "we", "i", "it", "that"))
_REASONING = word_set("it they that this he she it's they're that's")
"""Words with which a reason begins: "Charging by seats was rejected: it makes people share passwords"."""
_LONGEST_HEAD = 24
_LABEL_TAIL = 5  # tokens between a label and its colon: "out of scope for the moment:"
_SCOPE_VERBS = word_set(
    "build touch change have see add do write redo replace read get rewrite rebuild introduce deal hear talk discuss"
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
    """Read what follows an exclusion and shares it: ", as is the accounting", "so are the reports", "nor is billing"."""
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


def announced(items: Sequence[Token]) -> int:
    """Return the place of the colon in "what we won't get this quarter: a chat bot"; 0 if nothing is left out so."""
    for place in range(1, min(len(items) - 1, _LONGEST_HEAD)):
        if items[place].low == ":":
            head = items[:place]
            start = start_of(head)
            asks = is_imperative(head, start) and low(head, start) not in ("skip", "park", "forget", "ignore")
            left_out = HEADS.within(head, 0, place) or leaves_out(" ".join(item.low for item in head), label=True)
            reason = low(items, place + 1) in _REASONING
            return place if left_out and not asks and not reason and not double_negations(head) else 0
        if items[place].low in (";", "—", "–"):
            return 0
    return 0


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
    if word in _LEAVING and (pointed := _left_pointing(items, at)):
        return pointed
    if word == "leave" and (alone := _left_alone(items, at)):
        return alone
    return _named(items, at, phrase) if phrase else None


def _named(items: Sequence[Token], at: int, phrase: Phrase) -> Negation | None:
    first = at + len(phrase)
    colon = next(
        (place for place in range(first, min(first + _LABEL_TAIL, len(items))) if low(items, place) in _DASHES), 0
    )
    if colon and _opens(items, at) and colon + 1 < len(items) and (phrase in LABELS or colon == first):
        return Negation(at, len(items), colon + 1, len(items))
    if phrase in LABELS:
        return None
    if phrase == ("neither",) and (wished := _neither_wished(items, at)):
        return wished
    if phrase == ("neither",) and (verb := _verb_of_neither(items, at)):
        end = tail(items, verb)
        ruled = any(item.low in LEFT_AS_IT_IS for item in items[verb:end])
        return Negation(at, end, first, verb, weak=True) if ruled else None
    if not _may_exclude(items, at, first, phrase):
        return None
    negation = spread(items, at, first)
    if negation is None or _is_quality(items, negation, strict=phrase[0] in RULED):
        return None
    whole = len(phrase) == 1 and phrase[0] in _WITHOUT and low(items, at - 1) != ","
    firm = phrase[0] in _WITHOUT and phrase[-1] in _BRINGING
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
    if lead in OPENING and not _opens(items, at):
        return False
    if lead in _WITHOUT and (low(items, at - 1) in ("even", "or") or _subject_goes_on(items, first)):
        return False
    if phrase == ("without",) and after in ("a", "an") and plural_noun(low(items, at - 1)):
        return False  # "orders without a label" says which
    if phrase[-1] in ("need", "want", "require") and _says_what_for(items, at):
        return False
    if phrase == ("except",) and after in ("when", "if", "that", "where", "on", "in"):
        return False
    if low(items, at - 1) in _PEOPLE and lead in ("skip", "ignore", "forget", "do", "don't", "without", "never"):
        return False
    if phrase[-1] in ("need", "want", "require") and after == "to":
        return low(items, first + 1) in _SCOPE_VERBS
    return after not in ("", "?")


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


def _left_alone(items: Sequence[Token], at: int) -> Negation | None:
    """Read "leave X alone", "leave X as it is", "leave X out", "leave X to Chargebee"."""
    for place in range(at + 2, min(at + 9, len(items))):
        word = items[place].low
        if word in ("alone", "out", "untouched", "unchanged", "be", "aside", "off"):
            return Negation(at, place + 1, at + 1, place)
        if word == "as" and low(items, place + 1) in ("it", "they", "is", "are"):
            return Negation(at, min(len(items), place + 3), at + 1, place)
        if (
            word in ("to", "for")
            and low(items, place - 1) not in ("up", "it")
            and low(items, at + 1) not in ("a", "an", "enough", "room", "time")
        ):
            return Negation(at, min(len(items), noun_phrase_end(items, place + 1)), at + 1, place)
        if word in (",", ";", ":"):
            return None
    return None


def _left_pointing(items: Sequence[Token], at: int) -> Negation | None:
    """Read "leave that one in peace", "so skip it", "we leave that too"."""
    if low(items, at + 1) not in ("it", "that", "them", "those", "this", "these"):
        return None
    end = at + 2 + (low(items, at + 2) in ("one", "ones", "part", "bit"))
    if low(items, end) == "in" and low(items, end + 1) == "peace":
        return Negation(at, end + 2, at + 1, at + 2)
    end += low(items, end) in _AFTER_POINTING
    if not _clause_ends(items, end) or low(items, at - 1) in ("not", "don't", "never", "to", "can't", "cannot"):
        return None
    return Negation(at, end, at + 1, at + 2)


def _clause_ends(items: Sequence[Token], at: int) -> bool:
    return low(items, at) in ("", ",", ";", ".", ":", "and", "but")


def _opens(items: Sequence[Token], at: int) -> bool:
    """True if a clause begins at a token."""
    if _let_us(items, at - 1):
        return True
    return start_of(items[max(0, at - 4) : at]) >= min(at, 4) or low(items, at - 1) in (
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
