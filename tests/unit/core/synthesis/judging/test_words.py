from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.synthesis.judging.words import concept, concepts, content, covered


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("labels", "labelled"),
        ("deletion", "erased"),
        ("remove", "erasure"),
        ("monthly", "months"),
        ("migration", "migrate"),
        ("courier", "carriers"),
        ("sold", "sale"),
        ("retried", "attempts"),
        ("p95", "percentile"),
        ("refund", "reimbursement"),
    ],
)
def test_words_with_one_meaning_have_one_concept(one: str, other: str) -> None:
    assert concept(one) == concept(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("customs", "customers"), ("order", "cart"), ("label", "table"), ("upload", "load"), ("state", "station")],
)
def test_words_that_only_look_alike_have_two_concepts(one: str, other: str) -> None:
    assert concept(one) != concept(other)


def test_an_identifier_is_read_as_its_parts() -> None:
    assert {"order", "card"} <= set(concepts("orderCard"))
    assert {"pric", "cent"} <= set(concepts("price_cents = 1200"))


def test_words_of_grammar_asking_and_praise_say_nothing() -> None:
    assert content("Please ensure that it is a robust, scalable solution and follows best practices") == ()
    assert content("Print the labels") == ("print", "label")


def test_the_product_itself_says_nothing() -> None:
    assert content("CreatorFlow must print") == ("print",)


def test_a_compound_covers_the_two_words_that_it_is_made_of() -> None:
    assert covered(("deploy", "roll", "back"), {"deploy", "rollback"}) == {"deploy", "roll", "back"}
    assert covered(("deploy", "roll", "back"), {"deploy"}) == {"deploy"}
