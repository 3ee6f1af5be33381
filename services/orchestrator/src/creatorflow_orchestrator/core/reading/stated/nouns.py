"""The noun phrase beside a number: what it counts, or the subject that it says something about."""

from __future__ import annotations

from dataclasses import dataclass

from .fact_tokens import Kind, Tokens
from .numbers import COUNTING_WORDS
from .words_of_prose import LINKS, NO_PLURALS, NOT_NOUNS, PLURALS, VERBS

_MOST_WORDS = 4
_REACH = 8  # tokens looked at to the left of a number


@dataclass(frozen=True, slots=True)
class Nouns:
    """A noun phrase that ends before token `end`: its `words` in lower case, and its `head`, what is counted."""

    words: str
    head: str
    end: int


def nouns_from(tokens: Tokens, at: int, most: int = _MOST_WORDS) -> Nouns | None:
    """Return the noun phrase that begins at a token, cut after its plural noun; `None` if no noun stands there."""
    found: list[str] = []
    end = at
    if tokens.lows[at] in ("cost", "costs"):
        return None  # "every label over 500 costs 4 cents"
    while len(found) < most and is_noun(tokens, end) and not _begins_other(tokens, end):
        found.append(tokens.lows[end])
        end += 1
        hyphen = tokens.lows[end] in ("-", "‑") and tokens.glued(end) and tokens.glued(end + 1)
        if hyphen and is_noun(tokens, end + 1):
            end += 1  # "same-day labels"
        elif is_plural(found[-1]):
            break
    return Nouns(" ".join(found), _head(found), end) if found else None


def _begins_other(tokens: Tokens, at: int) -> bool:
    """Return True for a capital word that begins a line, or that is a key: "Sprint" of "Points: 5  Sprint: 34"."""
    if not tokens.capital(at):
        return False
    return "\n" in tokens.text[tokens.ends[at - 1] : tokens.starts[at]] or tokens.lows[at + 1] == ":"


def following(tokens: Tokens, at: int, share: bool = True) -> str:
    """Return up to three words after a quantity, its subject: "response times", "uptime"; also after "of".

    `share`: "of the orders" too, as after a percentage; "within 14 days of the return" is not about the return.
    """
    if tokens.lows[at] == "-":
        at += 1
    elif tokens.lows[at] == "of":
        at += 2 if share and tokens.lows[at + 1] in ("the", "all", "our", "its", "their", "your") else 1
    found = nouns_from(tokens, at, 3)
    return found.words if found else ""


def preceding(tokens: Tokens, at: int, floor: int = 0) -> str:
    """Return the subject to the left of a figure: "response time" of "response time must stay under 2 s".

    `floor` is the first token that may be looked at, the end of the figure before.
    """
    first, end = subject_start(tokens, at, floor)
    return " ".join(tokens.lows[first:end]).replace(" - ", "-")


def subject_start(tokens: Tokens, at: int, floor: int) -> tuple[int, int]:
    """Return the first token of the subject to the left of a figure, and the one after its last."""
    first = max(floor, at - _REACH)
    end = at
    while end > first and _links(tokens, end - 1) and not (end - 3 >= first and _is_compound(tokens, end - 3)):
        end -= 1
    begin, words = end, 0
    while begin > first and words < 3:
        size = 3 if begin - 3 >= first and _is_compound(tokens, begin - 3) else 1
        if size == 1 and not _is_subject(tokens, begin - 1):
            break
        begin, words = begin - size, words + 1
    return begin, end


def _is_compound(tokens: Tokens, at: int) -> bool:
    """Return True for the first token of "cut-off" or "sign-in"."""
    glued = tokens.glued(at + 1) and tokens.glued(at + 2) and tokens.lows[at + 1] == "-"
    return glued and tokens.kinds[at] == Kind.WORD and tokens.kinds[at + 2] == Kind.WORD


def is_noun(tokens: Tokens, at: int) -> bool:
    """Return True for a word that can be a noun or an adjective: no small word, and at least two letters."""
    low = tokens.lows[at]
    if low in NOT_NOUNS or low in COUNTING_WORDS or len(low) < 2:
        return False
    return tokens.kinds[at] == Kind.WORD and low.removesuffix("'s").isalpha()


def is_plural(word: str) -> bool:
    """Return True for a word that looks like a plural noun."""
    return word in PLURALS or (len(word) > 3 and word[-1] == "s" and word[-2] not in "sui'" and word not in NO_PLURALS)


def singular(noun: str) -> str:
    """Return a noun without its plural ending: "labels" is "label", "parcels" "parcel", "batches" "batch"."""
    if not is_plural(noun) or noun in PLURALS:
        return noun
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    return noun[:-2] if noun.endswith(("ches", "shes", "xes", "sses", "zes")) else noun[:-1]


def _head(words: list[str]) -> str:
    return next((word for word in words if is_plural(word)), words[0])


def _links(tokens: Tokens, at: int) -> bool:
    low = tokens.lows[at]
    if low in ("cost", "costs"):
        return at > 0 and _is_subject(tokens, at - 1)  # "each extra user costs 5 euros", but "reduce the cost by 30 %"
    return low in LINKS or (tokens.kinds[at] == Kind.WORD and low.endswith("ed") and len(low) > 4)


def _is_subject(tokens: Tokens, at: int) -> bool:
    low = tokens.lows[at]
    if tokens.kinds[at] == Kind.CODE:
        return True
    if low in ("limit", "cap") and at > 0 and is_noun(tokens, at - 1):
        return True  # "rate limit", but not "limit it to"
    if low in NOT_NOUNS or low in VERBS or len(low) < 2 or low.endswith("ally"):
        return False
    return tokens.kinds[at] == Kind.WORD
