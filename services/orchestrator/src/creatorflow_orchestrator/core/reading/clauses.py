"""Clauses of a sentence, each with its role: an ask, an exclusion, a problem reported, what is done, a constraint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .clause_domains import Domains
from .clause_roles import Role, role_of
from .cuts import cut
from .dismissals import dismissals
from .exclusions import negations
from .grammar import anaphoric, low, start_of, unknown_verb
from .moods import Mood, mood
from .negation import Negation
from .sentences import Sentence
from .tokens import Token


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a sentence with its role; an exclusion has its `negation`, whose places count in `sentence`."""

    items: tuple[Token, ...]
    role: Role
    mood: Mood
    negation: Negation | None = None
    named: tuple[Token, ...] = ()
    """The tokens of what an exclusion names."""
    leads: bool = False
    """True if it announces what follows ("We need:")."""

    @property
    def start(self) -> int:
        """The place of its first character."""
        return self.items[0].start

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.items[-1].end

    @property
    def anaphoric(self) -> bool:
        """True if what it is about is said elsewhere ("fix it")."""
        return anaphoric(self.items, start_of(self.items))


_CONNECTIVES = frozenset(("and", "then", "plus", "but", "&", "or", "so", "nor", "otherwise", "also"))
LABEL = re.compile(
    r"(?:[a-z]{1,6}-?)?\d{1,5}(?:\.\d{1,3}){0,3}|[a-z]|fix|feat|feature|bug|story|task|chore|todo|ask|request|wish",
    re.IGNORECASE,
)
"""What may stand before a colon and says nothing about the work: "AC1", "2.1", "b", "fix"."""

_MAY = frozenset(("should", "shall", "do", "does", "may", "can", "could", "would"))
_ASKING = frozenset(("fix", "feat", "feature", "bug", "story", "task", "todo", "ask", "request", "wish"))


def clauses_of(sentence: Sentence, domains: Domains, listed: bool = False) -> Iterator[Clause]:
    """Yield the clauses of a sentence in order; words that only connect them are in none."""
    items = sentence.items
    labelled = len(items) > 2 and items[1].low == ":" and LABEL.fullmatch(items[0].low) is not None
    at = 2 if labelled else 0
    for clause in _clauses(sentence, domains, listed, at):
        reported = clause.role in (Role.REPORT, Role.STATEMENT)
        yield replace(clause, role=Role.ASK) if reported and labelled and items[0].low in _ASKING else clause


def _clauses(sentence: Sentence, domains: Domains, listed: bool, at: int) -> Iterator[Clause]:
    items = sentence.items
    found = [negation for negation in negations(items) if _excludes(sentence, negation, domains)]
    if not sentence.question:
        found = _with(found, [extra for extra in dismissals(items) if _excludes(sentence, extra, domains)])
    for negation in found:
        yield from _plain(items[at : negation.start], sentence.question, domains, listed)
        words = items[negation.start : negation.end]
        yield Clause(words, Role.EXCLUSION, Mood.PHRASE, negation, items[negation.first : negation.last])
        at = negation.end
    yield from _plain(items[at:], sentence.question, domains, listed)


def _with(found: Sequence[Negation], more: Sequence[Negation]) -> list[Negation]:
    """Return negations with those of `more` that none of them overlaps, in order."""
    kept = list(found)
    for extra in more:
        if all(extra.end <= other.start or other.end <= extra.start for other in kept):
            kept.append(extra)
    return sorted(kept, key=lambda extra: extra.start)


def _excludes(sentence: Sentence, negation: Negation, domains: Domains) -> bool:
    if sentence.question and _asked_no(sentence.items, negation):
        return False
    named = sentence.items[negation.first : negation.last]
    return not negation.weak or domains.excludable(named, negation.whole)


def _asked_no(items: Sequence[Token], negation: Negation) -> bool:
    first = low(items, start_of(items))
    if first in _MAY and low(items, negation.start - 1) in ("we", "i", "it", "they"):
        return True  # "should we leave the database as it is?"
    return first in ("why", "how", "what") and negation.start > 0


def _plain(items: Sequence[Token], question: bool, domains: Domains, listed: bool) -> Iterator[Clause]:
    if not any(item.word for item in items):
        return
    before = Mood.PHRASE
    for piece in cut(items, domains, listed):
        words = _trimmed(piece.items)
        if words:
            clause = replace(_read(words, question, domains), leads=piece.leads)
            if before is Mood.IMPERATIVE and clause.mood is Mood.PHRASE and unknown_verb(words, start_of(words)):
                clause = replace(clause, mood=Mood.IMPERATIVE)
            before = clause.mood
            yield clause


def _trimmed(part: Sequence[Token]) -> tuple[Token, ...]:
    start, end = 0, len(part)
    while start < end and (
        (not part[start].word and part[start].low not in "($€£<>") or part[start].low in _CONNECTIVES
    ):
        start += 1
    while end > start and (
        (not part[end - 1].word and part[end - 1].low not in ")%+") or part[end - 1].low in _CONNECTIVES
    ):
        end -= 1
    return tuple(part[start:end])


def _read(items: tuple[Token, ...], question: bool, domains: Domains) -> Clause:
    clause_mood = mood(items, question)
    return Clause(items, role_of(items, clause_mood, domains), clause_mood)
