"""Sizes of labels, pages and images: `4x6 inch`, `100 x 150 mm`, `1080x1920`."""

from __future__ import annotations

import re

from .fact_tokens import Tokens
from .unit_words import UNITS

_LENGTHS = frozenset(("mm", "cm", "m", "in", "px"))
_PART = re.compile(r"[\d.,]+")


def read_size(tokens: Tokens, at: int) -> tuple[str, int]:
    """Return the size that a token tells, as `4x6 in`, and the token after its unit."""
    sides = "x".join(_PART.findall(tokens.raw(at)))
    then = at + 2 if tokens.lows[at + 1] == "-" else at + 1
    unit = UNITS.get(tokens.lows[then], "in" if tokens.lows[then] in ('"', "”", "in") else "")
    if not unit and tokens.raw(at)[-1] in '"”″':
        return f"{sides} in", at + 1
    return (f"{sides} {unit}", then + 1) if unit in _LENGTHS else (sides, at + 1)
