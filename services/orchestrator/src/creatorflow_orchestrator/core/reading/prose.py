"""Lines of prose: which belong to one paragraph, which are a list without markers, where a lead-in begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from creatorflow_orchestrator.core.reading.lines import Line

WRAP = 60
"""Columns from which a line may be broken because it is full."""
_SENTENCE_END = re.compile(r"[.!?]['\")\]]{0,2}\s{1,8}(?=[A-Z\"'(])")
_OPEN_END = re.compile(
    r"(?:[,(–-]|\b(?:and|or|the|a|an|to|of|for|with|by|in|on|at|from|that|which|as|is|are|be|our|per))$", re.I
)
_GHERKIN = re.compile(r"(?:Given|When|Then|And|But|I want|I can|I would like|So that|so that|In order)\s")
"""A step of a scenario, or a part of a user story, goes on in it."""
_ITEM_WORDS = 12
_LEAST_ITEMS = 2
_LEAST_UNLED = 3
_SHORT = 45


def paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines without a blank line between them: a line that is not full may be a paragraph of its own."""
    width = max(len(line.content) for line in lines)
    listed = width < _SHORT and are_list(lines)
    groups = [[lines[0]]]
    for before, line in pairwise(lines):
        if listed or _breaks(before.content, line.content, wrapped=width >= WRAP):
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups


def _breaks(before: str, content: str, *, wrapped: bool) -> bool:
    if _OPEN_END.search(before[-12:]) or content[0].islower() or _GHERKIN.match(content):
        return False
    if not wrapped:
        return True
    return len(before) < _SHORT


def are_items(lines: Sequence[Line], *, least: int = _LEAST_ITEMS) -> bool:
    """Whether lines without markers are a list: enough of them, all short, and no sentences."""
    return len(lines) >= least and all(
        len(line.content) < WRAP + 20
        and len(line.content.split()) <= _ITEM_WORDS
        and line.content[-1] not in ".!?:"
        and not _OPEN_END.search(line.content[-12:])
        and not _GHERKIN.match(line.content)
        for line in lines
    )


def are_list(lines: Sequence[Line]) -> bool:
    """Whether lines without markers are a list although nothing leads into it: more of them are needed."""
    return are_items(lines, least=_LEAST_UNLED)


def goes_on(item: Line, before: Line, line: Line) -> bool:
    """Whether a line of text goes on in an item, or in an entry, above it."""
    full = len(before.content) >= WRAP and before.content[-1] not in ".!?:;"
    if line.indent > item.indent or line.content[0].islower() or full:
        return True
    return _GHERKIN.match(line.content) is not None or _OPEN_END.search(before.content[-12:]) is not None


def last_sentence(content: str) -> int:
    """Return where the last sentence of a line begins: what leads into a list is no more than that."""
    last = 0
    for found in _SENTENCE_END.finditer(content[:4000]):
        last = found.end()
    return last
