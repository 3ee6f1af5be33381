"""How well facts are read, measured over the short texts of `tests/golden/reading/facts_*.jsonl`.

The odd lines of `facts_labelled` were looked at while words and rules were changed; of its even ones only figures are
printed. By `facts_fresh` nothing was changed yet.
"""

from __future__ import annotations

import json

import pytest

from tests.labelled_reading import FACT_TEXTS, facts_outcome
from tests.reading_scores import total

REACHED = {"looked at": (0.96, 0.92), "held back": (0.86, 0.74), "fresh": (0.88, 0.77)}
"""Precision and recall that are reached, at least; the aim is 0.98 of both. To be raised, never lowered."""
LABELS, FRESH = ([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] for path in FACT_TEXTS)
PARTS = {"looked at": LABELS[::2], "held back": LABELS[1::2], "fresh": FRESH}


@pytest.mark.parametrize("part", PARTS)
def test_facts_of_short_texts_are_read_as_labelled(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = total(map(facts_outcome, PARTS[part]))
    with capsys.disabled():
        print(f"\nfacts, {part}: precision {found.precision:.3f}, recall {found.recall:.3f}")
    precision, recall = REACHED[part]
    lines = found.lines if part == "looked at" else ()
    assert found.precision >= precision, "\n".join(lines)
    assert found.recall >= recall, "\n".join(lines)


def test_all_passages_of_a_label_are_in_its_text() -> None:
    passages = [
        (label["text"], passage)
        for label in (*LABELS, *FRESH)
        for passage in (*(fact["text"] for fact in label["facts"]), *label["may_facts"], *label["no_facts"])
    ]
    assert len(LABELS) >= 300 and len(FRESH) >= 390
    assert [passage for text, passage in passages if passage not in text] == []
