"""The structure of a request's text: its blocks, each with its kind, its section and its exact place.

Markdown and what is pasted beside it: plain lists, tickets, mail, tables, timelines, code without a fence. Pure, and in
time linear in the text: its first 2,000 lines have structure, what follows is one block.
"""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.reading.block_builder import BlockBuilder
from creatorflow_orchestrator.core.reading.blocks import Block, BlockKind, Section
from creatorflow_orchestrator.core.reading.line_roles import find_elements
from creatorflow_orchestrator.core.reading.lines import split_lines, trimmed
from creatorflow_orchestrator.core.reading.sheet import lay_out

_LINES_AT_MOST = 2000
_AROUND = (BlockKind.HEADING, BlockKind.FIELD, BlockKind.GREETING, BlockKind.SIGNATURE)


def blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text, in order; they do not overlap, and between them are only markup and blanks."""
    lines, end = split_lines(text, _LINES_AT_MOST)
    sheet = lay_out(lines)
    found = BlockBuilder(sheet, find_elements(sheet)).build()
    start, end = trimmed(text, end, len(text))
    if start < end:
        found.append(Block(start, end, *_kind_of_rest(found)))
    return tuple(_read_titles(found))


def _read_titles(found: list[Block]) -> list[Block]:
    """A text of headings alone asks by them: they are read as paragraphs."""
    if any(block.kind not in _AROUND for block in found):
        return found
    return [
        replace(block, kind=BlockKind.PARAGRAPH, depth=0) if block.kind is BlockKind.HEADING else block
        for block in found
    ]


def _kind_of_rest(found: list[Block]) -> tuple[BlockKind, Section]:
    """What follows is more of a long log or table, if one reaches to the last line; else it is prose."""
    last = found[-1] if found else None
    if last is not None and last.kind in (BlockKind.CODE, BlockKind.DATA):
        return last.kind, last.section
    return BlockKind.PARAGRAPH, Section.NONE
