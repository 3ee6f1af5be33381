"""Accuracy of the chosen agents for requests in people's own words, measured over labelled sets.

`labelled.jsonl` was written before the vocabulary; over a third of it, selected by its ids alone, was held out and read
once: 0.919. That reading showed that phrases with a number in them ("SOC 2") never matched, which was fixed; no word
was changed for it.
`tuning.jsonl` was written later and used to widen the vocabulary, so its figure only shows that nothing has got worse.
`fresh.jsonl` was written before the vocabulary was widened again, and read once after that: 0.817.
A choice is right when the label has the agent in `must`, wrong when it has it neither in `must` nor in `may`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from creatorflow_contracts.cards import load_cards
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.planning.analyzer import analyze
from creatorflow_orchestrator.translate.tasks import to_card

REQUESTS = Path(__file__).parents[3] / "golden" / "requests"
CARDS = tuple(map(to_card, load_cards()))
Label = dict[str, Any]


def _labels(name: str) -> list[Label]:
    return [json.loads(line) for line in (REQUESTS / name).read_text(encoding="utf-8").splitlines()]


def _held_out(label: Label) -> bool:
    return int(hashlib.sha256(label["id"].encode()).hexdigest(), 16) % 3 == 0


PARTS = {
    "tune": [label for label in _labels("labelled.jsonl") if not _held_out(label)],
    "held_out": [label for label in _labels("labelled.jsonl") if _held_out(label)],
    "tuning": _labels("tuning.jsonl"),
    "fresh": _labels("fresh.jsonl"),
}


def _chosen(text: str) -> set[str]:
    try:
        agents = analyze(text, CARDS).agents
    except Refusal as refusal:
        assert refusal.code == "NO_AGENT_MATCHES"
        return set()
    return {name.removesuffix("-specialist") for name in (agents.primary, *agents.supporting, *agents.validation)}


def _f1(labels: list[Label]) -> tuple[float, list[str]]:
    """Return micro F1 over agents, and a line for each request that went wrong."""
    right = wrong = missed = 0
    lines = []
    for label in labels:
        chosen, must = _chosen(label["text"]), set(label["must"])
        extra, missing = chosen - must - set(label["may"]), must - chosen
        right, wrong, missed = right + len(chosen & must), wrong + len(extra), missed + len(missing)
        if extra or missing:
            lines.append(f"{label['id']}: extra {sorted(extra)}, missing {sorted(missing)}: {label['text']}")
    return 2 * right / (2 * right + wrong + missed), lines


@pytest.mark.parametrize(("part", "floor"), [("tune", 0.97), ("held_out", 0.9), ("tuning", 0.92), ("fresh", 0.8)])
def test_agents_are_chosen_as_labelled(part: str, floor: float, capsys: pytest.CaptureFixture[str]) -> None:
    measured, lines = _f1(PARTS[part])
    with capsys.disabled():
        print(f"\nF1 over agents, {part}: {measured:.3f} ({len(PARTS[part])} requests)")
    assert measured >= floor, "\n".join(lines)


def test_the_set_is_large_and_a_third_of_it_is_held_out() -> None:
    assert len(PARTS["tune"]) + len(PARTS["held_out"]) >= 150
    assert len(PARTS["held_out"]) * 3 >= len(PARTS["tune"]) + len(PARTS["held_out"]) - 10
    names = {card.name.removesuffix("-specialist") for card in CARDS}
    for label in [label for part in PARTS.values() for label in part]:
        assert names.issuperset(label["must"] + label["may"] + label["must_not"])
        assert not set(label["must"]) & set(label["may"] + label["must_not"])


@pytest.mark.parametrize(
    ("words", "agent"),
    [
        ("print postage", "shipping-automation"),
        ("we fall over when a video goes viral", "performance-engineering"),
        ("dunning", "subscription-billing"),
        ("people pay twice", "subscription-billing"),
        ("chargeback", "subscription-billing"),
        ("stock shows wrong", "real-time-sync"),
        ("parcel", "shipping-automation"),
    ],
)
def test_most_requests_do_not_use_the_vocabulary_of_the_cards(words: str, agent: str) -> None:
    assert agent in _chosen(words)
