"""Says which places of a text state facts, and what kinds: prose all, a heading its bounds, a table its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from creatorflow_orchestrator.core.request import Fact, FactKind

from .blocks import Block, BlockKind, Section
from .facts import MOST_FACTS, find_facts
from .names import NO_NAMES, NameIndex

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
    r"included|deadline|due|until|within|sla|slo|required|wanted|should|must|may|how\s(?:fast|long|much|often|many)|up\sto|"
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
_BOUND = re.compile(r"\b(?:below|under|above|over|at\s(?:most|least)|up\sto|within|less\sthan|more\sthan|max|min)\s|[<>≤≥]")
_LONG = frozenset(("day", "week", "month", "year"))
_ON = re.compile(r"\bon\s(?:the\s)?$")


def stated_facts(text: str, found: Sequence[Block], names: NameIndex = NO_NAMES) -> tuple[Fact, ...]:
    """Return the facts that a text states: no history, no log, no record of a ticket, of the background only names."""
    prose = [(block.start, block.end) for block in found if _is_prose(text, block)]
    facts = [*find_facts(text, prose, names)]
    tables = [(at, block) for at, block in enumerate(found) if block.kind is BlockKind.DATA and _states(block)]
    for at, block in tables:
        head = found[at - 1] if at and found[at - 1].kind is BlockKind.HEADING else None
        facts += _of_table(text, block, text[head.start : head.end] if head else "", names)
    told = [(block.start, block.end) for block in found if _is_told(block)]
    facts += [fact for fact in find_facts(text, told, names) if fact.kind is FactKind.NAME] if told else ()
    headings = [(block.start, block.end) for block in found if block.kind is BlockKind.HEADING]
    facts += [fact for fact in find_facts(text, headings, names) if _binds(text, fact)] if headings else ()
    return tuple(sorted(facts, key=lambda fact: (fact.start, fact.end)))[:MOST_FACTS]


def _states(block: Block) -> bool:
    return block.section not in TOLD_SECTIONS and not block.checked


def _is_prose(text: str, block: Block) -> bool:
    if block.kind not in _PROSE or not _states(block):
        return False
    return block.kind is not BlockKind.FIELD or not _RECORDS.match(text, block.start, block.end)


def _is_told(block: Block) -> bool:
    return block.kind in _PROSE and block.section is Section.BACKGROUND


def _binds(text: str, fact: Fact) -> bool:
    """Return True for what a heading says and means: a name, a bound, a day "on" which something is."""
    if fact.kind is FactKind.NAME or fact.comparison not in (None, "="):
        return True
    return fact.kind is FactKind.DATE and _ON.search(text, max(0, fact.start - 8), fact.start) is not None


def _of_table(text: str, block: Block, head: str, names: NameIndex) -> Iterator[Fact]:
    """Yield what a table of data rules: its names, its bounds, and with a head that says so its amounts with units."""
    body = text[block.start : block.end]
    ruled = bool(_RULED.search(head) or _BOUND.search(body))
    measured = not ruled and _MEASURED.search(head) is not None
    for fact in find_facts(text, [(block.start, block.end)], names):
        if fact.kind is FactKind.QUANTITY:
            lasting = fact.unit.split("/")[0] in _LONG
            if fact.comparison != "=" or (fact.unit and (ruled or (lasting and not measured))):
                yield fact
        elif _binds(text, fact):
            yield fact
