"""Makes text from outside safe to show: terminal commands in the texts of agents and requests are removed."""

from __future__ import annotations

import json
import re
import textwrap
import unicodedata
from typing import Any
from uuid import UUID

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # control sequences: colours, cursor, erase
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]?"
)
_KEPT = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d")  # needed inside words of some scripts and inside emoji
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def clean(text: str) -> str:
    """Remove escape sequences, control characters and marks that change the direction of the text."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char in _KEPT or not _hidden(char))


def _hidden(char: str) -> bool:
    return char not in _JOINERS and unicodedata.category(char) in _HIDDEN


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Format a value as JSON, readable in every script; control characters are escaped, so that nothing is lost."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(char if char == "\n" or not _hidden(char) else json.dumps(char)[1:-1] for char in text)


def one_line(text: str, width: int = 0) -> str:
    """Clean `text` and put it on one line; with `width`, cut it to so many characters, ending in an ellipsis."""
    line = " ".join(clean(text).split())
    return line if width <= 0 else cut(line, width)


def cut(line: str, width: int) -> str:
    """Cut a line to at most `width` characters; a line that was longer ends in an ellipsis."""
    return line if len(line) <= width else line[: max(width - 1, 1)].rstrip() + "…"


def seconds(duration_ms: float) -> str:
    """Format a duration for people: `340 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`."""
    if duration_ms < 1000:
        return f"{duration_ms:.0f} ms"
    total = duration_ms / 1000
    if total < 60:
        return f"{total:.1f} s"
    minutes, remaining = divmod(int(total), 60)
    if minutes < 60:
        return f"{minutes} min {remaining:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def counted(number: int, thing: str) -> str:
    """Format a number with its noun: `1 step`, `7 steps`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def folded(line: str, width: int) -> str:
    """Wrap a line between words; the lines after the first are indented. A long word stays whole."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def repairs(saga: UUID | str, step: str) -> list[str]:
    """The step commands for a parked step, one per line with what it does."""
    return [
        f"  try it again:   creatorflow step retry {saga} {step} [--agent AGENT]",
        f"  go on without:  creatorflow step skip {saga} {step}",
        f"  do it yourself: creatorflow step complete {saga} {step} --output FILE",
    ]
