"""The things that exclusions take away, beside what the asks of a request are about."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.exclusion_signs import signs
from creatorflow_orchestrator.core.reading.tokens import tokens

from tests.unit.core.reading.requests import reading_of


def _taken(text: str, passage: str) -> set[str]:
    found = [out for out in reading_of(text).exclusions if passage in out.text]
    assert found, text
    return {name for out in found for name in (*out.domains, *(kind.value for kind in out.kinds))}


@pytest.mark.parametrize(
    ("text", "passage", "taken"),
    [
        ("Add partial refunds to cancelled orders. Don't redesign it.", "redesign", "ui_dashboard"),
        ("Build the returns flow. Correction of old data is not included.", "Correction", "fix"),
    ],
)
def test_what_is_left_out_in_other_words_than_those_of_the_cards_is_taken_away(
    text: str, passage: str, taken: str
) -> None:
    assert taken in _taken(text, passage)


def test_what_is_left_out_in_so_many_words_outweighs_a_doubtful_ask() -> None:
    text = (
        "What the tablet needs:\n\n- Everything can be done with one thumb\n- Nothing is told by colour alone\n"
        "- An empty list and a broken list look different\n- Sound when a scan is wrong\n\n"
        "Not included:\n\n- Analytics of how fast somebody works\n"
    )
    assert "analytics" in _taken(text, "Analytics")


def test_tests_of_one_kind_that_are_left_out_take_nothing_from_an_ask_for_others() -> None:
    text = "Write contract tests for the carriers. The load tests were run by an agency in spring."
    assert _taken(text, "load tests") == {"performance"}


def test_changing_nothing_elsewhere_is_left_out() -> None:
    text = "Translate the labels for Norway without changing anything for the mainland."
    assert [ask.text for ask in reading_of(text).asks] == ["Translate the labels for Norway"]
    assert _taken(text, "mainland") == set()


@pytest.mark.parametrize(
    ("clause", "sign"),
    [
        ("the invoices I'm handling", "its object stands first"),
        ("the sign-up page was redone by Studio Kestrel", "others do it"),
        ("isolating them has been done", "is finished"),
        ("the admin pages remain in English", "stays"),
        ("you needn't care about refunds", "I deny"),
        ("humans' sign-in: untouched", "a word behind a colon"),
    ],
)
def test_the_grammar_of_a_clause_says_that_it_may_leave_something_out(clause: str, sign: str) -> None:
    assert sign in set(signs(clause, tokens(clause, 0, len(clause))))
