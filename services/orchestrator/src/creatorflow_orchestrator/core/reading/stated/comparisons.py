"""The words and signs by which a figure, a date or a time is a bound: "under", "at least", "or more"."""

from __future__ import annotations

from collections.abc import Mapping

from creatorflow_orchestrator.core.reading.word_sets import word_set
from creatorflow_orchestrator.core.request import Comparison

from .fact_tokens import Kind, Tokens
from .numbers import COUNTING_WORDS

_BEFORE: dict[Comparison, str] = {
    "<": """
        < | under | below | less than | fewer than | faster than | quicker than | lower than | smaller than |
        shorter than | cheaper than | lighter than | younger than | newer than | beneath | sub | sub - | before
        | earlier than | inside of | not reach | in under | in less than | well under | well below
    """,
    "<=": """
        <= | =< | ≤ | at most | at the most | up to | upto | no more than | not more than | never more than | no longer
        than | not longer than | no later than | not later than | no slower than | no higher than | no greater
        than | no bigger than | no larger than | no older than | no worse than | max | max . | maximum | maximum
        of | max of | a maximum of | within | in at most | not exceed | not to exceed | cannot exceed | can't
        exceed | don't exceed | doesn't exceed | shouldn't exceed | mustn't exceed | never exceed | not more
        often than | no more often than | exceed no | capped at | cap at | cap of | a cap of | limited to |
        limit to | limit of | a limit of | ceiling of | until | till | til | by | through | not above | not over
        | never above | never over | anything up to | upper limit of |
        as many as | not exceeding | at the latest | at the very most
        | at the outside | at the very latest | latest | tops | less than or equal to | up to and including
    """,
    ">": """
        > | over | above | more than | greater than | bigger than | larger than | higher than | longer than |
        older than | later than | slower than | heavier than | exceeds | exceed | exceeding | beyond | upwards
        of | after | north of | past | in excess of | better than | dearer than
    """,
    ">=": """
        >= | => | ≥ | at least | at the least | minimum | minimum of | a minimum of | min | min . | no less than
        | not less than | no fewer than | not fewer than | never less than | never below | never under | not
        below | not under | no shorter than | no earlier than | not earlier than | not before | from | since |
        starting at | starting from | as of | a good | no lower than |
        not lower than | at the very least | at the least | greater than or equal to | starting | starting on |
        between
    """,
}
_AFTER: dict[Comparison, str] = {
    "<=": """
        at the very most | or less | or fewer | or below | or under | or faster | or lower | or better | or
        cheaper | or shorter | or earlier | or sooner | or quicker | at most | at the most | max | max . |
        maximum | tops | at the latest | at the very latest | , no more | , not more | , max | and no more |
        and not more | but no more | but not more | or smaller | at the outside | and below | and under | upper limit
        | as a maximum | as the maximum | at the longest | at longest
    """,
    ">=": """
        at the very least | or more | or above | or over | or higher | or longer | or older | or later | or
        greater | or larger | or bigger | at least | at the least | minimum | and up | and above | and more |
        and over | upwards | or upwards | at minimum | at a minimum | as a minimum | as the minimum | or heavier
        | and older | at the earliest | at the soonest
    """,
}
_ACROSS = word_set("scan scans run runs query queries iterate loop spread split distributed search sum average goes")
"""Words after which "over" is no bound: "a scan over 40M rows"."""
_APPROXIMATE = word_set("""
    about around roughly approximately approx some ca circa nearly almost only just ~ ≈ say maybe perhaps exactly a
    the
    """)
_OF_DATES = frozenset(
    [
        "by",
        "until",
        "till",
        "til",
        "through",
        "before",
        "after",
        "from",
        "since",
        "as of",
        "past",
        "starting",
        "starting on",
        "between",
        "latest",
    ]
)
"""Words that bind dates and times alone: "by 30 %" is no bound."""


def _table(forms: Mapping[Comparison, str]) -> dict[str, Comparison]:
    return {" ".join(form.split()): sign for sign, listed in forms.items() for form in listed.split("|")}


_BEFORE_TABLE = _table(_BEFORE)
_AFTER_TABLE = _table(_AFTER)
_LAST_WORDS = frozenset(form.rpartition(" ")[2] for form in _BEFORE_TABLE)
_FIRST_WORDS = frozenset(form.partition(" ")[0] for form in _AFTER_TABLE)


def comparison_before(tokens: Tokens, at: int, dated: bool = False) -> tuple[Comparison, int] | None:
    """Return how the words before a token bind it, and their first token; `dated` for a date or a time of day."""
    end = at
    for _ in range(2):  # "at least about", "under just"
        if end > 0 and tokens.lows[end - 1] in _APPROXIMATE:
            end -= 1
    for last in (at, end) if at != end else (at,):
        if last > 0 and tokens.lows[last - 1] in _LAST_WORDS:
            for length in range(min(5, last), 0, -1):
                words = tokens.phrase(last - length, length)
                if words == "over" and last > 1 and tokens.lows[last - 2] in _ACROSS:
                    continue
                if words in _BEFORE_TABLE and (dated or words not in _OF_DATES):
                    return _negated(tokens, _BEFORE_TABLE[words], last - length)
    return None


def _negated(tokens: Tokens, sign: Comparison, at: int) -> tuple[Comparison, int]:
    """Return a bound; the other way round after a negation: "never drops below 10", "without going beyond 400 ms"."""
    # "no request slower than 2 s", but "no orders over 50 EUR"
    comparative = tokens.lows[at] in _EXCEEDING or "than" in tokens.lows[at : at + 3]
    for place in range(at - 1, max(-1, at - 6), -1):
        low = tokens.lows[place]
        if low in _STOPS or tokens.kinds[place] != Kind.WORD:
            break
        if low in _NEGATIONS or low.endswith("n't") or (low in _NONE and comparative):
            return _OPPOSITES.get(sign, sign), at
    return sign, at


_NEGATIONS = frozenset(("not", "never", "without", "cannot", "nor"))
_EXCEEDING = frozenset(("exceed", "exceeds", "exceeding", "surpass"))
_NONE = frozenset(("no", "nobody", "none", "nothing", "neither"))
_NO_MORE = ("no more", "not more")  # "two mails, no more" is a bound, "two mails, no more letters" is none
_STOPS = frozenset(("and", "but", "or", "if", "when", "only", "just", "that", "which", "for"))
_OPPOSITES: dict[Comparison, Comparison] = {"<": ">=", ">": "<="}


def comparison_after(tokens: Tokens, at: int, unit: str = "") -> tuple[Comparison, int] | None:
    """Return how the words from a token on bind the figure before them, and the token after them."""
    if tokens.lows[at] == "+" and tokens.glued(at):
        sum_of_two = tokens.glued(at + 1) and tokens.raw(at + 1).isdigit()
        return None if sum_of_two else (">=", at + 1)
    if tokens.lows[at] not in _FIRST_WORDS:
        return None
    for length in range(4, 0, -1):
        words = tokens.phrase(at, length)
        dotted = tokens.lows[at + length] == "." and tokens.kinds[at + length + 1] == Kind.FIGURE  # ", max. 8"
        if dotted or tokens.kinds[at + length] == Kind.FIGURE or tokens.lows[at + length] in COUNTING_WORDS:
            continue  # "2 shops or over 1,000 orders": the words bind what follows
        if words.endswith(" up") and tokens.lows[at + length] == "to":
            continue  # "120 and up to 5 m"
        if words in _AFTER_TABLE and not (words.endswith(_NO_MORE) and tokens.kinds[at + length] == Kind.WORD):
            better = words == "or better" and unit == "%"
            return (">=" if better else _AFTER_TABLE[words]), at + length
    return None
