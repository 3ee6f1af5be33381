"""The requirements of a request: the segments of its text that are requirements, and the domains that answer them.

An item of a list is always a requirement; a sentence is one if an agent can answer it, or if it explicitly asks for
something. The lead-in of a list counts only if it asks for more than the items do.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from creatorflow_orchestrator.core.plan import Quantity, Requirement

from .lexicon import Match, scores
from .quantities import QuantityMatch
from .segments import Kind, Segment, clauses, segments

MAX_REQUIREMENTS = 200
_HINT = 1.0  # a phrase with no more weight is only a hint
_CONDITION = re.compile(r"(?:only )?(?:if|once|when|after|unless)\b", re.IGNORECASE)
MAX_LENGTH = 4000  # characters of one requirement
_ASKS = re.compile(
    r"^(?:please\s+|also\s+|and\s+|then\s+|finally\s+)*(?:add|allow|automate|build|buy|calculate|create|deliver|design|develop|enable|ensure|"
    r"extend|find|fix|generate|give|handle|implement|import|include|integrate|introduce|keep|let|maintain|make|"
    r"migrate|move|optimi[sz]e|prepare|provide|remove|replace|send|set up|show|support|write)\b"
    r"|\b(?:i|we|they) (?:also )?(?:need|want)\b|\b(?:must|should|has to|have to|would like|i'd like)\b|\bcan you\b",
    re.IGNORECASE,
)
_THING = re.compile(
    r"^an? (?!lot\b|few\b|bit\b|couple\b|while\b|time\b|second\b|minute\b|hour\b|day\b|week\b|month\b|year\b|half\b|"
    r"customer\b|buyer\b|seller\b|person\b|user\b)[^\W\d_]+(?: [^\W\d_]+){0,4}$",
    re.IGNORECASE,
)
_T = TypeVar("_T", Match, QuantityMatch)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Matches and quantities in the text, in its order, and the chosen domains, strongest first."""

    matches: Sequence[Match]
    quantities: Sequence[QuantityMatch]
    chosen: Sequence[str]

    def domains(self, start: int, end: int) -> tuple[str, ...]:
        """Return the chosen domains that a segment names with more than a hint, the strongest there first."""
        scored = scores(_between(self.matches, start, end))
        named = [domain for domain in self.chosen if scored.get(domain, 0.0) > _HINT]
        return tuple(sorted(named, key=lambda domain: -scored[domain]))

    def hints(self, start: int, end: int) -> tuple[str, ...]:
        """Return the chosen domains that a segment at least hints at."""
        scored = scores(_between(self.matches, start, end))
        return tuple(sorted((domain for domain in self.chosen if domain in scored), key=lambda domain: -scored[domain]))

    def unknown(self, start: int, end: int) -> bool:
        """True if no word of a segment is in any vocabulary."""
        return not any(True for _ in _between(self.matches, start, end))

    def numbers(self, start: int, end: int) -> tuple[Quantity, ...]:
        """Return the quantities of a segment."""
        return tuple(match.quantity for match in _between(self.quantities, start, end))


def read_requirements(text: str, evidence: Evidence) -> tuple[Requirement, ...]:
    """Return the requirements in the text's order, at most 200; if none is found, the whole text is one."""
    spans = list(_spans(text, evidence))
    if len(spans) > MAX_REQUIREMENTS:
        spans = list(_packed(spans))
    requirements = [_requirement(text, evidence, start, end) for start, end in spans]
    return tuple(requirements) or (_requirement(text, evidence, 0, len(text)),)


def _spans(text: str, evidence: Evidence) -> Iterator[tuple[int, int]]:
    cut = segments(text)
    items = [segment for segment in cut if segment.kind is Kind.ITEM]
    leading = {domain for item in items for domain in evidence.domains(item.start, item.end)[:1]}
    for segment in cut:
        domains = evidence.domains(segment.start, segment.end)
        if segment.kind is Kind.LEAD and leading.issuperset(domains):
            continue
        unknown = evidence.unknown(segment.start, segment.end)
        if segment.kind is Kind.ITEM or domains or (unknown and _ASKS.search(text, segment.start, segment.end)):
            yield from _parts(text, segment, evidence)


def _parts(text: str, segment: Segment, evidence: Evidence) -> Iterator[tuple[int, int]]:
    """Yield a segment as one requirement, or as several if clauses need different agents or an unknown capability."""
    start, end, named = segment.start, segment.start, frozenset[str]()
    opening: int | None = None  # where a condition began that belongs to what follows it
    for clause in clauses(text, segment):
        begins = clause.start if opening is None else opening
        domains = frozenset(evidence.domains(clause.start, clause.end))
        opening = begins if not domains and _CONDITION.match(text, clause.start, clause.end) else None
        alone = end > start and _unanswerable(text, clause, evidence)
        other = segment.kind is Kind.SENTENCE and bool(domains) and bool(named) and not domains <= named
        if alone or other:
            yield start, end
            start, named = begins, frozenset()
        if opening is None:
            end, named = clause.end, named | domains
    yield start, segment.end if opening is not None else end


def _unanswerable(text: str, clause: Segment, evidence: Evidence) -> bool:
    """True if a clause names a thing that is in no vocabulary: "(shipping labels and) a drone fleet"."""
    body = text[clause.start : clause.end]
    return len(body) < 80 and evidence.unknown(clause.start, clause.end) and _THING.search(body) is not None


def _requirement(text: str, evidence: Evidence, start: int, end: int) -> Requirement:
    numbers = evidence.numbers(start, end)
    domains = evidence.domains(start, end) or evidence.hints(start, end)
    if not domains and numbers:
        domains = tuple(evidence.chosen[:1])  # a bare number belongs to the request's strongest domain
    return Requirement(" ".join(text[start:end].split())[:MAX_LENGTH], domains, numbers)


def _packed(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join neighbouring spans, so that a long text has few requirements and loses none of its words."""
    start, end = spans[0]
    for begin, stop in spans[1:]:
        if stop - start > MAX_LENGTH:
            yield start, end
            start = begin
        end = stop
    yield start, end


def _between(matches: Sequence[_T], start: int, end: int) -> Iterator[_T]:
    at = bisect_left(matches, start, key=lambda match: match.start)
    while at < len(matches) and matches[at].start < end:
        yield matches[at]
        at += 1
