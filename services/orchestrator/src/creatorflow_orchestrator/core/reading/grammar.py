"""A shallow grammar of English: where the finite verb of a clause stands, and whether it is in the imperative.

There is no dictionary of all words: closed classes, the verbs of the trade and the forms of the words around decide.
Every function looks at each token a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Sequence

from .english import (
    ADVERBS,
    AUXILIARIES,
    DETERMINERS,
    LEADS,
    NUMBERS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    TROUBLE,
)
from .openings import OPENINGS
from .tokens import Token
from .verbs import IRREGULAR_PAST, NOUNISH, OTHER_VERBS, VERBS
from .word_sets import word_set


def _third_person(verbs: frozenset[str]) -> frozenset[str]:
    """Return the forms of verbs after "it": prints, matches, tries."""
    plain = {f"{verb}s" for verb in verbs}
    hissing = {f"{verb}es" for verb in verbs if verb.endswith(("s", "x", "ch", "sh", "o", "z"))}
    return frozenset(plain | hissing | {f"{verb[:-1]}ies" for verb in verbs if verb.endswith("y")})


_ALL_VERBS = frozenset(VERBS) | OTHER_VERBS
_THIRD = _third_person(_ALL_VERBS)
_THIRD_NOUNISH = _third_person(NOUNISH)
OBJECT_STARTS = DETERMINERS | {
    "me",
    "us",
    "him",
    "them",
    "it",
    "you",
    "to",
    "what",
    "how",
    "who",
    "up",
    "down",
    "out",
    "everything",
    "nothing",
    "everyone",
}
"""Words with which the object of a verb, or its particle, begins."""
SUBJECTS = PRONOUNS - {"this", "that", "these", "those", "both", "half", "one", "most", "many", "some"}
"""Pronouns behind which a verb stands."""
_RELATIVES = frozenset(("that", "which", "who", "whom", "whose", "what", "how"))
_REACH = 24  # tokens within which the verb of a clause is looked for
_PLURALS = frozenset(("people", "staff", "police", "others", "men", "women", "children"))
ACTING = word_set(
    "customers buyers sellers users people staff pickers packers creators owners merchants clients subscribers "
    "visitors drivers members teams shops stores agents developers managers admins couriers carriers helpers"
)
"""People who do something, in the plural."""
_NO_SUBJECT = DETERMINERS | PREPOSITIONS | NUMBERS | {"and", "or", "to", "not", "but"}
_WITH_PREPOSITION = word_set(
    "look deal search work ship sell scale move talk watch tune test wait pick load sync log sign roll"
)
_WITHOUT_PLURAL = word_set(
    "make show move set start stop record share use split ship handle test sell cancel answer deal help guard cut"
)


def low(items: Sequence[Token], at: int) -> str:
    """Return the word at a position in lower case, empty outside."""
    return items[at].low if 0 <= at < len(items) else ""


def start_of(items: Sequence[Token]) -> int:
    """Return the position after the leading words that say nothing about the work: "please", "don't forget to"."""
    at = after_opening(items, _after_leads(items, 0))
    if low(items, at) == "as" and low(items, at + 1) in ("a", "an"):  # "as a seller I want ..."
        return next((place for place in range(at, min(len(items), at + 8)) if items[place].low in ("i", "we")), at)
    return at


def after_opening(items: Sequence[Token], at: int) -> int:
    """Return the position after "don't forget to" and its like if it stands at a position, else the position."""
    opening = OPENINGS.at(items, at)
    return _after_leads(items, at + len(opening)) if opening else at


def _after_leads(items: Sequence[Token], at: int) -> int:
    while at < len(items) and (not items[at].word or items[at].low in LEADS):
        at += 1
    return at


def plural_noun(word: str) -> bool:
    """True if a word has the form of a plural noun."""
    return word in _PLURALS or (len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")))


def after_comma(items: Sequence[Token], at: int) -> int:
    """Return the position after the first comma from `at` on, or `at` if there is none."""
    for place in range(at, min(len(items), at + _REACH)):
        if items[place].low == ",":
            return place + 1
    return at


def finite_verb(items: Sequence[Token], at: int = 0) -> int:
    """Return the position of the first finite verb of a clause, its relative clauses left out; -1 if it has none."""
    relative = False
    if low(items, at) in SUBORDINATORS:
        at = after_comma(items, at)
    first = at
    while at < min(len(items), first + _REACH):
        word = items[at].low
        if word == "(":
            at = _closing(items, at)
        elif at > first and word in _RELATIVES:
            relative = True
        elif at > first and word in SUBORDINATORS and word != "till":
            return -1
        elif _finite_at(items, at, first):
            if not relative:
                return at
            relative = False
        at += 1
    return -1


def _closing(items: Sequence[Token], at: int) -> int:
    for place in range(at, min(len(items), at + 40)):
        if items[place].low == ")":
            return place
    return at


def _finite_at(items: Sequence[Token], at: int, first: int) -> bool:
    word = items[at].low
    if not items[at].word or word in ("be", "been", "being", "am"):
        return False
    before = low(items, at - 1) if at > first else ""
    if word in AUXILIARIES:
        return before not in ("to", "the", "a", "of")
    if at == first:
        return False
    if before in ADVERBS and at - 2 >= first:
        before = low(items, at - 2)
    if before in SUBJECTS:
        return word in _ALL_VERBS or word in _THIRD or word in IRREGULAR_PAST or word.endswith("ed")
    if before in ("this", "that") and at == first + 1:
        return word in _THIRD and word not in _THIRD_NOUNISH
    if not before[:1].isalpha() or before in _NO_SUBJECT:
        return False
    return _verb_after_noun(items, at, before, first)


def _verb_after_noun(items: Sequence[Token], at: int, before: str, first: int) -> bool:
    word, after = items[at].low, low(items, at + 1)
    opened = after in OBJECT_STARTS or after in ADVERBS or after in TROUBLE
    known = low(items, first) in DETERMINERS  # "the import stops" has a subject, "stock imports" may be one thing
    if word in IRREGULAR_PAST:
        return after != "by" and (opened or after in PREPOSITIONS or not after)
    if word.endswith("ed") and len(word) > 4:
        return after != "by" and (opened or word[:-2] in OTHER_VERBS or word[:-1] in OTHER_VERBS)
    if word in _THIRD:
        if plural_noun(before):
            return False
        return word not in _THIRD_NOUNISH or opened or (known and (after in PREPOSITIONS or not after))
    if word in _ALL_VERBS:
        if word not in NOUNISH:
            return plural_noun(before)
        acting = known or before in ACTING
        return plural_noun(before) and (opened or (acting and (plural_noun(after) or after in PREPOSITIONS)))
    article = after in ("the", "a", "an", "every", "our", "my", "all", "each", "its")
    return word.endswith("s") and article and not plural_noun(before)


def is_imperative(items: Sequence[Token], at: int = 0) -> bool:
    """True if a clause begins with a verb in the imperative; a noun of the same form is none ("order import")."""
    word, after = low(items, at), low(items, at + 1)
    if word not in VERBS:
        return word in ("do", "be", "go", "try", "stop", "never", "always", "don't") and after not in PREPOSITIONS | {
            ""
        }
    if word not in NOUNISH:
        return after not in ("is", "are", "was", "were", "has")
    if after in AUXILIARIES or after in (":", ",", "of", ""):
        return False
    if after in OBJECT_STARTS or after[:1].isdigit() or (plural_noun(after) and finite_verb(items, at) < 0):
        return True
    if after in PREPOSITIONS or after in ("and", "or"):
        return word in _WITH_PREPOSITION and after not in ("of",)
    return _object_follows(items, at)


def _object_follows(items: Sequence[Token], at: int) -> bool:
    """True if a plural noun follows soon: "print return labels", "test checkout flows"."""
    if low(items, at) in _WITHOUT_PLURAL:
        return True
    for place in range(at + 1, min(at + 4, len(items))):
        word = items[place].low
        if not items[place].word or word in ("and", "or") or word in PREPOSITIONS:
            return False
        if plural_noun(word) and place > at + 1:
            return True
    return False


def has_trouble(items: Sequence[Token]) -> bool:
    """True if a clause has a word of a problem."""
    return any(item.low in TROUBLE for item in items)


def anaphoric(items: Sequence[Token], at: int = 0) -> bool:
    """True if what a clause is about is said elsewhere: "fix it", "make that go away", "can the system do it"."""
    content = [item.low for item in items[at:] if item.word]
    if len(content) > 10:
        return False
    return any(word in ("it", "that", "this", "them", "those", "these", "there") for word in content[:7])


def is_verb(word: str) -> bool:
    """True if a word is a verb and no noun: "spend", "dispatched", "runs"."""
    if word in _ALL_VERBS:
        return word not in NOUNISH
    if word in _THIRD:
        return word not in _THIRD_NOUNISH
    return word in IRREGULAR_PAST or (word.endswith("ed") and len(word) > 4)


def unknown_verb(body: Sequence[Token], at: int) -> bool:
    """True for a word behind "and" that is in no list, with an article: "and water the plants"."""
    word = low(body, at)
    if not word.isalpha() or word.endswith(("s", "ed", "ing", "ly")) or word in DETERMINERS | PREPOSITIONS | PRONOUNS:
        return False
    return low(body, at + 1) in ("the", "a", "an", "our", "my", "every", "all") and len(body) > at + 2
