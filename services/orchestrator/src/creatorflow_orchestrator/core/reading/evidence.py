"""The evidence for the domains of a request: what its asks, its context and its words say, exclusions aside. Pure.

The cards' phrases and the learned words of every clause speak for a domain; a logistic regression over all of that says
how likely the request is about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creatorflow_orchestrator.core.request import Ask, Attachment

from .clause_roles import Role
from .clauses import Clause
from .gather import Gathered
from .learned import Learned
from .scoring import Scorer
from .word_weights import NOBODY, Features, WordWeights, likeliest, likelihood, strength

EVIDENCE = (
    # by the learned words of the asks
    "best ask", "second ask", "all asks", "share of all asks", "best of all domains", "best of many asks",
    # by the learned words of the context and of the whole, and by the phrases in it
    "best context", "three contexts", "whole", "named", "share of all named",
    # by the phrases in the asks, and by their number
    "asked", "asked again", "asked often", "asked most", "asked first", "asks", "one ask", "always",
    # by the learned words of what nobody does
    "nobody", "nobody in the asks",
)  # fmt: skip
"""The names of what speaks for a domain or against it, each from 0 to 1."""
_NOT_WANTED = (Role.EXCLUSION, Role.DONE)
_TELLS = 0.2  # chance from which a clause tells something about a domain
_MANY = 12  # asks from which more make no difference
_MANY_CHANCES = 4.0
_MUCH = 16.0  # score of a request's phrases from which more make no difference


@dataclass(frozen=True, slots=True)
class Material:
    """The parts of a request by which its domains are decided.

    Its asks, with the domains that the cards' phrases name in them; the positions of those that no software does; the
    domains that are the whole object of an ask ("scale the database"); the excluded domains; and its clauses.
    """

    asks: tuple[Ask, ...]
    foreign: frozenset[int]
    plain: frozenset[str]
    excluded: frozenset[str]
    gathered: Gathered
    scorer: Scorer

    def features(self) -> Features:
        """Return the features of all that the request says, exclusions aside."""
        return self._features_of([(clause.start, clause.end) for clause in self._clauses()])

    def _features_of(self, spans: Sequence[tuple[int, int]]) -> Features:
        asked = {domain: max(ask.domains.get(domain, 0.0) for ask in self.asks) for domain in self._asked()}
        return self.scorer.features(spans, asked, self._files())

    def ask_chances(self, words: WordWeights) -> list[dict[str, float]]:
        """Return for each ask how likely it is of each domain, by its words."""
        files = self._files()
        return [
            words.chances(
                self.scorer.features([(ask.start, ask.end)], ask.domains, [files[at] for at in ask.attachments])
            )
            for ask in self.asks
        ]

    def evidence(self, words: WordWeights, asks: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, ...]]:
        """Return for each domain of the words' weights what speaks for it, in the order of `EVIDENCE`.

        `asks` are the `ask_chances`.
        """
        starts = {ask.start for ask in self.asks}
        spans: list[tuple[int, int]] = []
        context: list[dict[str, float]] = []
        for clause in self._clauses():
            if clause.start not in starts or clause.role is not Role.ASK:
                found = self.scorer.chances(clause.start, clause.end, words)
                if clause.start not in starts and likeliest(found) < _TELLS:
                    continue  # it is about something else, and dilutes nothing
                if clause.role is not Role.ASK:
                    context.append(found)
            spans.append((clause.start, clause.end))
        whole, named = words.chances(self._features_of(spans)), self.scorer.named_in(spans)
        highest = max(map(likeliest, asks), default=0.0)
        everything = sum(found[domain] for found in asks for domain in found if domain != NOBODY) or 1.0
        nobody = whole.get(NOBODY, 0.0), min((found.get(NOBODY, 0.0) for found in asks), default=0.0)
        return {
            domain: (
                *self._by_words([found[domain] for found in asks], highest, everything),
                *_by_context(domain, context, whole, named),
                *self._by_phrases(domain),
                *nobody,
            )
            for domain in words.bias
            if domain != NOBODY
        }

    def _files(self) -> list[Attachment]:
        return [attachment for attachment, _ in self.gathered.attachments]

    def _clauses(self) -> list[Clause]:
        return [placed.clause for placed in self.gathered.placed if placed.clause.role not in _NOT_WANTED]

    def _asked(self) -> set[str]:
        return {domain for ask in self.asks for domain in ask.domains}

    def _by_words(self, own: Sequence[float], highest: float, everything: float) -> tuple[float, ...]:
        """Return what the asks' words say: `own` are the chances of a domain, beside the highest and sum of all."""
        best, second = _first_two(own)
        return (
            best,
            second,
            min(sum(own), _MANY_CHANCES) / _MANY_CHANCES,
            sum(own) / everything,
            float(0.0 < best == highest),
            best * min(len(self.asks), _MANY) / _MANY,
        )

    def _by_phrases(self, domain: str) -> tuple[float, ...]:
        scored = [ask.domains.get(domain, 0.0) for ask in self.asks]
        asked, again = _first_two(scored)
        most = max((max(ask.domains.values(), default=0.0) for ask in self.asks), default=0.0)
        first = next((ask for ask in self.asks if ask.domains), None)
        return (
            strength(asked),
            strength(again),
            sum(score > 0.0 for score in scored) / max(1, len(scored)),
            float(0.0 < asked == most),
            float(first is not None and domain in first.domains),
            min(len(self.asks), _MANY) / _MANY,
            float(len(self.asks) == 1),
            1.0,
        )


def _by_context(
    domain: str, context: Sequence[Mapping[str, float]], whole: Mapping[str, float], named: Mapping[str, float]
) -> tuple[float, ...]:
    strongest = sorted((found[domain] for found in context), reverse=True)[:3]
    return (
        strongest[0] if strongest else 0.0,
        sum(strongest) / 3.0,
        whole[domain],
        min(named.get(domain, 0.0), _MUCH) / _MUCH,
        named.get(domain, 0.0) / (sum(named.values()) or 1.0),
    )


def _first_two(values: Sequence[float]) -> tuple[float, float]:
    first, second = sorted((*values, 0.0, 0.0), reverse=True)[:2]
    return first, second


def chance(evidence: Sequence[float], learned: Learned) -> float:
    """Return the likelihood, from 0 to 1, that a request with this evidence is about the domain."""
    return likelihood(sum(learned.evidence[name] * value for name, value in zip(EVIDENCE, evidence, strict=True)))
