"""Words, their stems, and matches of the cards' phrases."""

from __future__ import annotations

import pytest
from creatorflow_contracts.stemming import stem
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.reading.lexicon import Lexicon
from creatorflow_orchestrator.core.reading.scoring import Scorer
from creatorflow_orchestrator.core.reading.tokens import tokens

VOCABULARY = {
    "selling": {"order": 3.0, "order status": 5.0},
    "speed": {"order volume": 4.0, "load": 3.0, "slow": 1.5},
    "postage": {"print label": 4.0},
}
CARD = Card("a-specialist", "g", "s", (), tuple(VOCABULARY), VOCABULARY)


def _domains(text: str, card: Card = CARD) -> set[str]:
    """Return the domains that a text asks for, taken as one clause."""
    scorer = Scorer(text, Lexicon((card,)), (card,), find_facts(text))
    return set(scorer.clause(tokens(text, 0, len(text))))


@pytest.mark.parametrize(
    "family",
    [
        "label labels labelled labelling labeled labeling",
        "ship ships shipped",
        "cache caches caching cached",
        "carry carries",
        "query queries",
        "policy policies",
        "generate generates generated generating",
        "return returns returned returning",
        "address addresses",
    ],
)
def test_the_forms_of_a_word_have_one_stem(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(("word", "other"), [("test", "latest"), ("load", "upload"), ("order", "border")])
def test_a_word_inside_another_is_another_word(word: str, other: str) -> None:
    assert stem(word) != stem(other)


def test_a_noun_is_distinguished_from_a_verb() -> None:
    assert stem("shipping") != stem("ships") and stem("billing") != stem("bills")


def test_a_longer_phrase_hides_a_shorter_one_inside_it() -> None:
    assert _domains("survive ten times the order volume") == {"speed"}


def test_an_idiom_has_no_domain() -> None:
    assert _domains("in order to sleep well") == set()


def test_a_word_inside_a_quantity_does_not_match() -> None:
    assert _domains("5000 orders/hour") == set()
    assert _domains("5000 hats/hour and orders") == {"selling"}


def test_a_phrase_matches_across_numbers_and_small_words() -> None:
    assert _domains("print 500 of the labels") == {"postage"}


def test_a_number_may_be_part_of_a_phrase() -> None:
    card = Card("a-specialist", "g", "s", (), ("rules",), {"rules": {"soc 2": 3.0}})
    assert _domains("get SOC 2 ready in May", card) == {"rules"}


def test_a_phrase_may_have_other_words_in_between_but_no_full_stop() -> None:
    assert _domains("print the right label") == {"postage"}
    assert _domains("print it. The label is red") == set()


def test_an_ambiguous_word_counts_only_beside_domain_words() -> None:
    assert _domains("I feel slow today") == set()
    assert _domains("the app is slow") == {"speed"}


def test_a_domain_is_recognized_by_its_own_name() -> None:
    card = Card("gift-specialist", "g", "s", (), ("gift_wrapping",))
    assert _domains("gift wrapping please", card) == {"gift_wrapping"}
