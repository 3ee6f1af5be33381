"""Says which places of a text state facts, and what kinds: prose all, a heading its bounds, a table its rules."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from creatorflow_orchestrator.core.request import Fact, FactKind

from .blocks import Block, BlockKind, Section
from .facts import MOST_FACTS, find_facts
from .names import NO_NAMES, NameIndex
from .stated.figure_roles import role_of_head
from .stated_cells import cell_facts, separator

TOLD_SECTIONS = frozenset((Section.EVIDENCE, Section.GLOSSARY, Section.BACKGROUND))
"""Sections whose text tells and does not ask."""
_SILENT = frozenset(
    (BlockKind.CODE, BlockKind.QUOTE, BlockKind.TIMELINE, BlockKind.GREETING, BlockKind.SIGNATURE)
)  # fmt: skip
_PROSE = frozenset((BlockKind.PARAGRAPH, BlockKind.LEAD_IN, BlockKind.ITEM, BlockKind.ROW, BlockKind.FIELD))
_RECORDS = re.compile(
    r"[\[*_\s]{0,3}(?:\d|(?:sent|date|from|to|cc|received|created|updated|opened|reported|closed|resolved|last\s\w+|status|state|"
    r"story\spoints|points|estimate|original\sestimate|time\sspent|sprint|priority|prio|severity|version|versions|labels|"
    r"affects|fix|found\sin|type|ticket|issue|ref|reference|key|id|jira|phone|tel|mobile|os|browser|device|build|"
    r"author|owner|reviewed|reviewers?|assignee|reporter|customer|contact|revision|document)\b)",
    re.IGNORECASE,
)
"""How a field begins that is kept for the record of a ticket or a mail, and asks nothing."""
_RULED = re.compile(
    r"\b(?:price|fee|costs?|plan|tier|target|goal|limit|max(?:imum)?|min(?:imum)?|window|keep|keeps|kept|retention|allowance|"
    r"included|deadline|due|reorder|until|within|sla|slo|required|wanted|should|must|may|how\s(?:fast|long|much|often|many)|up\sto|"
    r"threshold|quota|budget|period|interval|beyond)\b",
    re.IGNORECASE,
)
"""What the head of a table says whose figures are rules."""
_MEASURED = re.compile(
    r"\b(?:today|now|current(?:ly)?|measured|observed|avg|average|mean|median|p\d\d|calls|rows|took|taken|duration|elapsed|"
    r"count|errors?|timestamp|date|since|before|actual|last|query|route|endpoint)\b",
    re.IGNORECASE,
)
"""What the head of a table says whose figures are measurements."""
_DUE = re.compile(r"\b(?:until|deadline|due|start|end|freeze|go-live|launch|ready|by|when)\b", re.IGNORECASE)
_BOUND = re.compile(
    r"\b(?:below|under|above|over|at\s(?:most|least)|up\sto|within|less\sthan|more\sthan|max|min)\s|[<>≤≥]"
)
_RATES = frozenset(("hour", "day", "week", "month", "year"))
_LONG = frozenset(("day", "week", "month", "year"))
_LINE = re.compile(r"[^\n]{1,4000}")
_ON = re.compile(r"\bon\s(?:the\s)?$")


def stated_facts(text: str, found: Sequence[Block], names: NameIndex = NO_NAMES) -> tuple[Fact, ...]:
    """Return the facts that a text states: no history, no log, no record of a ticket, of the background only names."""
    rows = list(_rows(text, found))
    places = {
        _all: [(block.start, block.end) for block in found if _is_prose(text, block)],
        _is_name: [(block.start, block.end) for block in found if _is_told(block)],
        _binds: [(block.start, block.end) for block in found if block.kind is BlockKind.HEADING],
        _rules: [(row.start, row.end) for row in rows if row.data],
    }
    facts = [
        fact
        for counts, spans in places.items()
        if spans
        for fact in find_facts(text, spans, names)
        if counts(text, fact, _row_of(rows, fact))
    ]
    facts += _of_cells(text, rows, facts)
    ordered = sorted(facts, key=lambda fact: (fact.start, fact.end))[:MOST_FACTS]
    return tuple(_with_role(text, fact, _row_of(rows, fact)) for fact in ordered)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: of `data`, or one that asks; `head` and `roles` are what the head says of its columns."""

    start: int
    end: int
    data: bool
    head: str
    roles: tuple[str, ...]
    ruled: bool = False


def _rows(text: str, found: Sequence[Block]) -> Iterator[_Row]:
    """Yield the rows of the tables that state something, in their order."""
    head = ""
    roles: tuple[str, ...] = ()
    for at, block in enumerate(found):
        if block.kind not in (BlockKind.ROW, BlockKind.DATA):
            continue
        before = found[at - 1] if at else block
        if before.kind is not BlockKind.ROW or block.kind is BlockKind.DATA:
            head = text[before.start : before.end] if before.kind is BlockKind.HEADING else ""
            roles = tuple(role_of_head(cell) for cell in head.strip("|").split(separator(head)))
        if not _states(block):
            continue
        if block.kind is BlockKind.ROW:
            yield _Row(block.start, block.end, False, head, roles)
            continue
        body = text[block.start : block.end]
        ruled = bool(_RULED.search(head) or _BOUND.search(body))
        for line in _LINE.finditer(body):
            yield _Row(block.start + line.start(), block.start + line.end(), True, head, roles, ruled)


def _of_cells(text: str, rows: Sequence[_Row], facts: list[Fact]) -> Iterator[Fact]:
    """Yield what bare numbers of tables state, in place of what was read of them without their head."""
    tables: dict[str, list[_Row]] = {}
    for row in rows:
        tables.setdefault(row.head, []).append(row)
    begun = {fact.start: fact for fact in facts}
    for head, own in tables.items():
        for fact in cell_facts(text, head.strip(), [(row.start, row.end) for row in own]):
            known = begun.get(fact.start)
            of = _row_of(rows, fact)
            if known is not None and (known.unit or known.kind is FactKind.NAME):
                continue
            if of is not None and (not of.data or _is_rule(fact, of)):
                if known is not None:
                    facts.remove(known)
                yield fact


def _is_rule(fact: Fact, row: _Row) -> bool:
    """Return True for a plan, an amount under a head that rules, and how much there is of something in a time."""
    if fact.kind is FactKind.NAME or row.ruled:
        return True
    rate = fact.unit.rpartition("/")[2] in _RATES
    return (rate or fact.role in ("usual", "peak")) and not _MEASURED.search(row.head)


def _row_of(rows: Sequence[_Row], fact: Fact) -> _Row | None:
    at = bisect_right(rows, fact.start, key=lambda row: row.start) - 1
    return rows[at] if at >= 0 and fact.start < rows[at].end else None


def _with_role(text: str, fact: Fact, row: _Row | None) -> Fact:
    """Return a figure with the role that the head of its column gives: "Now", "Target"."""
    if row is None or fact.role or fact.kind is not FactKind.QUANTITY:
        return fact
    column = text[row.start : fact.start].lstrip("|").count(separator(text[row.start : row.end]))
    return replace(fact, role=row.roles[column]) if column < len(row.roles) else fact


def _states(block: Block) -> bool:
    return block.section not in TOLD_SECTIONS and not block.checked


def _is_prose(text: str, block: Block) -> bool:
    if block.kind not in _PROSE or not _states(block):
        return False
    return block.kind is not BlockKind.FIELD or not _RECORDS.match(text, block.start, block.end)


def _is_told(block: Block) -> bool:
    return block.kind in _PROSE and block.section is Section.BACKGROUND


def _all(text: str, fact: Fact, row: _Row | None) -> bool:
    return True


def _is_name(text: str, fact: Fact, row: _Row | None) -> bool:
    return fact.kind is FactKind.NAME


def _binds(text: str, fact: Fact, row: _Row | None) -> bool:
    """Return True for what a heading says and means: a name, a bound, a day "on" which something is."""
    if fact.kind is FactKind.NAME or fact.comparison not in (None, "="):
        return True
    return fact.kind is FactKind.DATE and _ON.search(text, max(0, fact.start - 8), fact.start) is not None


def _rules(text: str, fact: Fact, row: _Row | None) -> bool:
    """Return True for what a table of data rules: names, bounds, and under a head that says so amounts with units."""
    if row is not None and fact.kind is FactKind.DATE and _DUE.search(f"{row.head} {text[row.start : fact.start]}"):
        return True
    if fact.kind is not FactKind.QUANTITY or fact.comparison != "=" or row is None:
        return _binds(text, fact, row)
    lasting = fact.unit.split("/")[0] in _LONG and not _MEASURED.search(row.head)
    return bool(fact.unit) and (row.ruled or lasting or _is_rule(fact, row))
