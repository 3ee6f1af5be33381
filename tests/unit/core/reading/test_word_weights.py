"""Words have weights for domains, learned from examples."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.word_weights import NO_WEIGHTS, WordWeights, features_of, likelihood
from creatorflow_orchestrator.core.request import Attachment, Fact, FactKind

WEIGHTS = WordWeights({"shipping": -2.0, "billing": -2.0}, {"label": {"shipping": 4.0}, "invoice": {"billing": 4.0}})


def test_a_word_makes_its_domain_likely_and_no_other() -> None:
    chances = WEIGHTS.chances({"label": 1.0})
    assert chances["shipping"] > 0.8
    assert chances["billing"] < 0.2


def test_without_weights_nothing_is_likely() -> None:
    assert NO_WEIGHTS.chances({"label": 1.0}) == {}


def test_unknown_words_say_nothing() -> None:
    assert WEIGHTS.chances({"scarf": 1.0}) == WEIGHTS.chances({})


@pytest.mark.parametrize("total", [-1e9, -1.0, 0.0, 1.0, 1e9])
def test_a_likelihood_is_between_0_and_1(total: float) -> None:
    assert 0.0 <= likelihood(total) <= 1.0


def test_the_length_of_an_ask_does_not_count() -> None:
    short = features_of(["print", "label"], (), {}, {})
    long = features_of(["print", "label"] + [f"word{at}" for at in range(50)], (), {}, {})
    assert sum(value * value for value in short.values()) == pytest.approx(
        sum(value * value for value in long.values()), rel=0.7
    )
    assert long["label"] < short["label"]


def test_named_things_and_units_count_by_their_kind() -> None:
    facts = [
        Fact(0, 3, "DHL", kind=FactKind.NAME, name="DHL", category="carrier"),
        Fact(4, 9, "5 USD", kind=FactKind.QUANTITY, value=5.0, unit="USD/label"),
    ]
    assert {"name:carrier", "unit:USD", "unit:label"} <= features_of([], facts, {}, {}).keys()


def test_numbers_count_as_numbers_whichever_they_are() -> None:
    assert features_of(["5000"], (), {}, {}).keys() == features_of(["7"], (), {}, {}).keys()


def test_the_words_in_the_names_of_pasted_code_count_as_such() -> None:
    text = "CarrierTimeout at buyLabel(order_id) // CPU"
    found = features_of([], (), {}, {}, [Attachment(0, len(text), text, language="log")])
    assert {"file:log", *(f"in file:{word}" for word in ("carrier", "timeout", "label", "cpu"))} <= found.keys()
