"""Text from agents inside a Markdown document: it stays text. No markup of theirs ends a list, a cell or the page.

It is parsed as Markdown without HTML, links, images, headings and tables, and the tree is written anew: what the
parser took for text is escaped, so that a reader of full Markdown takes it for text too. Paragraphs, lists, emphasis
and code stay what they are.
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
"""Levels up to which lists are read; readers leave out what is deeper than twenty."""
_SPECIAL: Final = re.compile(r"[\\`<\[\]|*~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_TABLE_RULE: Final = re.compile(r"(?m)^(?=:?-+:?$)")
"""Where a line of a paragraph would be the second of a table with one column."""
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,20}")
_DRAWN: Final = frozenset({"geojson", "math", "mermaid", "stl", "topojson"})
"""Languages that readers of Markdown draw pictures of, instead of showing the code."""


def block(text: str) -> str:
    """Paragraphs, lists and code of a text; nothing else is taken from it. Nested too deeply, it is shown as it is."""
    env: dict[str, Any] = {}
    tokens = _parser(*_SPANS, *_BLOCKS).parse(clean(text), env)
    if any(token.level >= _NESTING - 1 for token in tokens):
        return "\n".join(fenced(clean(text).split("\n"), "text"))
    for token in tokens:
        if token.type == "fence":
            token.info = _language(token.info)
    return _written(tokens, env)


def inline(text: str) -> str:
    """A text on one line, with emphasis and code."""
    return _spans(one_line(text), _SPANS)


def heading(text: str) -> str:
    """The text of a heading."""
    line = inline(text.lstrip("# "))
    return (f"{line[:-1]}\\#" if line.endswith("#") else line) or "untitled"


def cell(text: str) -> str:
    """The text of a table's cell. Readers differ on a pipe in code within a table: there it is no code."""
    return _spans(one_line(text), [rule for rule in _SPANS if rule != "backticks" or "|" not in text])


def code(text: str) -> str:
    """A name in backticks."""
    return f"`{one_line(text).replace('`', chr(39)).replace('|', '/') or '-'}`"


def fenced(lines: Iterable[str], language: str) -> Iterator[str]:
    """A block of code, in a fence that no line of it ends."""
    body = list(lines)
    longest = max(map(len, chain.from_iterable(re.findall("`+", line) for line in body)), default=0)
    fence = "`" * max(3, longest + 1)
    return iter([f"{fence}{language}", *body, fence])


def item(text: str, *, mark: str = "-", end: str = "") -> str:
    """A list item; further lines of the text are indented, so that they belong to it."""
    first, *others = block(text).split("\n")
    indent = " " * (len(mark) + 1)
    lines = [f"{mark} {first}", *(f"{indent}{line}" if line.strip() else "" for line in others)]
    if not end:
        return "\n".join(lines)
    return "\n".join([*lines, "", f"{indent}{end}"] if others else [f"{lines[0]} {end}"])


def quote(text: str) -> Iterator[str]:
    """A quotation."""
    return (f"> {line}".rstrip() for line in block(text).split("\n"))


def _text(node: RenderTreeNode, _: RenderContext) -> str:
    return _SPECIAL.sub(r"\\\g<0>", node.content)


def _paragraph(text: str, _: RenderTreeNode, __: RenderContext) -> str:
    return _TABLE_RULE.sub(r"\\", text)


class _Escaper:
    """An extension of the renderer: special characters of a text are escaped, wherever they stand in it."""

    RENDERERS: Final = {"text": _text}
    POSTPROCESSORS: Final = {"paragraph": _paragraph}


def _parser(*rules: str) -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": _NESTING}).enable(rules)
    parser.options["mdformat"] = {}
    parser.options["parser_extension"] = [_Escaper]
    return parser


def _spans(line: str, rules: Iterable[str]) -> str:
    env: dict[str, Any] = {}
    return _written(_parser(*rules).parseInline(line, env), env)


def _written(tokens: list[Token], env: MutableMapping[str, Any]) -> str:
    options: Mapping[str, Any] = _parser().options
    return MDRenderer().render(tokens, options, env, finalize=False)


def _language(info: str) -> str:
    language = info.strip()
    return language if _LANGUAGE.fullmatch(language) and language.casefold() not in _DRAWN else ""
