"""Parsing of a rendered playbook, which is Markdown, into typed sections. Pure.

Only the syntax that playbooks need is parsed: `##` headings, lists, fenced code, paragraphs, code spans and escapes.
All else stays plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

OUTPUT_NAMES = {
    "Specification": "technical_specifications",
    "Steps": "implementation_steps",
    "Code": "code_examples",
    "Tests": "testing_requirements",
    "Deployment": "deployment_considerations",
    "Recommendations": "recommendations",
    "Next steps": "next_steps",
}
"""The sections of a playbook, each with its name in an output."""
SECTIONS = tuple(OUTPUT_NAMES)
LANGUAGES = frozenset({"python", "sql", "javascript", "typescript", "json", "toml"})
_MARKER = re.compile(r"\[([a-z0-9][a-z0-9 _-]{0,40})\]\s+")
_PATH = re.compile(r"[a-z0-9_][a-z0-9_-]*(?:/[a-z0-9_][a-z0-9_-]*)+(?:\.[a-z0-9]+)+")
_MARKDOWN = MarkdownIt("zero").enable(["heading", "list", "fence", "backticks", "escape"])


class DocumentError(ValueError):
    """A playbook's text does not have the form of a playbook; the message names the place."""


@dataclass(frozen=True, slots=True)
class Item:
    """One list item or paragraph; `marker` is the text in brackets before it (an environment, a subject)."""

    text: str
    marker: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One fenced block."""

    path: str
    language: str
    text: str


@dataclass(slots=True)
class Document:
    """The sections of a playbook: items by section, and files."""

    items: dict[str, list[Item]] = field(default_factory=lambda: {name: [] for name in SECTIONS if name != "Code"})
    files: list[File] = field(default_factory=list)


def parse(text: str) -> Document:
    """Parse a rendered playbook. Raises DocumentError for an unknown section or a misplaced block."""
    document, section = Document(), ""
    tokens = iter(_MARKDOWN.parse(text))
    for token in tokens:
        if token.type == "heading_open":
            section = _section(token, next(tokens))
            next(tokens)
        elif token.type == "fence":
            document.files.append(_file(token, section))
        elif token.type in _BLOCKS:
            if section not in document.items:
                raise DocumentError(f"text outside of a section, or prose in '## Code', near line {_line(token)}")
            document.items[section].extend(_BLOCKS[token.type](tokens))
    return document


def _section(opening: Token, content: Token) -> str:
    if opening.tag != "h2" or content.content not in SECTIONS:
        raise DocumentError(
            f"'{content.content}' is not a section; sections are '## ' and one of {', '.join(SECTIONS)}"
        )
    return content.content


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _file(token: Token, section: str) -> File:
    language, _, attributes = token.info.strip().partition(" ")
    path = attributes.strip().removeprefix("path=")
    if section != "Code":
        raise DocumentError(f"a fenced block is outside of '## Code', near line {_line(token)}")
    if language not in LANGUAGES or not _PATH.fullmatch(path):
        raise DocumentError(f"a fenced block needs 'language path=folder/file.ext', near line {_line(token)}")
    return File(path, language, token.content)


def _paragraph(tokens: Iterator[Token]) -> Iterator[Item]:
    content = next(tokens)
    next(tokens)
    yield from _item([content])


def _list(tokens: Iterator[Token]) -> Iterator[Item]:
    """Yield the items of one list; nested content belongs to its item's text."""
    depth, parts = 0, list[Token]()
    for token in tokens:
        if token.type == "fence":
            raise DocumentError("a fenced block is inside a list")
        if token.type == "inline":
            parts.append(token)
        elif token.type.endswith("list_close"):
            if depth == 0:
                return
            depth -= 1
        elif token.type.endswith("list_open"):
            depth += 1
        elif token.type == "list_item_close" and depth == 0:
            yield from _item(parts)
            parts = []


def _item(parts: list[Token]) -> Iterator[Item]:
    """Yield the item of these inline tokens. Markers are parsed before escapes are resolved: data is never one."""
    text = " ".join(filter(None, map(_plain, parts)))
    marker = _MARKER.match(parts[0].content) if parts else None
    if marker:
        yield Item(text.removeprefix(f"[{marker.group(1)}]").lstrip(), marker.group(1))
    elif text:
        yield Item(text)


def _plain(inline: Token) -> str:
    """Return the readable text on one line: escapes resolved, code spans kept in their backticks."""
    parts = (f"`{child.content}`" if child.type == "code_inline" else child.content for child in inline.children or ())
    return " ".join("".join(parts).split())


_BLOCKS: dict[str, Callable[[Iterator[Token]], Iterator[Item]]] = {
    "paragraph_open": _paragraph,
    "bullet_list_open": _list,
    "ordered_list_open": _list,
}
