"""How well requests are read, measured over the labelled set of `tests/golden/reading`, by stratum.

`tune` is looked at while words and rules are changed: what goes wrong is listed. Of `held_out` only figures are
printed, so that nobody tunes to it.
"""

from __future__ import annotations

import pytest

from tests.labelled_reading import PARTS, STRATA, by_stratum, outcome, table
from tests.reading_scores import Score

AIMS = {"agents": 0.9, "exclusions": 1.0, "honoured": 1.0, "facts": 0.95, "asks": 0.9}
"""What is aimed at: agents in every stratum but other languages. `REACHED` is to be raised to it, never lowered."""
REACHED: dict[str, dict[str, float]] = {
    "tune": {
        "agents": 0.94,
        "stratum": 0.83,
        "exclusions": 0.94,
        "honoured": 0.98,
        "facts": 0.96,
        "asks": 0.86,
        "kinds": 0.85,
        "refusals": 0.97,
    },
    "held_out": {
        "agents": 0.87,
        "stratum": 0.82,
        "exclusions": 0.6,
        "honoured": 0.95,
        "facts": 0.89,
        "asks": 0.88,
        "kinds": 0.72,
        "refusals": 0.95,
    },
}
FALSE_EXCLUSIONS = {"tune": 6, "held_out": 6}
"""At most, in a part: something taken away that the request does not exclude."""


@pytest.mark.parametrize("part", ["tune", "held_out"])
def test_requests_are_read_as_labelled(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [outcome(label) for label in PARTS[part]]
    figures = by_stratum(outcomes)
    with capsys.disabled():
        print(f"\n{part}, {len(outcomes)} requests\n{table(figures)}")
        print("aims not reached: " + ", ".join(_aims_not_reached(figures["all"])))
    low = _below(figures, REACHED[part], FALSE_EXCLUSIONS[part])
    listed = [f"{found.label['id']}: {line}" for found in outcomes for line in found.lines] if part == "tune" else []
    assert not low, "\n".join([*low, *listed])


def _aims_not_reached(everything: dict[str, Score]) -> list[str]:
    """Return a phrase for each figure of the whole part that is below its aim."""
    measured = {
        "agents": everything["agents"].f1,
        "exclusions": everything["exclusions"].recall,
        "honoured": everything["honoured"].recall,
        "facts": min(everything["facts"].precision, everything["facts"].recall),
        "asks": everything["asks"].f1,
    }
    return [f"{name} {value:.3f} < {AIMS[name]}" for name, value in measured.items() if value < AIMS[name]]


def _below(figures: dict[str, dict[str, Score]], floors: dict[str, float], most_false: int) -> list[str]:
    """Return a line for each figure below its floor."""
    everything = figures["all"]
    measured = [
        ("exclusions found", everything["exclusions"].recall, floors["exclusions"]),
        ("exclusions honoured", everything["honoured"].recall, floors["honoured"]),
        ("precision of facts", everything["facts"].precision, floors["facts"]),
        ("recall of facts", everything["facts"].recall, floors["facts"]),
        ("asks", everything["asks"].f1, floors["asks"]),
        ("kinds of asks", everything["kinds"].recall, floors["kinds"]),
        ("refusals", everything["refusals"].recall, floors["refusals"]),
        ("agents", everything["agents"].f1, floors["agents"]),
    ]
    measured += [
        (f"agents, {name}", figures[name]["agents"].f1, floors["stratum"])
        for name in STRATA
        if name != "other_languages"
    ]
    low = [f"{name}: {value:.3f} < {floor:.3f}" for name, value, floor in measured if value < floor]
    wrong = everything["exclusions"].wrong
    return low + ([f"{wrong} false exclusions, more than {most_false}"] if wrong > most_false else [])
