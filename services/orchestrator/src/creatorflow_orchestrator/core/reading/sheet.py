"""The sheet of a text: its lines cut into pieces, with the code, markers, nesting and history that are in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creatorflow_orchestrator.core.reading.history import find_history
from creatorflow_orchestrator.core.reading.inline_code import code_in_line
from creatorflow_orchestrator.core.reading.lines import Line, is_wordless
from creatorflow_orchestrator.core.reading.markers import Marker, find_markers, marker_at
from creatorflow_orchestrator.core.reading.markup import Markup, markdown
from creatorflow_orchestrator.core.reading.pasted_code import Code, find_code
from creatorflow_orchestrator.core.reading.pieces import cut

_JIRA_HEADING = re.compile(r"h[1-6]\.\s")
_BEHIND_CODE = "`'\"”:;,.)– —-\t"
_BEFORE_CODE = "`'\"“( \t"
_PIECES_AT_MOST = 3000
_CODES_IN_A_LINE = 5


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a text's pieces, by their position in `lines`."""

    lines: Sequence[Line]
    codes: Mapping[int, Code]
    """By the first piece."""
    inside: frozenset[int]
    """The pieces that are code or a fence."""
    headings: Mapping[int, int]
    """The level of Markdown's headings, and of Jira's ("h2. Goals")."""
    markers: Mapping[int, Marker]
    depths: Mapping[int, int]
    """The nesting of items, from 0."""
    history: frozenset[int]


def lay_out(physical: Sequence[Line]) -> Sheet:
    """Cut the lines of a text into pieces, and find out what is known of each."""
    jira = any(_JIRA_HEADING.match(line.content) for line in physical)
    codes = find_code(physical)
    inside = frozenset(position for code in codes for position in range(code.first, code.last))
    marked = markdown(physical, inside)
    cutter = _Cutter(codes, inside, _headings(physical, marked, jira=jira), marked)
    for position, line in enumerate(physical):
        cutter.add(position, line)
    return cutter.sheet(hashes=jira)


def _headings(physical: Sequence[Line], marked: Markup, *, jira: bool) -> dict[int, int]:
    if not jira:
        return marked.headings
    return {at: int(line.content[1]) - 1 for at, line in enumerate(physical) if _JIRA_HEADING.match(line.content)}


class _Cutter:
    """Collects the pieces of lines, and moves what is known of lines to them."""

    def __init__(
        self, codes: Sequence[Code], inside: frozenset[int], headings: Mapping[int, int], marked: Markup
    ) -> None:
        self._lines: list[Line] = []
        self._starts = {code.first: code for code in codes}
        self._last = {code.last - 1: code.cut for code in codes if code.cut}
        self._skip = {code.first: code.skip for code in codes if code.skip}
        self._within = inside
        self._level = headings
        self._marked = marked
        self._first: list[int] = []
        self._codes: dict[int, Code] = {}
        self._headings: dict[int, int] = {}
        self._depths: dict[int, int] = {}

    def add(self, position: int, line: Line) -> None:
        """Add a line's pieces."""
        at = len(self._lines)
        self._first.append(at)
        if position in self._within:
            self._add_code(position, line)
        elif position in self._level:
            self._headings[at] = self._level[position]
            self._lines.append(line)
        elif not line.content or at > _PIECES_AT_MOST:
            self._lines.append(line)
        else:
            if position in self._marked.items:
                self._depths[at] = self._marked.items[position]
            self._cut(line)

    def _add_code(self, position: int, line: Line) -> None:
        start, end = self._skip.get(position, 0), self._last.get(position, len(line.content))
        self._lines.append(line.piece(start, end) if start or end < len(line.content) else line)
        behind = line.piece(end, len(line.content))
        if not is_wordless(behind.content):
            self._cut(behind)

    def _cut(self, line: Line) -> None:
        """Add the pieces of prose, and the code between them."""
        for _ in range(_CODES_IN_A_LINE):
            found = code_in_line(line.content)
            if found is None or found[0] >= found[1]:
                break
            start, end, language = found
            before = line.piece(0, len(line.content[:start].rstrip(_BEFORE_CODE)), joins=line.joins)
            has_words = not is_wordless(before.content)
            if has_words:
                self._lines.extend(cut(before))
            at = len(self._lines)
            self._codes[at] = Code(at, at + 1, (at, at + 1), language)
            self._lines.append(line.piece(start, end))
            behind = line.content[end:]
            skipped = len(behind) - len(behind.lstrip(_BEHIND_CODE))
            line = line.piece(end + skipped, len(line.content), joins=has_words)
        if not is_wordless(line.content) or line.first:
            self._lines.extend(cut(line))

    def sheet(self, *, hashes: bool) -> Sheet:
        """Return the sheet of the lines that were added."""
        self._first.append(len(self._lines))
        inside = set(self._codes)
        for code in self._starts.values():
            first, within = self._first[code.first], (self._first[code.within[0]], self._first[code.within[1]])
            last = self._first[code.last]
            if code.cut:
                last = self._first[code.last - 1] + 1
                within = (first, last)
            self._codes[first] = Code(first, last, within, code.language)
            inside.update(range(first, last))
        skipped = frozenset(inside)
        markers = find_markers(self._lines, skipped | self._headings.keys(), hashes=hashes)
        for position in self._depths:
            if position not in markers and (found := marker_at(self._lines[position].content)):
                markers[position] = found
        depths = _nesting(self._lines, markers, self._depths)
        history = find_history(self._lines)
        return Sheet(self._lines, self._codes, skipped, self._headings, markers, depths, history)


def _nesting(lines: Sequence[Line], markers: Mapping[int, Marker], marked: Mapping[int, int]) -> dict[int, int]:
    """Return the nesting of every item: what Markdown says, else by its indentation below the items above it."""
    depths: dict[int, int] = {}
    above: list[tuple[int, str, int]] = []  # indentation, form and depth of the items that the next may be nested in
    for position, line in enumerate(lines):
        marker = markers.get(position)
        if marker is None:
            if line.content and line.indent == 0 and line.first:
                above.clear()
            continue
        if not line.first:
            indent = above[-1][0] if above and above[-1][1] == marker.form else (above[-1][0] if above else 0) + 1
        else:
            indent = line.indent
        while above and above[-1][0] >= indent:
            above.pop()
        depth = marked.get(position, above[-1][2] + 1 if above else 0)
        if marker.form == "section":
            depth = marker.ordinal.count(".")
        elif marker.form == "stars":
            depth = len(marker.ordinal) - 1
        depths[position] = depth
        above.append((indent, marker.form, depth))
    return depths
