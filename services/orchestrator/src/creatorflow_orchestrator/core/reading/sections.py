"""Which section a block stands under: headings by their level, and labels, which reach less far."""

from __future__ import annotations

from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.blocks import Section

_DEEPEST = 9


@dataclass(slots=True)
class _Label:
    section: Section
    valued: bool
    """Whether a value stands behind the label in its line."""
    depth: int
    """The nesting of the item that it begins, -1 for a line of its own."""
    items: bool = False
    """Whether items came below it."""
    gap: bool = False
    """Whether a blank line came below it."""


class Sections:
    """The section in force, while blocks are found one after the other."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, Section]] = []
        self._label: _Label | None = None

    def current(self) -> Section:
        """Return the section of the next block."""
        if self._label is not None:
            return self._label.section
        return self._headings[-1][1] if self._headings else Section.NONE

    def heading(self, level: int, section: Section | None) -> None:
        """Open a heading's section; one without a meaning has that of the heading above it."""
        self._label = None
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((min(level, _DEEPEST), section if section is not None else self.current()))

    def label(self, section: Section, *, valued: bool, depth: int = -1) -> None:
        """Open a label's section."""
        self._label = _Label(section, valued, depth)

    def end_label(self) -> None:
        """End the section of a label."""
        self._label = None

    def end_heading(self) -> None:
        """End the section of a heading, down to the next heading."""
        self._label = None
        if self._headings:
            self._headings[-1] = (self._headings[-1][0], Section.NONE)

    def blank(self) -> None:
        """Take a blank line into account."""
        if self._label is not None:
            self._label.gap = True

    def item(self, depth: int) -> None:
        """Take an item into account: it ends the label of an item beside it, or of a value above a gap."""
        label = self._label
        if label is None:
            return
        beside = label.depth >= max(0, depth)
        below_value = label.depth < 0 and label.valued and label.gap and not label.items
        if beside or below_value:
            self._label = None
        else:
            label.items = True

    def attachment(self) -> None:
        """Take code or a table below a label into account: they are its value."""
        if self._label is not None:
            self._label.items = True

    def text(self, *, alone: bool) -> None:
        """Take prose into account: it ends a label that has its value or its items, if a gap is above it.

        Without a gap it does so if it stands `alone`: if it leads into a list, or says something of its own.
        """
        label = self._label
        if label is None:
            return
        has_content = label.valued or label.items
        if (has_content and (label.gap or alone)) or label.depth >= 0:
            self._label = None
