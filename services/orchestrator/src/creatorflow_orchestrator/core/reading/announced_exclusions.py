"""What is left out behind a colon: "what we won't get this quarter: a chat bot"."""

from __future__ import annotations

from collections.abc import Sequence

from .double_negations import double_negations
from .grammar import is_imperative, low, start_of
from .left_out_titles import leaves_out, to_be_done
from .negation_words import HEADS
from .tokens import Token
from .word_sets import word_set

_REASONING = word_set("it they that this he she it's they're that's")
"""Words with which a reason begins: "Charging by seats was rejected: it makes people share passwords"."""
_LONGEST_HEAD = 24


def announced(items: Sequence[Token]) -> int:
    """Return the place of the colon in "what we won't get this quarter: a chat bot"; 0 if nothing is left out so."""
    for place in range(1, min(len(items) - 1, _LONGEST_HEAD)):
        if items[place].low == ":":
            head = items[:place]
            start = start_of(head)
            asks = is_imperative(head, start) and low(head, start) not in ("skip", "park", "forget", "ignore")
            left_out = HEADS.within(head, 0, place) or leaves_out(" ".join(item.low for item in head), label=True)
            reason = low(items, place + 1) in _REASONING
            left_out = left_out and not to_be_done({item.low for item in head})
            return place if left_out and not asks and not reason and not double_negations(head) else 0
        if items[place].low in (";", "—", "–"):
            return 0
    return 0
