"""What Markdown says about the lines of a text: headings, and how deep the items of its lists are nested.

Only block rules run, and only those that are needed: no inline parsing, no HTML, no references, no indented code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

from creatorflow_orchestrator.core.reading.lines import Line

_PARSER = MarkdownIt("commonmark", {"maxNesting": 12})
_PARSER.core.ruler.enableOnly(["normalize", "block"])
_PARSER.block.ruler.enableOnly(["hr", "list", "heading", "paragraph"])
_WIDEST = 40
_BREAK = "***"
"""Between quoted and own text: a rule ends every list."""


@dataclass(slots=True)
class Markup:
    """By position of the line: the level of a heading and the nesting of an item, both from 0."""

    headings: dict[int, int] = field(default_factory=dict)
    items: dict[int, int] = field(default_factory=dict)


def markdown(lines: Sequence[Line], code: frozenset[int]) -> Markup:
    """Parse lines as Markdown; those at the positions `code` are left blank."""
    source: list[str] = []
    origin: list[int] = []
    quoted = 0
    for position, line in enumerate(lines):
        if line.quoted != quoted:
            source.append(_BREAK)
            origin.append(-1)
            quoted = line.quoted
        source.append("" if position in code else " " * min(line.indent, _WIDEST) + line.content)
        origin.append(position)
    return _read("\n".join(source), origin)


def _read(source: str, origin: Sequence[int]) -> Markup:
    markup, depth = Markup(), -1
    for token in _PARSER.parse(source):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.map and token.type == "list_item_open":
            markup.items[origin[token.map[0]]] = depth
        elif token.map and token.type == "heading_open":
            markup.headings[origin[token.map[0]]] = int(token.tag[1]) - 1
    return markup
