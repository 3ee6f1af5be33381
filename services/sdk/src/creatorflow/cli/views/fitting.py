"""Fits texts into a line of a given width: what is left out is marked by an ellipsis or counted, never dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from creatorflow.cli.text import cut, one_line

SHORTEST: Final = 40
"""Characters to which a part of a list is cut, at the least, so that more parts have room."""
_SENTENCE_END: Final = re.compile(r"[.!?](?= )")


def joined(parts: Sequence[str], width: int, where: str, *, separator: str = "; ") -> str:
    """Join clean one-line parts in at most `width` characters.

    Parts that do not fit are counted, with the name of the section that has all of them: `a; b; and 3 more (Reading)`.
    """
    text = separator.join(parts)
    if len(text) <= width:
        return text
    short = [cut(part, max(SHORTEST, width // len(parts))) for part in parts[:width]]
    for shown in range(len(short), 0, -1):
        text = separator.join(short[:shown]) + _counted(len(parts) - shown, where)
        if len(text) <= width:
            return text
    more = _counted(len(parts) - 1, where)
    return cut(parts[0], width - len(more)) + more


def spread(parts: Sequence[str], width: int, lines: int, where: str, *, separator: str = "; ") -> list[str]:
    """Join parts in at most `lines` lines of at most `width` characters; the last one counts those that do not fit."""
    rest = list(parts)
    written: list[str] = []
    while rest and len(written) < lines - 1:
        taken = 1
        while taken < len(rest) and len(separator.join(rest[: taken + 1])) <= width:
            taken += 1
        written.append(cut(separator.join(rest[:taken]), width))
        rest = rest[taken:]
    return [*written, joined(rest, width, where, separator=separator)] if rest else written


def _counted(left_out: int, where: str) -> str:
    return f"; and {left_out} more ({where})" if left_out else ""


def sentences(text: str, width: int) -> str:
    """Put a text on one line of at most `width` characters: whole, else its first sentences, else its beginning."""
    line = one_line(text)
    if len(line) <= width:
        return line
    ends = [end.end() for end in _SENTENCE_END.finditer(line, 0, width - 1)]
    return f"{line[: ends[-1]]} …" if ends and ends[-1] >= width // 2 else cut(line, width)
