"""Indicators of a request as a whole, and its complexity."""

from __future__ import annotations

import re
from collections.abc import Sequence

from creatorflow_orchestrator.core.plan import Complexity
from creatorflow_orchestrator.core.request import FactKind, Reading

from .asked_text import AskedText, blanked

# Matched at a word's start (docs/planning.md); the lookaheads exclude other words: "author", "testimonial".
_INDICATORS: dict[str, re.Pattern[str]] = {
    "multi_system": re.compile(r"\b(?:integrat(?:e|ion)|sync|connect|coordinat)", re.IGNORECASE),
    "performance": re.compile(r"\b(?:scal(?:e|ing|ab)|optimi[sz]|performan(?:ce|t)|load(?!s of\b))", re.IGNORECASE),
    "security": re.compile(r"\b(?:auth(?!or(?!i[sz]))|secur(?:e|ity)|encrypt|complian(?:ce|t))", re.IGNORECASE),
    "testing": re.compile(r"\b(?:test(?!i(?:mon|fy|fied)|ament)|validat|verif|qa\b)", re.IGNORECASE),
}


def indicators(asked: AskedText, reading: Reading) -> tuple[str, ...]:
    """Return the names of the complexity indicators in the asks; words inside a figure or an exclusion do not count."""
    figures = (fact for fact in reading.facts if fact.kind is FactKind.QUANTITY)
    text = blanked(asked.text, figures)
    plain = "\n".join(text[ask.start : ask.end] for ask in reading.asks)
    return tuple(name for name, words in _INDICATORS.items() if words.search(plain))


def complexity(present: Sequence[str], domains: int) -> Complexity:
    """Return high for three indicators or five domains, medium for two indicators or two domains, else low."""
    if len(present) >= 3 or domains >= 5:
        return Complexity.HIGH
    return Complexity.MEDIUM if len(present) >= 2 or domains >= 2 else Complexity.LOW
