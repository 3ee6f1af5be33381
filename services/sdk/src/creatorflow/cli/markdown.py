"""Text from agents inside a Markdown document: it stays text. No markup of theirs ends a list, a cell or the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .text import clean, one_line

_SPAN: Final = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_IMAGE: Final = re.compile(r"!(?=\[)")


def block(text: str) -> str:
    """A paragraph: no HTML is taken from it, and no picture is loaded by it; code in backticks stays as it is."""
    parts = _SPAN.split(clean(text).strip())
    return "".join(part if at % 2 else _IMAGE.sub(r"\\!", _TAG.sub("&lt;", part)) for at, part in enumerate(parts))


def heading(text: str) -> str:
    """The text of a heading."""
    return block(text).lstrip("# ") or "untitled"


def cell(text: str) -> str:
    """The text of a table's cell."""
    return block(one_line(text)).replace("|", "\\|")


def code(text: str) -> str:
    """A name in backticks."""
    return f"`{one_line(text).replace('`', chr(39)).replace('|', '/')}`"


def item(text: str, *, mark: str = "-", end: str = "") -> str:
    """A list item; further lines of the text are indented, so that they belong to it."""
    lines = block(text).splitlines() or [""]
    indent = " " * (len(mark) + 1)
    told = [f"{mark} {lines[0]}", *(f"{indent}{line}" if line.strip() else "" for line in lines[1:])]
    if not end:
        return "\n".join(told)
    separate = len(lines) > 1
    return "\n".join([*told, f"{indent}{end}"] if separate else [f"{told[0]} {end}"])


def quote(text: str) -> Iterator[str]:
    """A quotation."""
    return (f"> {line}".rstrip() for line in block(text).splitlines())
