"""What each line of a text is, whatever stands above it: code, a row, a heading, a field, an item, plain text, ..."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from creatorflow_orchestrator.core.reading import tickets
from creatorflow_orchestrator.core.reading.lines import Line, is_wordless
from creatorflow_orchestrator.core.reading.markers import Marker
from creatorflow_orchestrator.core.reading.outline import Heading, Outline
from creatorflow_orchestrator.core.reading.pasted_code import Code
from creatorflow_orchestrator.core.reading.sheet import Sheet
from creatorflow_orchestrator.core.reading.tables import Table, table_at
from creatorflow_orchestrator.core.reading.ticket_heads import TicketHeads
from creatorflow_orchestrator.core.reading.timeline import is_entry
from creatorflow_orchestrator.core.reading.writers import Writers

_TIMES_REACH = 4
_TABLE_SIGNS = ("|", "\t", ",", ";", "  ")


class Role(StrEnum):
    """What a line is."""

    BLANK = "blank"
    CODE = "code"
    HISTORY = "history"
    TABLE = "table"
    HEADING = "heading"
    FIELD = "field"
    LABEL = "label"
    TIME = "time"
    CLOSING = "closing"
    GREETING = "greeting"
    ITEM = "item"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Element:
    """Lines `first` to `last` (exclusive) in one role, and what was found out about them."""

    role: Role
    first: int
    last: int
    code: Code | None = None
    table: Table | None = None
    heading: Heading | None = None
    label: tickets.Label | None = None
    marker: Marker | None = None
    depth: int = 0
    key: int = 0
    """Of text: the length of a ticket's key before it."""


def find_elements(sheet: Sheet) -> list[Element]:
    """Return the elements of a text's lines, in order, without a gap."""
    reader, found, position = _Reader(sheet), list[Element](), 0
    while position < len(sheet.lines):
        element = reader.element(position)
        found.append(element)
        position = element.last
    return found


def lines_of(sheet: Sheet, element: Element) -> Sequence[Line]:
    """Return the lines of an element that have a content."""
    return [line for line in sheet.lines[element.first : element.last] if line.content]


class _Reader:
    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._lines = sheet.lines
        self._outline = Outline(sheet)
        self._heads = TicketHeads(sheet)
        self._writers = Writers(sheet.lines)
        self._start = next((at for at, line in enumerate(sheet.lines) if not is_wordless(line.content)), 0)

    def element(self, position: int) -> Element:
        """Return the element that begins at a line."""
        content = self._lines[position].content
        if position in self._sheet.codes and position not in self._sheet.history:
            code = self._sheet.codes[position]
            return Element(Role.CODE, position, code.last, code=code)
        if not content:
            return Element(Role.BLANK, position, position + 1)
        if position in self._sheet.history:
            return Element(Role.HISTORY, position, self._history_end(position))
        return self._of_writer(position) or self._table(position) or self._titled(position) or self._plain(position)

    def _history_end(self, position: int) -> int:
        """Return the line behind a passage of history with as many quote marks."""
        end, quoted = position, self._lines[position].quoted
        while end < len(self._lines) and end in self._sheet.history and self._lines[end].quoted == quoted:
            end += 1
        return end

    def _of_writer(self, position: int) -> Element | None:
        if end := self._writers.closing(position, itemised=position - 1 in self._sheet.markers):
            return Element(Role.CLOSING, position, end)
        if is_wordless(self._lines[position].content):
            return Element(Role.BLANK, position, position + 1)
        if self._heads.in_front(position):
            return Element(Role.FIELD, position, position + 1, label=self._heads.label(position))
        if count := self._writers.field(position):
            label = self._heads.label(position) if count == 1 else None
            return Element(Role.FIELD, position, position + count, label=label)
        return Element(Role.GREETING, position, position + 1) if self._writers.greets(position) else None

    def _table(self, position: int) -> Element | None:
        line = self._lines[position]
        if position in self._sheet.headings or not any(sign in line.content for sign in _TABLE_SIGNS):
            return None
        found = table_at(self._lines, position, self._may_be_row)
        return Element(Role.TABLE, position, found.last, table=found) if found else None

    def _may_be_row(self, position: int) -> bool:
        line, marker = self._lines[position], self._sheet.markers.get(position)
        if not line.content or not line.first or position in self._sheet.inside:
            return False
        return marker is None or marker.form in ("plain", "section") or "|" in line.content or "\t" in line.content

    def _titled(self, position: int) -> Element | None:
        heading = self._outline.heading_at(position)
        if heading is None and position == self._start:
            heading = self._outline.title_at(position, structured=self._heads.labelled())
        if heading is not None:
            return Element(Role.HEADING, position, position + heading.lines, heading=heading)
        if count := self._heads.unlabelled(position):
            return Element(Role.FIELD, position, position + count)
        if position in self._sheet.markers:
            return None
        label = self._heads.label(position)
        if self._heads.is_field(position):
            return Element(Role.FIELD, position, position + 1, label=label)
        if label is None or label.section is None:
            return None
        return Element(Role.LABEL, position, position + 1, label=label)

    def _plain(self, position: int) -> Element:
        marker, line = self._sheet.markers.get(position), self._lines[position]
        if self._is_time(position):
            return Element(Role.TIME, position, position + 1, marker=marker)
        if marker is not None:
            if marker.length < len(line.content):
                depth = self._sheet.depths.get(position, 0)
                return Element(Role.ITEM, position, position + 1, marker=marker, depth=depth)
            if not any(map(str.isalpha, line.content)):
                return Element(Role.BLANK, position, position + 1)
        return Element(Role.TEXT, position, position + 1, key=tickets.key_length(line.content) if line.first else 0)

    def _is_time(self, position: int) -> bool:
        if not self._clock(position):
            return False
        beside = range(max(0, position - _TIMES_REACH), min(len(self._lines), position + _TIMES_REACH + 1))
        return any(other != position and self._clock(other) for other in beside)

    def _clock(self, position: int) -> bool:
        marker = self._sheet.markers.get(position)
        return is_entry(self._lines[position].content, marker.length if marker else 0)
