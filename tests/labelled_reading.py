"""The labelled requests of `tests/golden/reading`, and how a reader does on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.planning.analyzer import analyze_reading
from creatorflow_orchestrator.core.reading.packing import packed
from creatorflow_orchestrator.core.reading.reader import read
from creatorflow_orchestrator.core.request import Reading
from creatorflow_orchestrator.translate.knowledge import knowledge
from creatorflow_orchestrator.translate.tasks import to_card

from tests import reading_scores as scores
from tests.reading_scores import Label, Score

_FOLDER = Path(__file__).parent / "golden" / "reading"
FILES = {"tune": _FOLDER / "requests.jsonl", "held_out": _FOLDER / "held_out.jsonl"}
"""The requests that are looked at and learned from, and those that are neither."""
FACT_TEXTS = (_FOLDER / "facts_labelled.jsonl", _FOLDER / "facts_fresh.jsonl")
"""Short texts of which only the facts are labelled."""
STRATA = (
    "plain_voice",
    "negation_and_scope",
    "tickets_and_mail",
    "lists_and_tables",
    "code",
    "long_specs",
    "numbers",
    "out_of_scope",
    "other_languages",
    "named_vendors",
)


PARTS: dict[str, list[Label]] = {
    part: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] for part, path in FILES.items()
}

ASK_LABELS: list[Label] = [
    json.loads(line) for line in (_FOLDER / "asks_labelled.jsonl").read_text(encoding="utf-8").splitlines()
]
"""Requests of which it is labelled who does each ask."""
KNOWLEDGE = knowledge()
CARDS = tuple(map(to_card, load_cards()))
AGENTS = {card.name.removesuffix("-specialist") for card in CARDS}
"""The names that labels give agents."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request: the scores by measure."""

    label: Label
    scores: Mapping[str, Score]

    @property
    def lines(self) -> list[str]:
        """A line for everything that went wrong."""
        return [line for score in self.scores.values() for line in score.lines]


def outcome(label: Label) -> Outcome:
    """Read and analyse one request, and score what comes."""
    reading, unreadable = _reading(label["text"])
    chosen, refused = _chosen(label["text"], reading)
    return Outcome(
        label,
        {
            "agents": scores.score_agents(label, chosen),
            "exclusions": scores.score_exclusions(label, reading, chosen),
            "honoured": scores.score_honoured(label, chosen),
            "facts": scores.score_facts(label, reading),
            "asks": scores.score_asks(label, reading),
            "kinds": scores.score_kinds(label, reading),
            "refusals": scores.score_refusal(label, unreadable or refused),
        },
    )


def facts_outcome(label: Label) -> Score:
    """Read one text, and score its facts alone."""
    reading, _ = _reading(label["text"])
    return scores.score_facts(label, reading)


def asks_outcome(label: Label) -> Outcome:
    """Read and analyse one request whose asks are labelled, and score the agents of the whole and of each ask."""
    reading, _ = _reading(label["text"])
    chosen, _ = _chosen(label["text"], reading)
    found = {"agents": scores.score_agents(label, chosen), "ask agents": scores.score_ask_agents(label, reading)}
    return Outcome(label, found)


def asks_table(figures: Mapping[str, Mapping[str, Score]]) -> str:
    """Return F1 by stratum, a line for each."""
    lines = [f"{name:20}" + "".join(f"{score.f1:11.3f}" for score in found.values()) for name, found in figures.items()]
    return "\n".join([f"{'stratum':20}{'agents':>11}{'ask agents':>11}", *lines])


def by_stratum(outcomes: Iterable[Outcome]) -> dict[str, dict[str, Score]]:
    """Return the scores of each stratum that has some by measure, all strata together under "all"."""
    listed = list(outcomes)
    groups = {name: [found for found in listed if found.label["stratum"] == name] for name in STRATA} | {"all": listed}
    return {
        name: {measure: scores.total(found.scores[measure] for found in group) for measure in group[0].scores}
        for name, group in groups.items()
        if group
    }


def table(figures: Mapping[str, Mapping[str, Score]]) -> str:
    """Return the figures by stratum, a line for each."""
    heads = ("stratum", "agents", "excl.", "(false)", "honoured", "facts P", "facts R", "asks", "kinds", "refusals")
    lines = [f"{heads[0]:20}" + "".join(f"{head:>11}" for head in heads[1:])]
    for name, found in figures.items():
        cells = (
            found["agents"].f1,
            found["exclusions"].recall,
            found["exclusions"].wrong,
            found["honoured"].recall,
            found["facts"].precision,
            found["facts"].recall,
            found["asks"].f1,
            found["kinds"].recall,
            found["refusals"].recall,
        )
        row = "".join(f"{cell:11d}" if isinstance(cell, int) else f"{cell:11.3f}" for cell in cells)
        lines.append(f"{name:20}{row}")
    return "\n".join(lines)


def _reading(text: str) -> tuple[Reading, str | None]:
    """Return the reading, or an empty one and the code of the refusal."""
    try:
        return read(text, CARDS, (), KNOWLEDGE), None
    except Refusal as refusal:
        return Reading(), refusal.code


def _chosen(text: str, reading: Reading) -> tuple[set[str], str | None]:
    """Return the short names of the agents chosen for a reading, or none and the code of the refusal."""
    try:
        agents = analyze_reading(text, packed(text, reading), CARDS).agents
    except Refusal as refusal:
        return set(), refusal.code
    return {name.removesuffix("-specialist") for name in (agents.primary, *agents.supporting, *agents.validation)}, None
