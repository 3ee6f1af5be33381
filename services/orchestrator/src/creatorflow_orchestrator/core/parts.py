"""The parts of a large request: sections under headings, or lists each under a line of its own.

A part that by itself asks for many domains is worth a run of its own, a child of the whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .lexicon import ASKED_FOR, Match, scores

DOMAINS_OF_A_PART = 4
_NAMED = r"part|phase|project|product|system|app|application|team|stage|workstream|module"
_COUNTED = r"first|second|third|fourth|fifth|secondly|thirdly|finally|lastly|overall"
_HEADING = re.compile(
    r"^[ \t]{0,20}(?:#{1,6}[ \t]+\S|"
    rf"(?:{_NAMED})[ \t]+(?:\d{{1,3}}|[a-z]|one|two|three|four|five)\b|(?:{_COUNTED})\b)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of the text, and the domains that this stretch asks for."""

    start: int
    end: int
    domains: frozenset[str]


def large_parts(text: str, matches: Sequence[Match], domains: Collection[str]) -> tuple[Part, ...]:
    """The parts that ask for four or more of the chosen domains each."""
    starts = [match.start() for match in _HEADING.finditer(text)]
    found = (
        Part(start, end, _asked(matches, start, end).intersection(domains))
        for start, end in zip(starts, [*starts, len(text)][1:], strict=True)
    )
    return tuple(part for part in found if len(part.domains) >= DOMAINS_OF_A_PART)


def _asked(matches: Sequence[Match], start: int, end: int) -> frozenset[str]:
    first = bisect_left(matches, start, key=lambda match: match.start)
    last = bisect_left(matches, end, key=lambda match: match.start)
    return frozenset(domain for domain, score in scores(matches[first:last]).items() if score >= ASKED_FOR)
