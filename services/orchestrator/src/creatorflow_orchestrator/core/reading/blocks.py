"""Blocks: the structure of a request's text, before anything is read in it. Values only.

Blocks stand in the text's order and do not overlap. What lies between them is markup and blanks: list markers, hashes,
fences, quote marks, table lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """The form of a block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LEAD_IN = "lead_in"
    """A line that leads into a list: "It must:"."""
    ITEM = "item"
    ROW = "row"
    """A row of a table that states or asks something, its cells joined by what separates them in the text."""
    CODE = "code"
    """Fenced, indented or pasted: SQL, JSX, JSON, a log, a stack trace."""
    DATA = "data"
    """A table of data: numbers and names, no sentences."""
    FIELD = "field"
    """A field in the head of a ticket or mail: "Priority: P1". The part after the colon is `value_start` on."""
    QUOTE = "quote"
    """The history below an answered mail. A forwarded mail's text is no history: it is what is asked."""
    TIMELINE = "timeline"
    """An entry with a clock time: "09:14 first alerts"."""
    GREETING = "greeting"
    SIGNATURE = "signature"


class Section(StrEnum):
    """The meaning of the heading (or of the label, "Expected:") that a block stands under."""

    NONE = "none"
    GOALS = "goals"
    """Goals, requirements, scope, acceptance criteria, action items, to do, what we need."""
    NON_GOALS = "non_goals"
    """Non-goals, out of scope, not now, exclusions."""
    BACKGROUND = "background"
    """Background, context, motivation, summary of an incident, current state."""
    CONSTRAINTS = "constraints"
    """Constraints, stack, budget, deadlines, non-functional requirements, assumptions that bind."""
    GLOSSARY = "glossary"
    EVIDENCE = "evidence"
    """Steps to reproduce, actual, timeline, logs, impact."""
    EXPECTED = "expected"
    """The expected behaviour of a ticket: it says what a fix must reach."""


@dataclass(frozen=True, slots=True)
class Block:
    """Characters `start` to `end` of the text, without markers and blanks at the edges."""

    start: int
    end: int
    kind: BlockKind
    section: Section = Section.NONE
    depth: int = 0
    """The nesting of a list item, or the level of a heading, from 0."""
    checked: bool | None = None
    """The state of an item's box: ticked means done; `None` without a box."""
    language: str = ""
    """Of code: `sql`, `jsx`, `json`, `python`, `log`, ...; empty if unknown."""
    value_start: int = 0
    """Of a field: the place of its value."""
    continues: bool = False
    """Whether it goes on in the sentence of the prose before it: a quote mark at a line's end, or code, is between."""
