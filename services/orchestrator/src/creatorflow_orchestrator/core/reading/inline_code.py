"""Code within a line of prose: a query, a tag of a page, a JSON object; and where the code of a line ends."""

from __future__ import annotations

import re

_SQL = re.compile(
    r"(?<![\w.-])(?:SELECT\s.{1,400}?\sFROM\s|INSERT\s{1,4}INTO\s|UPDATE\s{1,4}[\w.\"]{1,80}\s{1,4}SET\s"
    r"|DELETE\s{1,4}FROM\s|ALTER\s{1,4}TABLE\s|CREATE\s{1,4}(?:UNIQUE\s{1,4})?INDEX\s|EXPLAIN\s{1,4}ANALY[SZ]E\s)"
    r"|(?<![\w.-])select\s{1,4}(?:\*|[\w.,()* ]{1,80}?)\s{1,4}from\s{1,4}\w+(?:\s{1,4}(?:as\s{1,4})?\w{1,20})?\s{1,4}"
    r"(?:where|join|left|inner|order|limit|group|offset)\s"
    r"|(?<![\w.-])alter\s{1,4}table\s{1,4}\w+\s{1,4}(?:add|alter|drop|rename)\s"
)
_SQL_WORD = re.compile(r"\b(?:from|set|into|table|index|explain)\b", re.IGNORECASE)
_SQL_END = re.compile(
    r";|\s--\s|\s[–—]\s|\s#\s|(?<=[\w)'])[.?!](?=\s[A-Z]|$)"
    r"|(?<=\w),\s(?=(?:it|and|this|which|please|why|takes)\s)"
    r"|\s(?=(?:runs?|takes?|locks?|needs?|blocks?|fails?|returns?|times|hangs?|is(?!\s(?:not|null)\b))\s[a-z\d])"
)
_TAG = re.compile(r"<[A-Za-z][\w.:-]{0,60}(?:\s[^<>]{0,300})?(?:=>[^<>]{0,300}){0,4}>")
_JSON = re.compile(r"(?:\[\s{0,4})?\{\s{0,4}\"[^\"]{1,60}\"\s{0,4}:")
_BRACKET = re.compile(r"[{}\[\]]")
_PAIRS = {'"': '"', "`": "`", "'": "'", "“": "”"}
_WORDS_BEHIND = 2
_LONGEST = 20_000


def code_in_line(content: str) -> tuple[int, int, str] | None:
    """Return the first stretch of code in a line: its start, its end and its language."""
    if len(content) > _LONGEST:
        return None
    if "<" in content and (page := _page(content)):
        return (*page, "jsx")
    if '{"' in content.replace(" ", "") and (found := _JSON.search(content)):
        end = _closed(content, found.start())
        return (found.start(), end, "json") if end else None
    if _SQL_WORD.search(content) and (query := _SQL.search(content)):
        return query.start(), query.start() + _sql_length(content, query.start()), "sql"
    return None


def code_length(content: str) -> int:
    """Return how much of a line that ends a query is the query: what follows its semicolon may be prose."""
    found = content.find(";") + 1
    return found if found and _is_prose(content[found:]) else len(content)


def _sql_length(content: str, start: int) -> int:
    code = content[start:]
    opener = content[start - 1] if start else ""
    if opener in _PAIRS and (end := code.find(_PAIRS[opener])) > 0:
        return end
    for found in _SQL_END.finditer(code):
        end = found.end() if found.group() == ";" else found.start()
        if _is_prose(code[found.end() :]) or found.end() == len(code):
            return end
    return len(code)


def _is_prose(behind: str) -> bool:
    """Whether words follow, more than a remark of a word or a number."""
    return sum(word.strip(".,;:()?!").isalpha() for word in behind[:400].split()) >= _WORDS_BEHIND


def _page(content: str) -> tuple[int, int] | None:
    first = _TAG.search(content)
    if first is None:
        return None
    end = content.rfind(">") + 1
    inside = content[first.start() : end]
    if "</" in inside or "/>" in inside or "={" in inside or '="' in inside:
        return first.start(), max(end, first.end())
    return None


def _closed(content: str, start: int) -> int:
    """Return the place behind the bracket that closes the one at a place, 0 if none does."""
    depth = 0
    for found in _BRACKET.finditer(content, start):
        depth += 1 if found.group() in "{[" else -1
        if depth == 0:
            return found.end()
    return 0
