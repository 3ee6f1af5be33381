"""The project's own documents read as Markdown: fenced blocks, links, pictures and rows of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Markdown:
    """The parts of a document, in its order."""

    fences: list[tuple[str, str]] = field(default_factory=list)
    """Language and text."""
    links: list[str] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    """Words and target."""
    rows: list[list[str]] = field(default_factory=list)
    """The cells of each row of a table, as they are written."""
    headings: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Code within a line."""


def read(text: str) -> Markdown:
    """Parse `text`."""
    found = Markdown()
    previous = ""
    for token in _flat(MarkdownIt("commonmark").enable("table").parse(text)):
        match token.type:
            case "fence":
                found.fences.append((token.info, token.content))
            case "link_open":
                found.links.append(str(token.attrs["href"]))
            case "image":
                found.pictures.append((token.content, str(token.attrs["src"])))
            case "tr_open":
                found.rows.append([])
            case "code_inline":
                found.codes.append(token.content)
            case "inline" if previous == "heading_open":
                found.headings.append(token.content)
            case "inline" if found.rows and token.level and token.meta.get("cell"):
                found.rows[-1].append(token.content)
        previous = token.type
    return found


def _flat(tokens: list[Token]) -> Iterator[Token]:
    cell = False
    for token in tokens:
        if token.type in ("td_open", "th_open", "td_close", "th_close"):
            cell = token.nesting == 1
        if token.type == "inline":
            token.meta["cell"] = cell
        yield token
        yield from token.children or ()
