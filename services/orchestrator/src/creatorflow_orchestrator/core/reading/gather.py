"""Goes through the blocks of a text and gathers clauses, contexts and attachments, each with its role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from creatorflow_orchestrator.core.request import Attachment, Context, ContextKind

from .announced_exclusions import announced
from .blocks import Block, BlockKind, Section
from .clause_roles import Role
from .clauses import Clause, clauses_of
from .grammar import finite_verb, low, start_of
from .left_out_titles import leaves_out
from .moods import Mood
from .negation_words import HEADS
from .predicates import answered
from .scoring import Scorer
from .section_names import section_labelled
from .sentences import Sentence, sentences
from .tokens import Token, tokens
from .word_sets import word_set

_ASKED_FIELDS = word_set(
    "fix todo wanted needed solution action actions summary title story request task feature goal ask wish need "
    "problem description issue bug"
)
_TITLED = 2  # sentences of a block among which its title is: "Section 4. Considered and rejected. ..."
_HEADING = 24  # tokens of a heading
_SHORT = 10  # tokens of a question that a word or two answer
_SPEAKING = word_set("i we they it he she that that's it's they're we're i'm")
_NO = word_set("no not never don't doesn't won't isn't aren't neither nor without nothing")
_TICKET = re.compile(r"[a-z][a-z0-9]{0,9}-\d{1,6}")
_TITLES = frozenset(
    [
        "summary",
        "title",
        "describe the bug",
        "bug",
        "issue",
        "problem",
        "the problem",
        "what happens",
        "what is wrong",
        "story",
        "user story",
        "request",
        "feature",
        "feature request",
        "ask",
        "wish",
        "what we want",
        "the ask",
        "task",
    ]
)
"""Labels above the matter itself."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A clause with the positions of its block and its sentence in the text."""

    clause: Clause
    block: int
    sentence: int
    form: BlockKind
    section: Section


@dataclass(slots=True)
class Gathered:
    """The contents of the blocks of a text."""

    placed: list[Placed] = field(default_factory=list)
    context: list[Context] = field(default_factory=list)
    attachments: list[tuple[Attachment, int]] = field(default_factory=list)
    """With the position of the block."""


MOST_CLAUSES = 600
"""Clauses of a text that are read; what follows them is unread."""


def gather(text: str, found: Iterable[Block], scorer: Scorer) -> Gathered:
    """Return the clauses, contexts and attachments of the blocks."""
    gathered = Gathered()
    title = False  # the heading above says that what follows is the matter itself
    left_out = False  # the heading above says that what follows is not wanted
    for position, block in enumerate(found):
        if block.kind is BlockKind.HEADING:
            title = text[block.start : block.end].strip(" \t:*#").lower() in _TITLES
            # Where the structure knows what it means, it knows how far it reaches.
            known = block.section in (Section.NON_GOALS, Section.GOALS)
            left_out = not known and _refuses(tokens(text, block.start, block.end)[:_HEADING])
        elif left_out and block.section in (Section.NONE, Section.BACKGROUND, Section.GOALS):
            block = replace(block, section=Section.NON_GOALS)
        kind = None if title and block.kind is BlockKind.PARAGRAPH else _context_kind(text, block)
        if kind is ContextKind.BACKGROUND and announced(tokens(text, block.start, block.end)[:_HEADING]):
            kind = None  # "Parked, do not start: ..."
        if block.kind in (BlockKind.CODE, BlockKind.DATA):
            attachment = Attachment(block.start, block.end, text[block.start : block.end], block.language)
            gathered.attachments.append((attachment, position))
        elif kind is not None:
            gathered.context.append(Context(block.start, block.end, text[block.start : block.end], kind))
        elif len(gathered.placed) < MOST_CLAUSES:
            _add(text, block, position, gathered, scorer, title)
            title = False
    return gathered


def _context_kind(text: str, block: Block) -> ContextKind | None:
    """Return the kind of context that a block is as a whole; `None` if it is read sentence by sentence."""
    if block.checked:
        return ContextKind.DONE
    match block.kind:
        case BlockKind.HEADING:
            return ContextKind.HEADING
        case BlockKind.QUOTE:
            return ContextKind.QUOTE
        case BlockKind.TIMELINE:
            return ContextKind.EVIDENCE
        case BlockKind.GREETING:
            return ContextKind.GREETING
        case BlockKind.SIGNATURE:
            return ContextKind.SIGNATURE
        case BlockKind.FIELD:
            name = _field_name(text, block)
            read = name in _ASKED_FIELDS or _leaves_out(name) or _TICKET.fullmatch(name)
            return None if read and block.value_start < block.end else ContextKind.FIELD
        case BlockKind.PARAGRAPH | BlockKind.LEAD_IN | BlockKind.ITEM | BlockKind.ROW | BlockKind.CODE | BlockKind.DATA:
            return _section_kind(block.section)
        case _:
            assert_never(block.kind)


def _section_kind(section: Section) -> ContextKind | None:
    match section:
        case Section.BACKGROUND | Section.GLOSSARY:
            return ContextKind.BACKGROUND
        case Section.EVIDENCE | Section.EXPECTED:
            return ContextKind.EVIDENCE
        case Section.NONE | Section.GOALS | Section.NON_GOALS | Section.CONSTRAINTS:
            return None
        case _:
            assert_never(section)


def _field_name(text: str, block: Block) -> str:
    return text[block.start : block.value_start].strip(" \t:*").lower()


def _add(text: str, block: Block, position: int, gathered: Gathered, scorer: Scorer, title: bool) -> None:
    start = max(block.start, block.value_start) if block.kind is BlockKind.FIELD else block.start
    if start > block.start:
        gathered.context.append(Context(block.start, start, text[block.start : start].rstrip(), ContextKind.FIELD))
    section = (
        Section.NON_GOALS if block.kind is BlockKind.FIELD and _leaves_out(_field_name(text, block)) else block.section
    )
    listed = block.kind in (BlockKind.ITEM, BlockKind.ROW)
    whole = section
    for at, sentence in enumerate(_answered(sentences(text, start, block.end))):
        if len(gathered.placed) >= MOST_CLAUSES:
            return
        if whole is Section.NONE and at < _TITLED and _is_title(sentence):
            section = Section.NON_GOALS  # "Measures considered and rejected. Hosting on premises."
            gathered.context.append(_title(text, sentence))
            continue
        for clause in _by_section(clauses_of(sentence, scorer, listed), section, listed, at):
            gathered.placed.append(
                Placed(clause, position, at, BlockKind.FIELD if title and at == 0 else block.kind, section)
            )


def _refuses(title: Sequence[Token]) -> bool:
    """True for the title "Why resellers were rejected", not for "Rejected orders"."""
    phrases = ((at + len(phrase), phrase) for at in range(len(title)) if (phrase := HEADS.at(title, at)))
    return any(len(phrase) > 1 or end == len(title) or not title[end].word for end, phrase in phrases)


def _is_title(sentence: Sentence) -> bool:
    words = [item.low for item in sentence.items]
    return finite_verb(sentence.items) < 0 and len(words) > 1 and leaves_out(" ".join(words), label=True)


def _title(text: str, sentence: Sentence) -> Context:
    start, end = sentence.items[0].start, sentence.items[-1].end
    return Context(start, end, text[start:end], ContextKind.HEADING)


def _answered(found: Iterable[Sentence]) -> Iterator[Sentence]:
    """Join a question with the word that answers it: "Billing? Not needed."."""
    asked: Sentence | None = None
    for sentence in found:
        if asked is not None:
            sentence = Sentence(sentence.items[_refusal(sentence.items) :], sentence.question)
            if answered(sentence.items, 0):
                sentence = Sentence(
                    (*asked.items, Token(":", asked.items[-1].end, asked.items[-1].end, False), *sentence.items)
                )
            else:
                yield asked
            asked = None
        if sentence.question and len(sentence.items) <= _SHORT:
            asked = sentence
        else:
            yield sentence
    if asked is not None:
        yield asked


def _refusal(items: Sequence[Token]) -> int:
    """Return where an answer in a few words refuses: behind the comma of "nice idea, not now"; 0 if it does not so."""
    comma = next((at for at, item in enumerate(items[:_SHORT]) if item.low == ","), 0)
    return comma + 1 if comma and len(items) <= _SHORT and answered(items, comma + 1) == len(items) else 0


def _by_section(found: Iterator[Clause], section: Section, listed: bool, at: int) -> Iterator[Clause]:
    """Give the clauses of a block's sentence, the one at `at`, the role that their section says.

    Behind the sentence that the section is for, a paragraph may ask again, and an item says why.
    """
    for number, clause in enumerate(found):
        first = at == 0 and number == 0
        if at and not listed and clause.role is Role.ASK and clause.mood in (Mood.IMPERATIVE, Mood.WISH):
            yield clause
        elif section is Section.NON_GOALS and _says_why(clause, listed and at > 0, first):
            yield Clause(clause.items, Role.LEAD, clause.mood)
        elif section is Section.NON_GOALS and clause.role is not Role.COURTESY:
            named = clause.named or clause.items
            yield Clause(clause.items, Role.EXCLUSION, Mood.PHRASE, clause.negation, named)
        elif section is Section.CONSTRAINTS and clause.role not in (Role.EXCLUSION, Role.COURTESY):
            yield Clause(clause.items, Role.CONSTRAINT, clause.mood)
        else:
            yield clause


def _says_why(clause: Clause, behind: bool, first: bool) -> bool:
    """True for what is said about what is left out: "they are printed by the scale", "I know what sells"."""
    if clause.negation is not None or first:
        return False
    words = [item.low for item in clause.items]
    why = low(clause.items, start_of(clause.items)) in _SPEAKING and not _NO.intersection(words)
    return clause.mood is not Mood.PHRASE and (behind or why)


__all__ = ["Gathered", "Placed", "gather"]


def _leaves_out(name: str) -> bool:
    """True for the name of a field whose value is not wanted: "out of scope"."""
    return section_labelled(name, valued=True) is Section.NON_GOALS
