"""Which lines of a text are the fields of a ticket's head, judged by the lines beside them."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading import tickets
from creatorflow_orchestrator.core.reading.outline import front_matter
from creatorflow_orchestrator.core.reading.sheet import Sheet
from creatorflow_orchestrator.core.reading.tickets import Label

_KNOWN_FIELDS = 2
"""Known names of fields, one below the other, that make a head."""
_VALUE_WORDS = 4
_TOP = 6


class TicketHeads:
    """Answers which lines are fields; what it found out about a head it does not look for again."""

    def __init__(self, sheet: Sheet) -> None:
        self._lines = sheet.lines
        self._front = front_matter(sheet.lines)
        self._labels: dict[int, Label | None] = {}
        self._heads: dict[int, bool] = {}

    def label(self, position: int) -> Label | None:
        """Return the label that a line begins with."""
        if position not in self._labels:
            self._labels[position] = tickets.label_at(self._lines[position].content)
        return self._labels[position]

    def labelled(self) -> bool:
        """Whether a line has a label with a known meaning."""
        labels = (self.label(position) for position, line in enumerate(self._lines) if line.content)
        return any(label is not None and label.section is not None for label in labels)

    def in_front(self, position: int) -> bool:
        """Whether a line is in the head between rules at the start of a text."""
        return position in self._front

    def unlabelled(self, position: int) -> int:
        """Return how many lines are a field without a colon here: "CF-88 · Bug · P2", or a name above its value."""
        content = self._lines[position].content
        if tickets.is_head_line(content) and (position < _TOP or not self._lines[position - 1].content):
            return 1
        if tickets.is_bare_field(content) and any(map(self._is_bare, (position - 1, position + 1))):
            return 1
        if tickets.is_field_name(content) and position + 1 < len(self._lines):
            below = self._lines[position + 1]
            value = below.content and len(below.content.split()) <= _VALUE_WORDS
            return 2 if value and below.quoted == self._lines[position].quoted else 0
        return 0

    def _is_bare(self, position: int) -> bool:
        return 0 <= position < len(self._lines) and tickets.is_bare_field(self._lines[position].content)

    def is_field(self, position: int) -> bool:
        """Whether a line with a label is a field: for certain, or beside one that is."""
        content, label = self._lines[position].content, self.label(position)
        if label is None:
            return False
        if tickets.is_field_alone(label, content):
            return True
        return tickets.fits_head(label, content) and self._in_head(position)

    def _in_head(self, position: int) -> bool:
        if position not in self._heads:
            first = last = position
            while first > 0 and self._may_be_head(first - 1):
                first -= 1
            while last + 1 < len(self._lines) and self._may_be_head(last + 1):
                last += 1
            run = range(first, last + 1)
            known = sum(tickets.is_known_field(label) for at in run if (label := self.label(at)))
            certain = known >= _KNOWN_FIELDS or any(map(self._is_certain, range(max(0, first - 1), last + 1)))
            self._heads.update(dict.fromkeys(run, certain))
        return self._heads[position]

    def _may_be_head(self, position: int) -> bool:
        content, label = self._lines[position].content, self.label(position)
        if not content or label is None:
            return False
        return tickets.fits_head(label, content) or tickets.is_kept(label) or tickets.is_field_alone(label, content)

    def _is_certain(self, position: int) -> bool:
        content, label = self._lines[position].content, self.label(position)
        if label is not None:
            return tickets.is_field_alone(label, content)
        return bool(content) and tickets.is_head_line(content)
