"""Complexity by the words of a request, and its pattern where the words state it."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.plan import Complexity, Pattern
from creatorflow_orchestrator.core.planning.indicators import complexity, indicators, stated_pattern
from creatorflow_orchestrator.core.planning.quantities import find_quantities


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Connect and synchronise", ("multi_system",)),
        ("scale it, under load", ("performance",)),
        ("authentication, encrypted", ("security",)),
        ("Test and verify", ("testing",)),
        ("authorise", ("security",)),
        ("upload the latest photo of the author", ()),
        ("testimonials from the authors", ()),
        ("5000 tests/hour", ()),
    ],
)
def test_indicators_match_at_the_start_of_a_word_and_not_inside_a_quantity(text: str, shown: tuple[str, ...]) -> None:
    assert indicators(text, find_quantities(text)) == shown


@pytest.mark.parametrize(
    ("shown", "domains", "expected"),
    [
        (0, 1, Complexity.LOW),
        (1, 1, Complexity.LOW),
        (2, 1, Complexity.MEDIUM),
        (0, 2, Complexity.MEDIUM),
        (0, 4, Complexity.MEDIUM),
        (3, 1, Complexity.HIGH),
        (0, 5, Complexity.HIGH),
    ],
)
def test_complexity_follows_from_indicators_and_domains(shown: int, domains: int, expected: Complexity) -> None:
    assert complexity(("x",) * shown, domains) is expected


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("Deploy only if the tests pass", Pattern.CONDITIONAL),
        ("Once the review passes, then publish it", Pattern.CONDITIONAL),
        ("Improve it until p95 is below 200 ms", Pattern.ITERATIVE),
        ("Keep refining the dashboard", Pattern.ITERATIVE),
        ("Review and improve the report", Pattern.ITERATIVE),
        ("Import each order only once", None),
        ("I pack parcels until midnight", None),
        ("Until now we had no tests", None),
        ("We fall over when a video goes viral", None),
    ],
)
def test_the_words_of_a_request_show_branches_and_loops(text: str, pattern: Pattern | None) -> None:
    assert stated_pattern(text) is pattern
