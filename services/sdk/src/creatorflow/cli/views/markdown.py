"""Embeds text of agents in a Markdown document as text: markup in it cannot end a list, a cell or the page.

The text is parsed as Markdown without HTML, links, images, headings and tables, and rendered again. All that the parser
takes for text is escaped, so that a full Markdown parser takes it for text too. Paragraphs, lists, emphasis and code
are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from itertools import chain
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdformat.renderer import MDRenderer, RenderContext, RenderTreeNode

from creatorflow.cli.text import clean, one_line

_SPANS: Final = ("escape", "backticks", "emphasis", "newline")
_BLOCKS: Final = ("list", "blockquote", "fence", "code")
_NESTING: Final = 16
"""Maximum nesting of lists; viewers omit what is nested deeper than twenty levels."""
_SPECIAL: Final = re.compile(r"[\\`<\[\]|*~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_TABLE_RULE: Final = re.compile(r"(?m)^(?=:?-+:?$)")
"""Matches a line of a paragraph that would be read as the second line of a table with one column."""
_BLOCK_START: Final = re.compile(r"^(\d{0,9})([#>+=.)-])")
"""Matches the markup that begins a heading, a quotation, a list or a rule, with the character to escape."""
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,20}")
_DRAWN: Final = frozenset({"geojson", "math", "mermaid", "stl", "topojson"})
"""Languages that Markdown viewers draw as pictures instead of showing the code."""


def block(text: str) -> str:
    """Format a text of paragraphs, lists and code. A text that is nested too deeply is shown as a block of code."""
    env: dict[str, Any] = {}
    tokens = _parser(*_SPANS, *_BLOCKS).parse(f"{clean(text)}\n", env)  # else a fence left open has no last line
    if any(token.level >= _NESTING - 1 for token in tokens):
        return "\n".join(fenced(clean(text).split("\n"), "text"))
    for token in tokens:
        if token.type == "fence":
            token.info = _language(token.info)
    return _rendered(tokens, env)


def inline(text: str) -> str:
    """Format a text on one line, with emphasis and code."""
    return _spans(one_line(text), _SPANS)


def heading(text: str) -> str:
    """Format the text of a heading."""
    line = inline(text.lstrip("# "))
    return (f"{line[:-1]}\\#" if line.endswith("#") else line) or "untitled"


def cell(text: str) -> str:
    """Format a table cell. Viewers differ on a pipe within code in a table: a text with a pipe gets no code."""
    return _spans(one_line(text), [rule for rule in _SPANS if rule != "backticks" or "|" not in text])


def code(text: str) -> str:
    """Format a name as code, in backticks."""
    return f"`{one_line(text).replace('`', chr(39)).replace('|', '/') or '-'}`"


def fenced(lines: Iterable[str], language: str) -> Iterator[str]:
    """Format a block of code, in a fence longer than any in its lines."""
    body = list(lines)
    longest = max(map(len, chain.from_iterable(re.findall("`+", line) for line in body)), default=0)
    fence = "`" * max(3, longest + 1)
    return iter([f"{fence}{language}", *body, fence])


def item(text: str, *, mark: str = "-", end: str = "") -> str:
    """Format a list item; further lines of the text are indented, so that they belong to it."""
    first, *others = block(text).split("\n")
    indent = " " * (len(mark) + 1)
    lines = [f"{mark} {first}", *(f"{indent}{line}" if line.strip() else "" for line in others)]
    if not end:
        return "\n".join(lines)
    return "\n".join([*lines, "", f"{indent}{end}"] if others else [f"{lines[0]} {end}"])


def line_item(text: str, *, end: str = "") -> str:
    """Format a list item of one line, with emphasis and code; markup of blocks at its start is text."""
    line = _BLOCK_START.sub(r"\g<1>\\\g<2>", inline(text))
    return f"- {line} {end}".rstrip()


def quote(text: str) -> Iterator[str]:
    """Format a quotation."""
    return (f"> {line}".rstrip() for line in block(text).split("\n"))


def _text(node: RenderTreeNode, _: RenderContext) -> str:
    return _SPECIAL.sub(r"\\\g<0>", node.content)


def _paragraph(text: str, _: RenderTreeNode, __: RenderContext) -> str:
    return _TABLE_RULE.sub(r"\\", text)


class _Escaper:
    """An extension of the renderer that escapes special characters anywhere in a text."""

    RENDERERS: Final = {"text": _text}
    POSTPROCESSORS: Final = {"paragraph": _paragraph}


def _parser(*rules: str) -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": _NESTING}).enable(rules)
    parser.options["mdformat"] = {"number": True}  # 1. 2. 3., as the text is read unrendered too
    parser.options["parser_extension"] = [_Escaper]
    return parser


def _spans(line: str, rules: Iterable[str]) -> str:
    env: dict[str, Any] = {}
    return _rendered(_parser(*rules).parseInline(line, env), env)


def _rendered(tokens: list[Token], env: MutableMapping[str, Any]) -> str:
    options: Mapping[str, Any] = _parser().options
    return MDRenderer().render(tokens, options, env, finalize=False)


def _language(info: str) -> str:
    language = info.strip()
    return language if _LANGUAGE.fullmatch(language) and language.casefold() not in _DRAWN else ""
