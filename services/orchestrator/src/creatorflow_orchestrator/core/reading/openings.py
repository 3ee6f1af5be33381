"""Openings of an order that sound like a negation or a permission and say nothing about the work. Plain data."""

from __future__ import annotations

from .phrases import PhraseTable

_NOT = ("not", "don't", "dont", "do not", "never", "must not", "mustn't", "should not", "shouldn't")
_LEFT = ("forget", "skip", "leave out", "omit", "ignore", "neglect")
_BEFORE_VERB = (
    *("forget to", "forget that you have to", "hesitate to", "fail to", "neglect to", "omit to", "be shy to"),
    *("be afraid to", "only", "just", "merely", "simply"),
)
_PLAIN = "remember to|feel free to|be sure to|be so kind as to|be so kind to|be so good as to|go ahead and"
OPENINGS = PhraseTable("|".join((*(f"{no} {verb}" for no in _NOT for verb in (*_BEFORE_VERB, *_LEFT)), _PLAIN)))
"""As in "don't forget to print the labels", "do not only fix the bug", "never skip the tests"."""
BEFORE_THING = frozenset(phrase.split()[-1] for phrase in _LEFT)
"""Last words of those behind which a thing stands: "don't forget the tests"."""
