"""The lines of a text, each with its place: quote marks and blanks at its edges are taken off."""

from __future__ import annotations

import re
from typing import NamedTuple

BLANKS = "".join(map(chr, (*range(0x21), 0x7F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F)))
BLANKS += "\u205f\u2060\u3000\ufeff"
"""What is taken off at the edges of a line: blanks, control characters (NUL), characters without width."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_QUOTE_MARKS = re.compile(r"(?:[ \t]{0,3}>)+")
_COMPARISON = re.compile(r"[ \t]{0,3}>{1,2}=?[ \t]{0,2}[$€£]?\d(?!\d{0,2}[.)]\s|\d?:\d|\d{0,3}[-/]\d)")
_TAB = 4


class Line(NamedTuple):
    """A line, or one piece of it: `content` is characters `start` to `end` of the text."""

    start: int
    end: int
    content: str
    indent: int = 0
    """Columns before the content, behind any quote marks."""
    quoted: int = 0
    """The number of `>` before it."""
    first: bool = True
    """Whether it begins its line: false for the second piece of a line and those after it."""
    joins: bool = False
    """Whether it goes on in the sentence of the piece before the code that is between the two."""

    def piece(self, start: int, end: int, *, joins: bool = False) -> Line:
        """Return the part between two positions of the content, without blanks at its edges."""
        first = self.first and start == 0
        return _trimmed(self.content[start:end], self.start + start, self.indent, self.quoted, first=first, joins=joins)


def split_lines(text: str, most: int) -> tuple[list[Line], int]:
    """Split a text at CRLF, CR and LF: at most `most` lines, and where the rest begins.

    A blank line has no content. Of several, one is kept; those before and behind the text are left out.
    """
    raw, end = _raw_lines(text, most)
    marks = [_quote_marks(content) for _, content in raw]
    lines: list[Line] = []
    for number, (start, content) in enumerate(raw):
        length = marks[number]
        if length and _COMPARISON.match(content) and not _quoted_beside(marks, number):
            length = 0
        rest = content[length:]
        line = _trimmed(rest, start + length, _indent(rest), content.count(">", 0, length))
        if line.content or (lines and (lines[-1].content or lines[-1].quoted != line.quoted)):
            lines.append(line)
    while lines and not lines[-1].content:
        lines.pop()
    return lines, end


def _raw_lines(text: str, most: int) -> tuple[list[tuple[int, str]], int]:
    """Return the place and the content of the lines that are not blank, and of one blank line between them."""
    raw: list[tuple[int, str]] = []
    for found in _LINE.finditer(text):
        content = found.group().rstrip("\r\n")
        if len(raw) == most:
            return raw, found.start()
        if content or (raw and raw[-1][1]):
            raw.append((found.start(), content))
    return raw, len(text)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch of a text without the blanks at its edges."""
    content = text[start:end]
    left = len(content) - len(content.lstrip(BLANKS))
    return start + left, start + len(content.rstrip(BLANKS)) if left < len(content) else start + left


def is_wordless(content: str) -> bool:
    """Whether nothing in a content is a letter or a digit: a rule, a fence, a lone sign."""
    return not any(map(str.isalnum, content))


def _quote_marks(content: str) -> int:
    if ">" not in content[:4]:
        return 0
    found = _QUOTE_MARKS.match(content)
    return found.end() if found else 0


def _quoted_beside(marks: list[int], number: int) -> bool:
    """Whether a line above or below is quoted too: "> 350 ms" alone is a comparison."""
    return any(marks[other] for other in (number - 1, number + 1) if 0 <= other < len(marks))


def _indent(content: str) -> int:
    if content[:1] not in (" ", "\t", "\xa0"):
        return 0
    columns = 0
    for character in content[:200]:
        if character == "\t":
            columns += _TAB - columns % _TAB
        elif character in (" ", "\xa0"):
            columns += 1
        else:
            break
    return columns


def _trimmed(content: str, start: int, indent: int, quoted: int, *, first: bool = True, joins: bool = False) -> Line:
    stripped = content.lstrip(BLANKS)
    start += len(content) - len(stripped)
    stripped = stripped.rstrip(BLANKS)
    return Line(start, start + len(stripped), stripped, indent, quoted, first, joins)
