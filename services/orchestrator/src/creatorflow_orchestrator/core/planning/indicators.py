"""Indicators of a request as a whole: its complexity, and the pattern that its words state."""

from __future__ import annotations

import re
from collections.abc import Sequence

from creatorflow_orchestrator.core.plan import Complexity, Pattern

from .quantities import QuantityMatch

# Matched at a word's start (docs/planning.md); the lookaheads exclude other words: "author", "testimonial".
_INDICATORS: dict[str, re.Pattern[str]] = {
    "multi_system": re.compile(r"\b(?:integrat(?:e|ion)|sync|connect|coordinat)", re.IGNORECASE),
    "performance": re.compile(r"\b(?:scal(?:e|ing|ab)|optimi[sz]|performan(?:ce|t)|load(?!s of\b))", re.IGNORECASE),
    "security": re.compile(r"\b(?:auth(?!or(?!i[sz]))|secur(?:e|ity)|encrypt|complian(?:ce|t))", re.IGNORECASE),
    "testing": re.compile(r"\b(?:test(?!i(?:mon|fy|fied)|ament)|validat|verif|qa\b)", re.IGNORECASE),
}
_PASSED_OR_FAILED = r"(?:pass(?:es|ed)?|succeed(?:s|ed)?|green|approved|tests? fails?|fails? (?:the|its) tests?)"
DECISION = re.compile(
    r"\b(?:only (?:if|when)\b|only (?:once|after) (?:the|it|they|this|that|all|every|we)\b|unless\b|"
    rf"(?:if|once|after)\b[^.;:!?\n]{{1,160}}\b{_PASSED_OR_FAILED}\b)",
    re.IGNORECASE,
)
"""A condition on earlier work: "only if", "once X passes"."""

_DATES = r"now|then|today|tomorrow|yesterday|recently|lately|late|midnight|noon|\w+day\b|\d{1,2}\s?(?:am|pm|:)"
_REFINE = r"refin|improv|iterat|tun|polish|optimi[sz]|adjust|revis|try|test"
CYCLE = re.compile(
    rf"\b(?:until\b(?!\s+(?:{_DATES}))|keep (?:on )?(?:{_REFINE})\w*ing\b|"
    r"review and (?:improve|refine|revise)|iterate\b|iteratively\b|repeat(?:edly)? (?:this|the|it|improv|refin))",
    re.IGNORECASE,
)
"""Work that is repeated until a condition holds."""


def indicators(text: str, quantities: Sequence[QuantityMatch] = ()) -> tuple[str, ...]:
    """Return the names of the complexity indicators present in the text; words inside a quantity do not count."""
    ends = [0, *(match.end for match in quantities)]
    starts = [*(match.start for match in quantities), len(text)]
    plain = " ".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    return tuple(name for name, words in _INDICATORS.items() if words.search(plain))


def complexity(present: Sequence[str], domains: int) -> Complexity:
    """Return high for three indicators or five domains, medium for two indicators or two domains, else low."""
    if len(present) >= 3 or domains >= 5:
        return Complexity.HIGH
    return Complexity.MEDIUM if len(present) >= 2 or domains >= 2 else Complexity.LOW


def stated_pattern(text: str) -> Pattern | None:
    """Return conditional or iterative if the text states it; `None` leaves the pattern to the structure."""
    if DECISION.search(text):
        return Pattern.CONDITIONAL
    return Pattern.ITERATIVE if CYCLE.search(text) else None
