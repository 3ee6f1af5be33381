"""Reads a request: from its text to a `Reading`, by rules and by weights that were learned.

The order: the language is checked; the structure gives blocks; sentences are cut into clauses, each with a role;
exclusions say what is left out; asks get their kind and object, then the request its domains, and the asks theirs of
these; facts are bound to asks; what nothing covers is unread. Every element is a verbatim part of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.request import Constraint, Context, ContextKind, Exclusion, Fact, Reading

from .asks import resolve
from .blocks import Block, Section
from .bound_facts import bound_facts
from .clause_roles import Role
from .clauses import LABEL
from .coverage import gaps, unread
from .evidence import Material
from .gather import Gathered, gather
from .knowledge import NO_KNOWLEDGE, Knowledge
from .language import language_of
from .lexicon import Lexicon
from .request_domains import with_request_domains
from .scoring import Scorer
from .stated_places import TOLD_SECTIONS, stated_facts
from .structure import blocks
from .taken_away import exclusions_of
from .tokens import tokens
from .verbatim import verbatim
from .word_sets import word_set

__all__ = ["Reader", "read", "verbatim"]

_GLUE = word_set("and or but then also plus so please nor otherwise else i.e e.g etc now just only")
_CONCERNS = 3.0  # score from which a constraint concerns a domain


class Reader(Protocol):
    """Reads a request. What another reader than `read` returns has to be passed through `verbatim`."""

    def __call__(self, text: str, cards: Sequence[Card], constraints: Sequence[str] = ()) -> Reading:
        """Return the reading of a text. Raises Refusal: LANGUAGE_NOT_READ."""
        ...


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text cut into clauses with their roles; its asks have the domains that the cards' phrases name in them."""

    language: str
    blocks: tuple[Block, ...]
    facts: tuple[Fact, ...]
    exclusions: tuple[Exclusion, ...]
    context: tuple[Context, ...]
    material: Material


def read(
    text: str, cards: Sequence[Card], constraints: Sequence[str] = (), knowledge: Knowledge = NO_KNOWLEDGE
) -> Reading:
    """Return the reading of a request.

    `constraints` came beside the text; they bind all work and choose no agent. Raises Refusal: LANGUAGE_NOT_READ.
    """
    parsed = parse(text, cards, knowledge)
    gathered, found = parsed.material.gathered, parsed.blocks
    asks = with_request_domains(parsed.material, knowledge.learned)
    limits = _constraints(text, gathered, parsed.material.scorer)
    reading = Reading(
        language=parsed.language,
        asks=asks,
        exclusions=parsed.exclusions,
        facts=tuple(bound_facts(parsed.facts, asks, parsed.exclusions, limits, found)),
        constraints=(*limits, *(Constraint(0, 0, line, given=True) for line in constraints)),
        attachments=tuple(attachment for attachment, _ in gathered.attachments),
        context=_in_order((*gathered.context, *parsed.context)),
    )
    covered = replace(reading, context=_in_order((*reading.context, *_glue(text, reading, found))))
    return replace(covered, unread=unread(text, covered.elements()))


def parse(text: str, cards: Sequence[Card], knowledge: Knowledge = NO_KNOWLEDGE) -> Parsed:
    """Cut a text into clauses and resolve them by the cards' phrases. Raises Refusal: LANGUAGE_NOT_READ."""
    found = blocks(text)
    lexicon = lexicon_of(cards)
    language = language_of(text, found, lexicon)
    facts = stated_facts(text, found, knowledge.names)
    scorer = Scorer(text, lexicon, cards, facts)
    gathered = gather(text, found, scorer)
    resolved = resolve(text, gathered, scorer, cards, knowledge.learned)
    if not resolved.asks and any(block.section in TOLD_SECTIONS for block in found):
        # Nothing else asks, so what stands under "Background" or "Actual" does.
        gathered = gather(text, [replace(block, section=Section.NONE) for block in found], scorer)
        resolved = resolve(text, gathered, scorer, cards, knowledge.learned)
    gathered = replace(gathered, placed=list(resolved.placed))
    exclusions = exclusions_of(resolved, scorer, knowledge.learned)
    excluded = frozenset(domain for exclusion in exclusions for domain in exclusion.domains)
    material = Material(
        tuple(resolved.asks), frozenset(resolved.foreign), frozenset(resolved.plain), excluded, gathered, scorer
    )
    return Parsed(language, tuple(found), tuple(facts), exclusions, tuple(resolved.context), material)


_lexicons: dict[tuple[int, ...], tuple[tuple[Card, ...], Lexicon]] = {}
_MOST_LEXICONS = 8


def lexicon_of(cards: Sequence[Card]) -> Lexicon:
    """Return the vocabulary of cards. The latest are kept, for making one takes longer than reading with it."""
    key = tuple(map(id, cards))  # the entry holds the cards, so that their ids stay theirs
    if key not in _lexicons:
        if len(_lexicons) >= _MOST_LEXICONS:
            _lexicons.clear()
        _lexicons[key] = tuple(cards), Lexicon(cards)
    return _lexicons[key][1]


def _in_order(context: Iterable[Context]) -> tuple[Context, ...]:
    return tuple(sorted(context, key=lambda element: element.start))


def _constraints(text: str, gathered: Gathered, scorer: Scorer) -> tuple[Constraint, ...]:
    found = []
    for placed in gathered.placed:
        if placed.clause.role is Role.CONSTRAINT:
            start, end = placed.clause.start, placed.clause.end
            domains = tuple(domain for domain, score in scorer.plain(start, end).items() if score >= _CONCERNS)
            found.append(Constraint(start, end, text[start:end], domains))
    return tuple(found)


def _glue(text: str, reading: Reading, found: Sequence[Block]) -> list[Context]:
    """Return what is left of the text where it only connects elements, or marks a block ("1.", "AC2", "```sql")."""
    glue = []
    for start, end in gaps(text, reading.elements()):
        if not any(block.start < end and start < block.end for block in found):
            glue.append(Context(start, end, text[start:end], ContextKind.FIELD))
        elif LABEL.fullmatch(text, start, end) or all(
            item.low in _GLUE or not item.word for item in tokens(text, start, end)
        ):
            glue.append(Context(start, end, text[start:end], ContextKind.LEAD_IN))
    return glue
