"""Collects the blocks of a text, each under the section that is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from creatorflow_orchestrator.core.reading.blocks import Block, BlockKind, Section
from creatorflow_orchestrator.core.reading.lines import Line
from creatorflow_orchestrator.core.reading.tables import RowKind, Table

LABEL_LEVEL = 6
"""The level of a label, and of the names of a table's columns, among headings."""


class BlockWriter:
    """Adds blocks one after the other; a block without a section of its own gets the given one."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def add(
        self,
        line: Line,
        kind: BlockKind,
        section: Section,
        *,
        end: int = 0,
        depth: int = 0,
        checked: bool | None = None,
        language: str = "",
        value_start: int = 0,
        continues: bool = False,
    ) -> None:
        """Add a block from the start of a line to its end, or to `end`; an empty one is left out."""
        end = end or line.end
        if line.start < end:
            joined = continues or line.joins
            self.blocks.append(Block(line.start, end, kind, section, depth, checked, language, value_start, joined))

    def run(
        self,
        lines: Sequence[Line],
        kind: BlockKind,
        section: Section,
        *,
        depth: int = 0,
        checked: bool | None = None,
        language: str = "",
    ) -> None:
        """Add lines that belong together: one block, or one for each quoted line."""
        if not lines:
            return
        if not lines[0].quoted:
            self.add(lines[0], kind, section, end=lines[-1].end, depth=depth, checked=checked, language=language)
            return
        for number, line in enumerate(lines):
            more = number > 0
            self.add(line, kind, section, depth=depth, checked=checked, language=language, continues=more)

    def table(self, lines: Sequence[Line], table: Table, section: Section) -> None:
        """Add the rows of a table, and its data as one block."""
        data: list[Line] = []
        for row in table.rows:
            line = lines[row.position].piece(row.start, row.end)
            match row.kind:
                case RowKind.HEAD:
                    self.add(line, BlockKind.HEADING, section, depth=LABEL_LEVEL)
                case RowKind.TIMELINE:
                    self.add(line, BlockKind.TIMELINE, Section.EVIDENCE)
                case RowKind.ROW:
                    self.add(line, BlockKind.ROW, Section.NON_GOALS if row.excluded else section, checked=row.checked)
                case RowKind.DATA:
                    data.append(line)
                case _:
                    assert_never(row.kind)
        self.run(data, BlockKind.DATA, section, language="table")

    def last_kind(self) -> BlockKind | None:
        """Return the kind of the last block."""
        return self.blocks[-1].kind if self.blocks else None

    def kind_before_code(self) -> BlockKind:
        """Return the kind of what goes on behind code within a line."""
        before = next((block.kind for block in reversed(self.blocks) if block.kind is not BlockKind.CODE), None)
        return BlockKind.ITEM if before is BlockKind.ITEM else BlockKind.PARAGRAPH
