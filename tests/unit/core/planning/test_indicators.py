"""Complexity by the words of a request's asks."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.plan import Complexity
from creatorflow_orchestrator.core.planning.asked_text import AskedText
from creatorflow_orchestrator.core.planning.indicators import complexity, indicators

from tests.unit.core.planning.readings import Request


def _shown(request: Request) -> tuple[str, ...]:
    return indicators(AskedText(request.text, request.reading), request.reading)


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
    ],
)
def test_indicators_match_at_the_start_of_a_word(text: str, shown: tuple[str, ...]) -> None:
    assert _shown(Request(text).ask(text)) == shown


def test_words_of_a_figure_are_no_indicator() -> None:
    assert (
        _shown(Request("run 5000 tests/hour").ask("run 5000 tests/hour").fact("5000 tests/hour", 5000, "tests/hour"))
        == ()
    )


def test_words_outside_of_the_asks_are_no_indicator() -> None:
    request = Request("We load-tested it last year. Print labels without any tests.")
    request.context("We load-tested it last year").ask("Print labels without any tests").without("without any tests")
    assert _shown(request) == ()


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
