"""Each ask of a labelled request reaches the agent that does it."""

from __future__ import annotations

import pytest

from tests.labelled_reading import AGENTS, PARTS, STRATA, asks_outcome, asks_table, by_stratum
from tests.labelled_reading import ASK_LABELS as LABELS

EVERY = 10
"""Of so many requests one of this many is read here; `make bench` reads all."""
REACHED = {"agents": 0.72, "ask agents": 0.6}
"""What the reader reaches without having learned from any of them. The aim is 0.9."""


def test_asks_reach_the_agents_that_do_them(capsys: pytest.CaptureFixture[str]) -> None:
    figures = by_stratum(map(asks_outcome, LABELS[::EVERY]))
    with capsys.disabled():
        print(f"\n{len(LABELS[::EVERY])} requests whose asks are labelled\n{asks_table(figures)}")
    low = {name: found.f1 for name, found in figures["all"].items() if found.f1 < REACHED[name]}
    assert not low


def test_the_labels_are_sound() -> None:
    others = {label["text"] for part in PARTS.values() for label in part}
    assert len({label["text"] for label in LABELS} - others) == len(LABELS)
    for label in LABELS:
        named = [*label["must"], *label["may"], *(agent for ask in label["asks"] for agent in ask["agents"])]
        assert set(named) <= AGENTS and label["stratum"] in STRATA
        assert all(ask["text"] in label["text"] for ask in (*label["asks"], *label["exclusions"]))
