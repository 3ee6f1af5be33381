"""Finds code in a text, in a fence or pasted as it is: SQL, pages, JSON, logs, stack traces, commands, programs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from creatorflow_orchestrator.core.reading.code_forms import FORMS, CodeForm
from creatorflow_orchestrator.core.reading.inline_code import code_in_line, code_length
from creatorflow_orchestrator.core.reading.lines import Line

from .word_sets import word_set

_FENCE = re.compile(r"(?P<fence>`{3,1000}|~{3,1000})(?P<info>[^`]{0,300})(?P<end>`{3,1000})?$")
_LANGUAGES = word_set("""
    sql jsx js javascript ts tsx typescript json python py html css bash sh shell yaml yml log text txt plain java php
    go ruby rb diff http xml graphql console csv toml ini env kotlin swift rust c cpp cs vue mermaid
    """)
"""First words behind a fence that code may follow in the same line."""
_REMARKS = {"sql": "-- ", "javascript": "// ", "java": "// ", "php": "// "}
"""How a remark begins that stands right above code."""
_JSON_REST = re.compile(r"[\"{}\[\]]|\d")
_LOOKED_AT = 400
"""Characters of a line that are looked at."""
_BLANK_LINES = 1
"""Blank lines, beyond the first, that a program may have within itself."""


@dataclass(frozen=True, slots=True)
class Code:
    """Lines `first` to `last` (exclusive) are code; `within` are those without the fence.

    `skip` is the length of what stands before the code in its first line: the fence. `cut` is the length of the code in
    its last line, where prose or a fence follows it there; else 0.
    """

    first: int
    last: int
    within: tuple[int, int]
    language: str
    cut: int = 0
    skip: int = 0


def find_code(lines: Sequence[Line]) -> list[Code]:
    """Return the stretches of code, in order."""
    search, found, position = _Search(lines), list[Code](), 0
    while position < len(lines):
        code = search.fenced(position) or search.pasted(position)
        if code is None:
            position += 1
            continue
        if code.within[0] == code.first and code.language in _REMARKS:
            code = _with_remarks(lines, code, found[-1].last if found else 0)
        if found and _one(found[-1], code):
            code = replace(code, first=found[-1].first, within=(found[-1].first, code.last))
            found[-1] = code
        else:
            found.append(code)
        position = code.last
    return found


def _with_remarks(lines: Sequence[Line], code: Code, least: int) -> Code:
    """Return code with the remarks right above it: "-- weekly report"."""
    first = code.first
    while first > least and lines[first - 1].content.startswith(_REMARKS[code.language]):
        first -= 1
    return replace(code, first=first, within=(first, code.within[1])) if first < code.first else code


def _one(before: Code, code: Code) -> bool:
    unfenced = all((piece.first, piece.last) == piece.within and not piece.skip for piece in (before, code))
    return unfenced and before.last == code.first and before.language == code.language and not before.cut


class _Search:
    """One search through the lines. What it looked at in vain it does not look at again: the time stays linear."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._open_fences: dict[str, int] = {}
        self._never_balanced = False
        self._not_before = [0] * len(FORMS)

    def fenced(self, position: int) -> Code | None:
        """Return the code of the fence that a line opens, or `None`."""
        content = self._lines[position].content
        if content[:1] not in ("`", "~") or not (opening := _FENCE.match(content)):
            return None
        fence, info = opening["fence"], opening["info"].split()
        language, skip = info[0].strip("{}.").lower() if info else "", 0
        if opening["end"] or (len(info) > 1 and "=" not in info[1] and info[1][0] != "{"):
            language = language if language in _LANGUAGES else ""
            skip = content.index(info[0], len(fence)) + len(info[0]) * bool(language) if info else len(fence)
        if opening["end"]:
            return self._one_line(position, opening, language, skip)
        end, cut = self._closing(position + 1, fence)
        last = end + (end < len(self._lines))
        if last == end:
            end = last = self._blank(position + 1)  # so that no text is lost in a fence without its end
        end = last if cut else end
        language = language or _guess(self._lines[position + 1 : end])
        return Code(position, last, (position + (not skip), end), language, cut, skip)

    def _one_line(self, position: int, opening: re.Match[str], language: str, skip: int) -> Code | None:
        if not opening["info"].strip():
            return None
        return Code(position, position + 1, (position, position + 1), language, opening.end("info"), skip)

    def _closing(self, position: int, fence: str) -> tuple[int, int]:
        """Return the line that closes a fence, and the length of the code before the fence in it."""
        if len(fence) >= self._open_fences.get(fence[0], 10_000):
            return len(self._lines), 0
        for at in range(position, len(self._lines)):
            content = self._lines[at].content
            if content.startswith(fence) and not content.strip(fence[0]):
                return at, 0
            if content.endswith(fence) and content[0] != fence[0]:
                return at, len(content.rstrip(fence[0]))
        self._open_fences[fence[0]] = len(fence)
        return len(self._lines), 0

    def _blank(self, position: int) -> int:
        while position < len(self._lines) and self._lines[position].content:
            position += 1
        return position

    def pasted(self, position: int) -> Code | None:
        content = self._lines[position].content[:_LOOKED_AT]
        if not content:
            return None
        for number, form in enumerate(FORMS):
            if position >= self._not_before[number] and form.begins(content):
                last = self._balanced(position) if form.balanced else self._last(position, form)
                contents = [line.content[:_LOOKED_AT] for line in self._lines[position:last] if line.content]
                if last - position >= form.at_least and form.accepts(contents):
                    return self._accepted(position, last, form)
                self._not_before[number] = last
        return None

    def _accepted(self, position: int, last: int, form: CodeForm) -> Code | None:
        """Return the code, or `None` for one line in which prose follows: that is cut where lines are cut."""
        content = self._lines[last - 1].content
        if form.language not in ("sql", "jsx", "json"):
            return Code(position, last, (position, last), form.language)
        if last == position + 1 and (found := code_in_line(content)) and found[1] < len(content):
            return None
        cut = code_length(content) if form.language == "sql" else 0
        return Code(position, last, (position, last), form.language, cut if cut < len(content) else 0)

    def _last(self, position: int, form: CodeForm) -> int:
        first, last, at = self._lines[position], position + 1, position + 1
        while at < len(self._lines) and self._lines[at].quoted == first.quoted:
            line = self._lines[at]
            if line.content:
                if not form.goes_on(first, self._lines[last - 1], line):
                    break
                last = at + 1
            elif not form.spans_blanks or at - last > _BLANK_LINES:
                break
            at += 1
        return last

    def _balanced(self, position: int) -> int:
        """Return the line behind the one that closes all brackets, or the next that cannot be JSON if none does."""
        depth = 0
        for at in range(position, position if self._never_balanced else len(self._lines)):
            content = self._lines[at].content
            depth += content.count("{") + content.count("[") - content.count("}") - content.count("]")
            if depth <= 0:
                return at + 1
        self._never_balanced = True
        end = position + 1
        while end < len(self._lines) and _JSON_REST.match(self._lines[end].content):
            end += 1
        return end


def _guess(lines: Sequence[Line]) -> str:
    """Return the language of lines that are code for certain, by the first that is known; empty if none is."""
    contents = [line.content[:_LOOKED_AT] for line in lines[:20] if line.content]
    return next((form.language for content in contents for form in FORMS if form.begins(content)), "")
