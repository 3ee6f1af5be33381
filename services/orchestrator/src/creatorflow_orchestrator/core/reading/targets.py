"""The things that an exclusion takes away: domains, agents, kinds of work, sections of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.request import TEST_SECTION, AskKind

from .tokens import Token
from .word_sets import word_set

TESTING = "testing"
"""The domain whose work is about that of others."""
NAMED = 1.5
"""Score from which a domain is named by an exclusion."""


def _map(value: str, words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), value)


_SECTIONS: Mapping[str, str] = {
    **_map(TEST_SECTION, "test tests testing qa test-plan testplan e2e"),
    **_map(
        "deployment_considerations",
        "deployment deployments deploy deploying devops rollout hosting release infrastructure infra",
    ),
    **_map("code_examples", "code snippets snippet coding samples sample programming"),
    **_map("technical_specifications", "spec specs specification specifications documentation docs doc documents"),
    **_map("implementation_steps", "steps roadmap"),
    **_map("recommendations", "recommendations recommendation advice suggestions tips opinions"),
    **_map("next_steps", "next-steps follow-ups followups"),
}
_KINDS: Mapping[str, AskKind] = {
    **dict.fromkeys(["migration", "migrations", "migrate", "migrating"], AskKind.MIGRATE),
    **dict.fromkeys(
        ["explanation", "explanations", "explain", "lectures", "lecture", "theory", "tutorial", "tutorials"],
        AskKind.EXPLAIN,
    ),
    **dict.fromkeys(["correction", "corrections", "bugfix", "bugfixes", "bugfixing", "bug-fixing"], AskKind.FIX),
    **dict.fromkeys(["refactoring", "refactor", "rewrite", "rewriting", "redesign"], AskKind.CHANGE),
    **dict.fromkeys(["optimisation", "optimization", "optimise", "optimize", "tuning", "tune"], AskKind.SPEED_UP),
}
_DOMAIN_WORDS = {
    "testing": "test tests testing qa",
    "ui_dashboard": "ui gui screens screen frontend front-end charts chart graphs pages page dashboard dashboards "
    "design visuals mockups css",
    "analytics": "analytics charts chart reporting reports report statistics stats graphs",
    "billing": "billing subscriptions subscription money invoicing payments payment",
    "security": "security login logins log-in sign-in auth authentication permissions roles encryption gdpr",
    "shipping": "shipping labels transport carriers couriers parcels postage tracking dispatch",
    "inventory_sync": "stock inventory",
    "order_management": "orders refunds returns fulfilment fulfillment",
    "performance": "performance scaling caching speed scalability",
    "database": "database schema tables db migrations sql postgres",
    "tiktok_integration": "tiktok",
}
_SECTION_WORDS = frozenset(_SECTIONS)
_PART_WORDS = {
    "ui_dashboard": "redesign layout layouts colours colors colour color look looks app apps website web styling "
    "wireframes web-page",
    "analytics": "figures kpis numbers forecasts forecast metrics analysing analyzing analysis rankings ranking",
    "billing": "invoice invoices pay paying charging fees bill bills cost costs price prices pricing tariff tariffs",
    "security": "oauth sso single-sign-on passwords password 2fa",
    "shipping": "label printing label-printing parcel carrier courier",
    "inventory_sync": "real-time realtime stock-sync",
}
"""Words of a part of an area: what is left out by one takes nothing from an ask for the area."""


def _pairs(words_of: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((word, domain) for domain, words in words_of.items() for word in words.split())


_PAIRS = _pairs(_DOMAIN_WORDS)
_PART_PAIRS = _pairs(_PART_WORDS)
_DOMAIN_OF = frozenset(word for word, _ in _PAIRS)
_PART_OF = frozenset(word for word, _ in _PART_PAIRS)
_PLACING = word_set("in on for at from by inside within per")
"""Words behind which stands where, or for whom: "no certificate pinning in the app"."""
_COUNTED = frozenset(("figures", "numbers"))
"""Words that say nothing of analytics beside what they count: "stock figures"."""
_GENERAL = word_set(
    "and or nor plan plans suite suites work stuff system systems module part parts side area topic question issue "
    "code agent specialist section sections new extra more further any kind of a the at all now yet please for "
    "moment whole nightly daily weekly monthly yearly existing current present anything project job sort fancy tool "
    "tools live"
)
"""Words beside which a domain's word names the domain as a whole: "no test plan"."""


_SOME_TESTS = word_set(
    "load stress contract unit smoke soak performance end-to-end e2e browser integration manual pixel"
)
"""Words that make of "tests" one kind of them, beside which other tests may be wanted."""
_ANYTHING = word_set("anything it something stuff this that")
_MAKING = word_set("build implement code program develop coding building implementing")
"""Verbs of which a "don't ... anything" wants words, not work: "don't build anything yet"."""
_JOINS = word_set("and or nor & plus")
_ARTICLES = word_set("the a an any our own new of part side all topic to with")


@dataclass(frozen=True, slots=True)
class Target:
    """The things that an exclusion takes away; `whole` are the domains that it names as a whole, not a part of them."""

    domains: tuple[str, ...]
    whole: frozenset[str]
    agents: tuple[str, ...]
    kinds: tuple[AskKind, ...]
    sections: tuple[str, ...]
    named: bool = False
    """True if it names areas or parts of them and nothing else."""
    passing: bool = False
    """True if it is said in passing, or only likely: then it takes away nothing that is asked for."""

    @property
    def empty(self) -> bool:
        """True if it names nothing that an agent does or an answer contains."""
        return not (self.domains or self.agents or self.kinds or self.sections)


def named_alone(thing: str) -> frozenset[str]:
    """Return the domains whose words alone name a thing: "the database", "shipping labels", not "the label printer"."""
    words = thing.lower().split()
    if not all(word in _GENERAL or word in _DOMAIN_OF for word in words):
        return frozenset()
    heads = _heads(words)
    return frozenset(domain for word, domain in _PAIRS if word in heads)


def target_of(
    named: Sequence[Token], scored: Mapping[str, float], cards: Sequence[Card], clause: Sequence[Token] = ()
) -> Target:
    """Return what an exclusion of these words takes away, given the domains that they score.

    `clause` is all of it, whose verb may name a kind of work ("do not tune it") or an area ("don't redesign it").
    """
    words = [item.low for item in named if item.word]
    if words and _ANYTHING.issuperset(words):
        words += [item.low for item in clause if item.low in _PART_OF]
    content = [word for word in words if word not in _ARTICLES]
    served = {domain for card in cards for domain in card.domains}
    known = _GENERAL | _DOMAIN_OF | _SOME_TESTS
    general = "own" not in words and all(word in known or word.endswith(("'s", "s'")) for word in content)
    parts = "own" not in words and all(word in known | _PART_OF | _SECTION_WORDS for word in content)
    heads = _heads(content)
    some = not _SOME_TESTS.isdisjoint(words)
    named_whole = {domain for word, domain in _PAIRS if general and word in heads and domain in served}
    whole = frozenset(named_whole - {TESTING} if some else named_whole)
    strong = [domain for domain, score in scored.items() if score >= NAMED]
    matter = content[: next((at for at, word in enumerate(content) if at and word in _PLACING), len(content))]
    counted = _COUNTED if _DOMAIN_OF.intersection(content) else frozenset()
    meant = [
        domain
        for word, domain in (*_PAIRS, *_PART_PAIRS)
        if word in (content if word in _DOMAIN_OF else matter) and word not in counted and domain in served
    ]
    domains = tuple(dict.fromkeys((*strong, *meant)))
    named_agents = [card.name for card in cards if card.name in words or card.name.removesuffix("-specialist") in words]
    homes = [card.name for card in cards if card.domains and card.domains[0] in domains]
    verbs = [item.low for item in clause]
    kinds = tuple(dict.fromkeys(_KINDS[word] for word in (*content, *verbs) if word in _KINDS))
    asked = tuple(_SECTIONS[word] for word in content if word in _SECTIONS)
    if not _ANYTHING.isdisjoint(words) and not domains and any(item.low in _MAKING for item in clause):
        kinds, asked = (*kinds, AskKind.BUILD), ("code_examples", "implementation_steps")
    sections = tuple(dict.fromkeys(section for section in asked if not (some and section == TEST_SECTION)))
    return Target(
        domains,
        whole,
        tuple(dict.fromkeys((*named_agents, *homes))),
        kinds,
        sections,
        parts and bool(meant or sections),
    )


def _heads(content: Sequence[str]) -> list[str]:
    """Return the words that are not beside a later word of a domain: of "tracking page" it is "page"."""
    return [
        word
        for word, following in zip_longest(content, content[1:], fillvalue="")
        if word not in _JOINS and not (word in _DOMAIN_OF and following in _DOMAIN_OF)
    ]
