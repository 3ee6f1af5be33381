"""Reads the bare numbers of a table by the head of their column or the name of their row: 300 "Orders/month"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from creatorflow_orchestrator.core.request import Fact, FactKind

from .facts import find_facts
from .stated.fact_tokens import Tokens
from .stated.nouns import is_plural
from .stated.numbers import read_number

_BARE = re.compile(
    r"(?:(?:about|around|some|up to|~|<|>)\s?)?\d[\d.,'’]{0,20}(?:\s?(?:k|m|mio|million|thousand|billion))?",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"([^()]{0,60})\(([^()]{1,40})\)")
_PER = re.compile(r"\s{0,3}/\s{0,3}")
_NAMELESS = re.compile(
    r"(?:number|value|amount|figure|quantity|count|how (?:many|much|often)|today|now|current|target|goal|"
    r"(?:in|per|a)\b.*|)",
    re.IGNORECASE,
)
_PLANS = re.compile(r"(?:plan|tier|package|subscription)s?(?: name)?", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w+ -]{0,30}")
_MOST_ROWS = 200
"""Of a larger table, rows are data that no name says anything about."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell at characters `start` to `end` of the text."""

    start: int
    end: int
    text: str


def separator(line: str) -> str:
    """Return the sign between the cells of a line: commas only where no other sign is."""
    return next((sign for sign in "|\t;" if sign in line), ",")


def cells(text: str, start: int, end: int) -> Iterator[Cell]:
    """Yield the cells of a line, without the empty ones before its first and behind its last sign."""
    stripped = text[start:end].strip().strip("|")
    at = start + text[start:end].index(stripped) if stripped else start
    sign = separator(stripped)
    for part in stripped.split(sign):
        bare = part.strip(" *`")
        begin = at + (part.index(bare) if bare else 0)
        yield Cell(begin, begin + len(bare), bare)
        at += len(part) + 1


def cell_facts(text: str, head: str, lines: Sequence[tuple[int, int]]) -> Iterator[Fact]:
    """Yield what the bare numbers of a table's lines state, and the plans that its first column names."""
    heads = [cell.text for cell in cells(head, 0, len(head))]
    for start, end in lines[:_MOST_ROWS]:
        row = list(cells(text, start, end))
        if heads and row and _PLANS.fullmatch(heads[0]) and _NAME.fullmatch(row[0].text):
            yield Fact(row[0].start, row[0].end, row[0].text, FactKind.NAME, name=row[0].text, category="plan")
        for at, cell in enumerate(row[1:], start=1):
            if _BARE.fullmatch(cell.text) and at < max(len(heads), 2):
                found = _fact(cell, row[0].text, heads[at] if at < len(heads) else "")
                if found is not None:
                    yield found


def _fact(cell: Cell, row: str, head: str) -> Fact | None:
    """Return the figure of a cell, with the unit that its head or its row says."""
    said = _said(head, row)
    template = _template(said) if said else None
    tokens = Tokens(cell.text)
    first = next((at for at in range(len(tokens)) if tokens.lows[at][0].isdigit()), -1)
    number = read_number(tokens, first) if first >= 0 else None
    if template is None or number is None:
        return None
    value = number.value if number.thousands is None or template.unit.startswith("USD") else number.thousands
    return Fact(
        cell.start, cell.end, cell.text, FactKind.QUANTITY, subject=template.subject or head.lower(), comparison="=",
        value=value, unit=template.unit, role=template.role,
    )  # fmt: skip


def _said(head: str, row: str) -> str:
    """Return the words that say what a number counts: those of its column, or of its row if the column has no noun."""
    nameless = _NAMELESS.fullmatch(head) is not None
    timed = head[:2].lower() in ("in", "pe", "a ")
    words = row if nameless and not timed else f"{row} {head}" if timed and is_plural(row.lower()) else head
    bracketed = _IN_BRACKETS.match(words)
    return _PER.sub("/", bracketed[2] if bracketed else words)


@lru_cache(maxsize=1024)
def _template(said: str) -> Fact | None:
    """Return the figure "100 orders/month" of a head "Orders/month"."""
    words = said[:1].lower() + said[1:] if said[1:2].islower() else said
    found = find_facts(f"100 {words}") or find_facts(f"100 pieces, {words}")
    return next((fact for fact in found if fact.kind is FactKind.QUANTITY and fact.start == 0), None)
