"""The domains that a request is about, and those of each of its asks. Pure.

One clause says little: "Labels: a11y, q3" asks for no labels, and "Can your lot build something that records it?" says
in the sentence before what is to be recorded. So all evidence together decides which domains the request is about, and
an ask gets those of them that it speaks of, else what the request is about most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from creatorflow_orchestrator.core.request import Ask, AskKind

from .evidence import Material, chance
from .learned import Learned
from .lexicon import ASKED_FOR, ASKED_IN_CONTEXT
from .scoring import Scorer
from .targets import TESTING
from .word_weights import NOBODY

_BROAD = 4  # domains from which a request lists what a whole system has to do
_SHORT = 2  # clauses of a request that is all in its phrases
_FEW = 6  # clauses of a short request
_PLAINLY = 3.0  # score of a domain that phrases name plainly
_SEVERAL = 3  # asks of a list
_SUPPORTED = 0.35  # chance that such a domain needs in a short request
_SPEAKS = 0.3  # chance from which an ask speaks of a domain that no phrase of a card names in it
_SPEAKS_BESIDE = 0.6  # the same, if a phrase names another
_NOBODY_DOES = 0.6  # chance from which an ask that no phrase knows is nobody's
_SURELY_NOBODY = 0.8  # the same, whatever phrases know
_AGREED = 0.8  # chance by which words confirm a phrase
_OWN = 4.0  # score of a domain that is certain


def likely_domains(
    chances: Mapping[str, float], learned: Learned, sure: Collection[str] = frozenset()
) -> dict[str, float]:
    """Return the domains that a request is about, of those with these chances; `sure` are some that it is about."""
    about = {domain: found for domain, found in chances.items() if found >= learned.least}
    about |= {domain: max(chances[domain], learned.least) for domain in sure}
    if len(about) >= _BROAD:
        return {
            domain: about.get(domain, found)
            for domain, found in chances.items()
            if domain in about or found >= learned.broad
        }
    if not about and chances:
        likeliest = max(chances, key=lambda domain: chances[domain])
        about = {likeliest: chances[likeliest]} if chances[likeliest] >= learned.floor else {}
    return about


def with_request_domains(material: Material, learned: Learned) -> tuple[Ask, ...]:
    """Give each ask those domains that the request is about, but those that are excluded: these are nobody's.

    They are decided as if nothing were excluded, so that what is excluded brings nobody else instead. An ask that no
    software does gets none. Domains without learned weights stay as they are.
    """
    known = learned.words.bias.keys() & material.scorer.served
    domains = _decided(material, learned, known) if known and material.asks else [ask.domains for ask in material.asks]
    kept = [{name: score for name, score in own.items() if name not in material.excluded} for own in domains]
    return tuple(replace(ask, domains=_strongest_first(own)) for ask, own in zip(material.asks, kept, strict=True))


def _decided(material: Material, learned: Learned, known: Collection[str]) -> list[dict[str, float]]:
    """Return the domains of each ask; `known` are those that have weights and an agent."""
    chances = material.ask_chances(learned.words)
    evidence = material.evidence(learned.words, chances)
    likely = {domain: chance(evidence[domain], learned) for domain in sorted(known)}
    nobody = min(found.get(NOBODY, 0.0) for found in chances) >= _SURELY_NOBODY
    answered = nobody or bool(likely_domains(likely, learned))
    sure = material.plain | _named(material, likely, answered) | _listed(material.asks)
    about = likely_domains(likely, learned, sure & likely.keys())
    if len(about) >= _BROAD:
        about |= {
            domain: max(likely[domain], learned.least) for domain in _agreed(material.asks, chances) & likely.keys()
        }
    return _shared_out(material, about, chances, known)


def _named(material: Material, likely: Mapping[str, float], answered: bool) -> set[str]:
    """Return the domains that the phrases of a short request name: it has few words besides.

    Strong phrases need little else that speaks for them; if no domain is likely, the strongest is not refused.
    """
    clauses = len(material.gathered.placed)
    named = {domain: max(ask.domains.get(domain, 0.0) for ask in material.asks) for domain in likely}
    found = {domain for domain, score in named.items() if score >= _PLAINLY and likely[domain] >= _SUPPORTED}
    found = found if clauses <= _FEW else set()
    strongest = max(named, key=lambda domain: (named[domain], likely[domain]), default="")
    if not answered and not found and clauses <= _SHORT and named.get(strongest, 0.0) >= ASKED_IN_CONTEXT:
        return {strongest}
    return found


def _listed(asks: Sequence[Ask]) -> set[str]:
    """Return the domains of a request all of whose asks plainly name one each: "sign-in, then a schema, then ..."."""
    plain = all(len(ask.domains) == 1 and max(ask.domains.values()) >= _PLAINLY for ask in asks)
    return {domain for ask in asks for domain in ask.domains} if plain and len(asks) >= _SEVERAL else set()


def _agreed(asks: Sequence[Ask], chances: Sequence[Mapping[str, float]]) -> set[str]:
    """Return the domains of which phrases and words agree in an ask: of a long list each item is sure for itself."""
    return {
        domain
        for ask, found in zip(asks, chances, strict=True)
        for domain, score in ask.domains.items()
        if score >= ASKED_FOR and found.get(domain, 0.0) >= _AGREED
    }


def _shared_out(
    material: Material, about: Mapping[str, float], chances: Sequence[Mapping[str, float]], known: Collection[str]
) -> list[dict[str, float]]:
    """Return the domains of each ask; one that no ask speaks of goes to the ask that is most likely of it."""
    able = [
        at
        for at, ask in enumerate(material.asks)
        if at not in material.foreign and (ask.domains or chances[at].get(NOBODY, 0.0) < _NOBODY_DOES)
    ]
    own = [dict(ask.domains) for ask in material.asks]
    aside = [_mentioned(ask, material.scorer) for ask in material.asks]
    for at in able:
        spoken = {domain: found for domain, found in chances[at].items() if domain not in aside[at]}
        own[at] = _own(material.asks[at], about, spoken, known)
    takers = [at for at in able if not _is_settled(material.asks[at], known)]
    for domain, found in about.items():
        if takers and not any(domain in domains for domains in (*own, *aside)):
            likeliest = max((chances[at][domain], -at) for at in takers)
            own[-likeliest[1]][domain] = _OWN * found
    return own


def _mentioned(ask: Ask, scorer: Scorer) -> set[str]:
    """Return the domains that an ask plainly asks for another thing beside: "show the revenue on our dashboard"."""
    if max(ask.domains.values(), default=0.0) < ASKED_FOR:
        return set()
    named = scorer.plain(ask.start, ask.end)
    return {domain for domain, score in named.items() if score >= ASKED_FOR and domain not in ask.domains}


def _own(
    ask: Ask, about: Mapping[str, float], chances: Mapping[str, float], known: Collection[str]
) -> dict[str, float]:
    """Return the domains of an ask: of those that the request is about the ones that it speaks of, else the likeliest.

    An ask in which no phrase names anything stays without; words alone make nothing a test, and of a test nothing else.
    """
    kept = {domain: score for domain, score in ask.domains.items() if domain in about or domain not in known}
    enough = _SPEAKS_BESIDE if kept else _SPEAKS
    spoken = {
        domain: max(kept.get(domain, 0.0), ASKED_FOR, _OWN * chances.get(domain, 0.0))
        for domain in about
        if domain in kept
        or (chances.get(domain, 0.0) >= enough and not (kept and (domain == TESTING or _is_settled(ask, known))))
    }
    if not spoken and not kept and about and ask.domains and chances.get(NOBODY, 0.0) < _NOBODY_DOES:
        return {max(about, key=lambda domain: (chances.get(domain, 0.0), about[domain])): ASKED_FOR}
    return {**kept, **spoken}


def _is_settled(ask: Ask, known: Collection[str]) -> bool:
    """True if words add no domain.

    What is tested is no work of its own ("contract tests of what billing sends"), an attached query says who answers,
    and what an agent of one's own is asked for was not learned.
    """
    own = next(iter(ask.domains), None) not in known and max(ask.domains.values(), default=0.0) >= ASKED_FOR
    return own or (ask.kind is AskKind.VERIFY and TESTING in ask.domains) or bool(ask.attachments and ask.domains)


def _strongest_first(domains: Mapping[str, float]) -> dict[str, float]:
    return {domain: round(domains[domain], 2) for domain in sorted(domains, key=lambda name: (-domains[name], name))}
