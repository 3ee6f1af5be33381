"""Tables in a text: Markdown's, and rows that are separated by pipes, tabs, commas, semicolons or columns of blanks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from creatorflow_orchestrator.core.reading.lines import Line
from creatorflow_orchestrator.core.reading.timeline import is_entry

from .word_sets import word_set

_RULE = re.compile(r"[|+:\s=-]{3,2000}$")
_TABS = re.compile(r"\t+")
_GAP = re.compile(r"(?<![.!?:])\s{2,}(?=\S)")
_SENTENCE_WORDS = 4
_ASKING = word_set("""
    requirement requirements feature features task tasks story stories action actions item need needs ask asks todo
    description request what wish goal goals deliverable work
    """)
_DONE = frozenset(
    ("done", "closed", "shipped", "live", "complete", "completed", "finished", "[x]", "x", "✅", "✔", "☑", "yes ✅")
)
_DECIDED = frozenset(
    ("status", "state", "prio", "priority", "decision", "decided", "verdict", "who", "when", "owner", "release")
)
"""Columns that say of each row whether it is wanted, if one of them says that it is not."""
_STATUS = frozenset(("status", "state", "done", "done?", "progress"))
_OUT = frozenset(
    (
        "out",
        "out of scope",
        "won't",
        "wont",
        "won't have",
        "not now",
        "later",
        "no-go",
        "excluded",
        "not needed",
        "dropped",
        "parked",
        "descoped",
        "not you",
        "not wanted",
        "not in scope",
        "postponed",
        "deferred",
        "not yet",
        "rejected",
        "declined",
        "refused",
        "withdrawn",
        "shelved",
        "scrapped",
        "vetoed",
    )
)
_SCOPE = word_set(
    "decision decision? scope in in? out? wanted wanted? included included? include? needed needed? need? now now? v1 "
    "v1? mvp mvp? build "
    "build? do do? do? todo in-scope yours ours we approved approved? agreed agreed? accepted accepted?"
)
_SCOPE_NAMES = frozenset(
    (
        *("in scope", "in scope?", "in the scope?", "part of this", "part of this?", "part of it?", "in this release"),
        *("in this release?", "for you", "for you?", "to do", "to do?", "to build", "in v1", "in v1?"),
        *("yes/no", "y/n", "yes/no/later"),
        *("our job", "our job?", "your job", "your job?", "ours?", "yours?"),
        *("this time", "this time?", "this quarter", "this quarter?", "in mvp", "in mvp?", "must have", "must have?"),
    )
)
"""Columns in which "no" leaves a row out."""
_REFUSED = word_set("no n ✗ ✘ ❌ ✖ - – — nope never none out later") | {"not now", "not yet", "no!", "next year"}
_WON_T = re.compile(r"(?:no|later|out|not (?:now|yet|needed|wanted|this)|won't|next (?:year|quarter))\b[\s,;:(–—-]")
_COLUMNS_AT_MOST = 200
_ROWS_AT_MOST = 2000
_LONGEST = 4000
_WIDEST_CELL = 40
_Stretch = tuple[int, int, tuple[str, ...]]
"""The start and the end of a line's cells, and the cells."""
_Split = Callable[[str], _Stretch | None]


class RowKind(StrEnum):
    """The content of a row: names of columns, a sentence or an ask, data, or an entry with a clock time."""

    HEAD = "head"
    ROW = "row"
    DATA = "data"
    TIMELINE = "timeline"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the position of its line, and the places of its first and last cell within the line."""

    position: int
    start: int
    end: int
    kind: RowKind
    checked: bool | None = None
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Lines `first` to `last` (exclusive), and their rows; a rule between rows is none."""

    first: int
    last: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Cells:
    position: int
    start: int
    end: int
    cells: tuple[str, ...]


def table_at(lines: Sequence[Line], position: int, may_be_row: Callable[[int], bool]) -> Table | None:
    """Return the table that begins at a line, or `None`. `may_be_row` knows lines that are something else."""
    for split, least in _SPLITS:
        found = _rows(lines, position, may_be_row, split)
        if len(found) < least:
            continue
        last = found[-1].position + 1
        if last < len(lines) and split is _by_pipes and _RULE.match(lines[last].content):
            last += 1
        return Table(position, last, tuple(_classified(found)))
    return None


def _rows(lines: Sequence[Line], position: int, may_be_row: Callable[[int], bool], split: _Split) -> list[_Cells]:
    found: list[_Cells] = []
    for at in range(position, min(len(lines), position + _ROWS_AT_MOST)):
        content = lines[at].content
        if lines[at].quoted != lines[position].quoted or len(content) > _LONGEST or not may_be_row(at):
            break
        if split is _by_pipes and found and _RULE.match(content):
            continue
        stretch = split(content)
        if stretch is None:
            break
        start, end, cells = stretch
        framed = split is _by_pipes and content[0] == "|"
        if found and not framed and len(cells) != len(found[0].cells):
            break
        found.append(_Cells(at, start, end, cells))
    return found


def _by_pipes(content: str) -> _Stretch | None:
    if "|" not in content[1:] or _RULE.match(content):
        return None
    start = 1 if content[0] == "|" else 0
    end = len(content) - 1 if content[-1] == "|" else len(content)
    cells = content[start:end].split("|")
    if len(cells) < 2 and start == 0:
        return None
    return start, end, tuple(cell.strip() for cell in cells[:_COLUMNS_AT_MOST])


def _by_tabs(content: str) -> _Stretch | None:
    if "\t" not in content:
        return None
    return 0, len(content), tuple(cell.strip() for cell in _TABS.split(content)[:_COLUMNS_AT_MOST])


def _by_commas(content: str) -> _Stretch | None:
    return None if ", " in content else _by_sign(content, ",")


def _by_semicolons(content: str) -> _Stretch | None:
    return None if "; " in content or content.endswith(";") else _by_sign(content, ";")


def _by_sign(content: str, sign: str) -> _Stretch | None:
    return (0, len(content), tuple(content.split(sign)[:_COLUMNS_AT_MOST])) if sign in content else None


def _by_gaps(content: str) -> _Stretch | None:
    if "  " not in content:
        return None
    cells = _GAP.split(content)[:_COLUMNS_AT_MOST]
    return (0, len(content), tuple(cells)) if len(cells) > 1 and max(map(len, cells)) <= _WIDEST_CELL else None


_SPLITS: tuple[tuple[_Split, int], ...] = (
    (_by_pipes, 2),
    (_by_tabs, 2),
    (_by_commas, 3),
    (_by_semicolons, 3),
    (_by_gaps, 3),
)
"""How the cells of a row may be separated, and how many rows make a table."""


def _classified(found: Sequence[_Cells]) -> list[Row]:
    first = found[0]
    ruled = len(found) > 1 and found[1].position > first.position + 1
    headed = ruled or (len(found) > 2 and _names_columns(first.cells))
    body = found[1:] if headed else found
    names = tuple(cell.lower().strip("*_ ") for cell in first.cells) if headed else ()
    asking = _asks(names, [row.cells for row in body])
    timeline = bool(body) and sum(_is_time(row.cells[0]) for row in body) * 2 > len(body)
    kind = RowKind.TIMELINE if timeline else RowKind.ROW if asking else RowKind.DATA
    head = [Row(first.position, first.start, first.end, RowKind.HEAD)] if headed else []
    return head + [_row(row, names, kind) for row in body]


def _row(cells: _Cells, names: Sequence[str], kind: RowKind) -> Row:
    lower = [cell.lower() for cell in cells.cells]
    done = any(cell in _DONE and (index >= len(names) or names[index] in _STATUS) for index, cell in enumerate(lower))
    checked = True if done and kind is RowKind.ROW else None
    scoped = [cell for name, cell in zip(names, lower, strict=False) if name in _SCOPE or name in _SCOPE_NAMES]
    out = any(map(_is_out, lower)) or any(cell in _REFUSED or _WON_T.match(cell) for cell in scoped)
    return Row(cells.position, cells.start, cells.end, kind, None if out else checked, out)


def _is_out(cell: str) -> bool:
    return cell in _OUT or "not you" in cell


def _is_time(cell: str) -> bool:
    return is_entry(cell + " x")


def _names_columns(cells: Sequence[str]) -> bool:
    return all(cell and not any(character.isdigit() for character in cell) and len(cell.split()) <= 3 for cell in cells)


def _asks(names: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    if any(
        name in _DECIDED and any(len(row) > at and _is_out(row[at].lower()) for row in body)
        for at, name in enumerate(names)
    ):
        return True
    if any(name in _ASKING or name in _SCOPE or name in _SCOPE_NAMES for name in names):
        return True
    width = max((len(cells) for cells in body), default=0)
    for column in range(min(width, 20)):
        wordy = sum(len(cells) > column and len(cells[column].split()) >= _SENTENCE_WORDS for cells in body)
        if wordy * 2 >= len(body):
            return bool(body)
    return False
