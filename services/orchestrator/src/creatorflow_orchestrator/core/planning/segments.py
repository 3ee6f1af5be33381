"""Segments of a request's text: the line that leads into a list, the items of the list, sentences and their clauses.

Only the boundaries are decided here; the analyzer decides on their meaning, and which of them belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_LINE_MARKER = re.compile(r"^[ \t]{0,40}(?:\(?\d{1,3}[.)]|\(?[a-z][.)]|[-*•–+])[ \t]+(?=\S)", re.MULTILINE)
_INLINE_NUMBER = re.compile(r"(?:^|(?<=\s))\(?(\d{1,3})[.)]\s+(?=\S)")
_INLINE_DASH = re.compile(r"(?:(?<=:)|(?<=\s))[ \t]?[-•*][ \t]+(?=\S)")
_ITEM_END = re.compile(r"\n[ \t]*\n|\n(?=[A-Z#])")  # a line that is not indented and begins a sentence ends an item
_SENTENCE_END = re.compile(r"(?<![.!?])[.!?]+[\"”')]?(?=\s)|;|\n[ \t]*\n|\n(?=[ \t]*[A-Z])")
_CLAUSE_END = re.compile(r"(?:,\s{0,8}|\s)(?:and|then|plus|but|with|as well as)\s{1,8}|,\s{1,8}", re.IGNORECASE)
_OPEN_END = re.compile(r"[\s,]+(?:that|which|to|and|with|as follows|the following|like this)$", re.IGNORECASE)
_EDGES = ' \t\r\n.,;:!?-–•*"“”'


class Kind(StrEnum):
    """The kind of a segment: the lead-in of a list, an item of it, or a sentence."""

    LEAD = "lead"
    ITEM = "item"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters `start` to `end` of the text, edges trimmed."""

    kind: Kind
    start: int
    end: int


def segments(text: str) -> tuple[Segment, ...]:
    """Split `text` into segments, in order, none of them empty; a list's lead-in comes before its items."""
    items = _items(text)
    if len(items) < 2:
        return tuple(_sentences(text, 0, len(text)))
    parts = list(_sentences(text, 0, items[0][0], leads=True))
    for (_, start), (end, _) in zip(items, [*items[1:], (len(text), 0)], strict=True):
        ended = _ITEM_END.search(text, start, end)
        stop = ended.start() if ended else end
        parts += _trimmed(Kind.ITEM, text, start, stop)
        parts += _sentences(text, stop, end)
    return tuple(parts)


def clauses(text: str, segment: Segment) -> tuple[Segment, ...]:
    """Split a sentence or item at its commas and conjunctions."""
    parts: list[Segment] = []
    at = segment.start
    for cut in _CLAUSE_END.finditer(text, segment.start, segment.end):
        parts += _trimmed(segment.kind, text, at, cut.start())
        at = cut.end()
    return (*parts, *_trimmed(segment.kind, text, at, segment.end))


def _items(text: str) -> list[tuple[int, int]]:
    """Return the places of the list markers: at the start of lines, or else numbered 1, 2, 3 within one line."""
    by_line = [match.span() for match in _LINE_MARKER.finditer(text)]
    if len(by_line) >= 2:
        return by_line
    numbered = list(_INLINE_NUMBER.finditer(text))
    if len(numbered) >= 2 and [int(match[1]) for match in numbered] == list(range(1, len(numbered) + 1)):
        return [match.span() for match in numbered]
    dashes = [match.span() for match in _INLINE_DASH.finditer(text)]
    return dashes if len(dashes) >= 2 and text[: dashes[0][0]].rstrip().endswith(":") else []


def _sentences(text: str, start: int, end: int, leads: bool = False) -> Iterator[Segment]:
    """Yield the sentences between two places; with `leads`, the last of them leads into the list that follows."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text, start, end)]
    parts = [
        segment
        for begin, stop in zip([start, *ends], [*ends, end], strict=True)
        for segment in _trimmed(Kind.SENTENCE, text, begin, stop)
    ]
    if leads and parts:
        last = parts[-1]
        dangling = _OPEN_END.search(text, last.start, last.end)
        parts[-1] = Segment(Kind.LEAD, last.start, dangling.start() if dangling else last.end)
    yield from parts


def _trimmed(kind: Kind, text: str, start: int, end: int) -> list[Segment]:
    """Return the segment without the blanks and stops at its edges; an empty list if nothing is left."""
    body = text[start:end]
    start += len(body) - len(body.lstrip(_EDGES))
    end -= len(body) - len(body.rstrip(_EDGES))
    return [Segment(kind, start, end)] if start < end else []
