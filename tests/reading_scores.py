"""How well a reading agrees with the label of its request: agents, exclusions, facts, asks. Pure functions.

What a label calls optional is neither right nor wrong. A passage is met by an element that shares half of the shorter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from creatorflow_orchestrator.core.request import Exclusion, Fact, FactKind, Passage, Reading

from ops.reading.passages import meets, overlap, places_of
from tests.reading_figures import says_the_same

Label = dict[str, Any]
Span = tuple[int, int]
LEADERS = {
    "tiktok_integration": "tiktok-integration",
    "order_management": "order-workflow",
    "inventory_sync": "real-time-sync",
    "shipping": "shipping-automation",
    "performance": "performance-engineering",
    "security": "security-architecture",
    "testing": "integration-testing",
    "ui_dashboard": "ui-ux",
    "analytics": "ecommerce-analytics",
    "billing": "subscription-billing",
}
"""The agent that leads a domain; `database` is the name of both."""


@dataclass(frozen=True, slots=True)
class Score:
    """What was right, what was found and is wrong, what was missed; a line for each of the last two."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    lines: tuple[str, ...] = ()

    def __add__(self, other: Score) -> Score:
        """Return both together."""
        return Score(
            self.right + other.right, self.wrong + other.wrong, self.missed + other.missed, self.lines + other.lines
        )

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 if nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what is labelled that was found; 1 if nothing is labelled."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 1 if there was nothing to find and nothing was found."""
        of = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / of if of else 1.0


def total(scores: Iterable[Score]) -> Score:
    """Return all scores together."""
    return sum(scores, Score())


def score_agents(label: Label, chosen: Collection[str]) -> Score:
    """Score the chosen agents (short names): wrong are those that the label neither wants nor allows."""
    chosen, must = set(chosen), set(label["must"])
    groups = [set(group) for group in label.get("any_of", [])]
    missing = must - chosen | {"/".join(sorted(group)) for group in groups if not group & chosen}
    fair = must.union(*groups)
    extra = chosen - fair - set(label["may"])
    lines = (f"agents: extra {sorted(extra)}, missing {sorted(missing)}",) if extra or missing else ()
    return Score(len(chosen & fair), len(extra), len(missing), lines)


def score_refusal(label: Label, code: str | None) -> Score:
    """Score if the request was refused as labelled, or read as labelled."""
    if code == label["refused"]:
        return Score(right=1)
    return Score(missed=1, lines=(f"refused: {code}, not {label['refused']}",))


def score_exclusions(label: Label, reading: Reading, chosen: Collection[str]) -> Score:
    """Score exclusions: right are those found with what they take away, wrong those that take more."""
    score = Score()
    places: list[Span] = []
    for wanted in label["exclusions"]:
        spans = list(places_of(label["text"], wanted["text"]))
        places += spans
        found = [exclusion for exclusion in reading.exclusions if _touches(exclusion, spans)]
        takes = {LEADERS.get(name, name) for name in wanted["takes"]}
        chosen_still = takes & set(label["must_not"]) & set(chosen)
        if wanted.get("optional"):
            continue
        if not found:
            score += Score(missed=1, lines=(f"exclusion not found: {wanted['text']!r}",))
        elif takes and not takes & {name for exclusion in found for name in _taken(exclusion)}:
            taken = sorted(name for exclusion in found for name in _taken(exclusion))
            score += Score(missed=1, lines=(f"exclusion {wanted['text']!r} takes {taken}, not {sorted(takes)}",))
        elif chosen_still:
            score += Score(missed=1, lines=(f"exclusion not honoured: {wanted['text']!r}: {sorted(chosen_still)}",))
        else:
            score += Score(right=1)
    for exclusion in reading.exclusions:
        if _taken(exclusion) and not _touches(exclusion, places):
            score += Score(wrong=1, lines=(f"no exclusion: {exclusion.text!r} takes {sorted(_taken(exclusion))}",))
    return score


def score_honoured(label: Label, chosen: Collection[str]) -> Score:
    """Score if nobody starts whom an exclusion takes away, whatever the reading says of it."""
    score = Score()
    for wanted in label["exclusions"]:
        takes = {LEADERS.get(name, name) for name in wanted["takes"]} & set(label["must_not"])
        if takes and not wanted.get("optional"):
            started = sorted(takes & set(chosen))
            score += Score(missed=1, lines=(f"started: {started}: {wanted['text']!r}",)) if started else Score(right=1)
    return score


def score_facts(label: Label, reading: Reading) -> Score:
    """Score facts. Found and wrong is a figure, date or time that is not labelled, or not with that value.

    Figures without digits ("two of us") and named things that are not labelled are neither right nor wrong, unless the
    label says that the passage is none.
    """
    text, used, score = label["text"], set[int](), Score()
    places: list[Span] = []
    for wanted in label["facts"]:
        spans = list(places_of(text, wanted["text"]))
        places += spans
        same = [at for at, fact in enumerate(reading.facts) if _touches(fact, spans) and _is_fact(wanted, fact)]
        used.update(same)
        score += Score(right=1) if same else Score(missed=1, lines=(f"fact not found: {wanted}",))
    maybe = [span for passage in label.get("may_facts", []) for span in places_of(text, passage)]
    never = [span for passage in label["no_facts"] for span in places_of(text, passage)]
    for at, fact in enumerate(reading.facts):
        if at in used or (fact.kind is FactKind.NAME and not _touches(fact, never)):
            continue
        doubtful = _touches(fact, maybe) or not (re.search(r"\d", fact.text) or _touches(fact, places))
        if _touches(fact, never) or not doubtful:
            said = fact.name or f"{fact.comparison} {fact.value:g} {fact.unit}" if fact.value is not None else fact.name
            score += Score(wrong=1, lines=(f"no such fact: {fact.text!r} as {said!r} {fact.role}",))
    return score


def score_asks(label: Label, reading: Reading) -> Score:
    """Score asks by their places. An ask that nobody covers is right without domains, or as an unread passage."""
    pairs = _pairs(label, reading)
    score = Score(right=len(pairs))
    for at, wanted in enumerate(label["asks"]):
        if at in pairs:
            continue
        spans = list(places_of(label["text"], wanted["text"]))
        if wanted.get("nobody") and any(meets(passage, span) for passage in reading.unread for span in spans):
            score += Score(right=1)
        else:
            score += Score(missed=1, lines=(f"ask not found: {wanted['text']!r}",))
    parts = [passage for wanted in label["asks"] if "also" in wanted for passage in (wanted["text"], *wanted["also"])]
    fair = [*label.get("may_asks", []), *parts]
    spans = [span for passage in fair for span in places_of(label["text"], passage)]
    for at, ask in enumerate(reading.asks):
        if at not in pairs.values() and not any(meets(ask, span) for span in spans):
            score += Score(wrong=1, lines=(f"no such ask: {ask.text!r}",))
    return score


def score_ask_agents(label: Label, reading: Reading) -> Score:
    """Score the agents of each labelled ask that was found: wrong are those that nothing in the label allows."""
    score = Score()
    for wanted in label["asks"]:
        spans = list(places_of(label["text"], wanted["text"]))
        found = [ask for ask in reading.asks if any(meets(ask, span) for span in spans)]
        chosen = {LEADERS.get(domain, domain) for ask in found for domain in ask.domains}
        agents = set(wanted["agents"])
        extra = chosen - agents - set(label["may"])
        missing = not (chosen & agents if agents else not extra)
        line = f"{wanted['text']!r} is of {sorted(chosen)}, not {sorted(agents)}"
        score += Score(int(not missing), len(extra), int(missing), (line,) if extra or missing else ())
    return score


def score_kinds(label: Label, reading: Reading) -> Score:
    """Score the kinds of the asks that were found; of work that nobody does the kind does not matter."""
    score = Score()
    for at, found in _pairs(label, reading).items():
        if label["asks"][at].get("nobody"):
            continue
        kind, kinds = reading.asks[found].kind.value, label["asks"][at]["kind"]
        right = kind == kinds or (kind in kinds and not isinstance(kinds, str))
        line = f"kind {kind}, not {kinds}: {label['asks'][at]['text']!r}"
        score += Score(right=1) if right else Score(missed=1, lines=(line,))
    return score


def _pairs(label: Label, reading: Reading) -> dict[int, int]:
    """Return which labelled ask is which ask of the reading, by position, the best overlaps first."""
    candidates: list[tuple[int, int, int]] = []
    for at, wanted in enumerate(label["asks"]):
        spans = [s for passage in (wanted["text"], *wanted.get("also", [])) for s in places_of(label["text"], passage)]
        for found, ask in enumerate(reading.asks):
            if (not wanted.get("nobody") or not ask.domains) and any(meets(ask, span) for span in spans):
                candidates.append((max(overlap(ask, span) for span in spans), -at, -found))
    pairs: dict[int, int] = {}
    for _, at, found in sorted(candidates, reverse=True):
        if -at not in pairs and -found not in pairs.values():
            pairs[-at] = -found
    return pairs


def _is_fact(wanted: Label, fact: Fact) -> bool:
    if "date" in wanted:
        date = wanted["date"].lstrip("-")
        same = fact.name.endswith(date) if wanted["date"].startswith("--") else fact.name == date
        return fact.kind is FactKind.DATE and same
    if "time" in wanted:
        return fact.kind is FactKind.TIME and fact.name.lstrip("T").startswith(wanted["time"])
    if "name" in wanted:
        name, canonical = _letters(wanted["name"]), _letters(fact.name)
        return fact.kind is FactKind.NAME and bool(canonical) and (name in canonical or canonical in name)
    return fact.kind is FactKind.QUANTITY and says_the_same(wanted, fact)


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _taken(exclusion: Exclusion) -> set[str]:
    agents = {agent.removesuffix("-specialist") for agent in exclusion.agents}
    domains = {LEADERS.get(domain, domain) for domain in exclusion.domains}
    return agents | domains | {kind.value for kind in exclusion.kinds} | set(exclusion.sections)


def _touches(element: Passage, spans: Iterable[Span]) -> bool:
    return any(overlap(element, span) > 0 for span in spans)
