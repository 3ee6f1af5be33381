"""The object of an ask is named where the answer speaks of it, and never by an echo."""

from __future__ import annotations

import pytest
from creatorflow_specialists.engine import render
from creatorflow_specialists.playbook import read

from .readings import figure, task_with_reading, thing
from .test_engine import written

BODY = """
## Specification

- A label of a parcel is bought once.
- Prices of carriers are compared.

## Steps

1. Print the parcel's label at night.
"""


def specification(*objects: str, asks: tuple[str, ...] = ("Buy a label",)) -> list[str]:
    book = read(written(BODY, applies='phrases = { "label" = 2, "price" = 2 }', title='"Postage"'), "x.md")
    output = render(task_with_reading("test-agent", asks, objects=objects), book)
    return [item.text for item in output.technical_specifications]


def test_an_item_that_speaks_of_most_of_an_object_takes_it_as_its_label() -> None:
    assert specification("the parcel's label at night.")[0] == (
        "The parcel's label at night: A label of a parcel is bought once."
    )


@pytest.mark.parametrize(
    "object_",
    [
        "label",
        "a parcel's label",
        "label of a parcel in gold",
        "label in gold",
        "label of carriers at night",
        "scarf",
        "",
        "label of a parcel at night " * 9,
    ],
)
def test_an_object_that_is_named_already_or_that_the_text_does_not_have_adds_nothing(object_: str) -> None:
    assert specification(object_) == ["A label of a parcel is bought once.", "Prices of carriers are compared."]


def test_each_ask_names_its_object_in_an_item_that_answers_it() -> None:
    asks = ("Buy a label for a parcel", "Compare carriers by price at night")
    texts = specification("label of a parcel at night", "prices of carriers at night", asks=asks)
    assert texts == [
        "Label of a parcel at night: A label of a parcel is bought once.",
        "Prices of carriers at night: Prices of carriers are compared.",
    ]


def test_an_object_is_not_named_in_an_item_that_answers_another_ask() -> None:
    asks = ("Buy a label", "Compare the price")
    assert specification("", "label of a parcel at night", asks=asks)[0] == "A label of a parcel is bought once."


def test_an_item_that_states_a_fact_of_an_ask_answers_it_without_a_word_of_it() -> None:
    body = "\n## Specification\n\n- All else.\n- It ends after 30 minutes.\n- The DHL office closes.\n"
    asks = ("Print a label and wait half an hour", "A label for DHL")
    facts = [figure("half an hour", 30, "min"), thing("DHL", "carrier")]
    book = read(written(body, title='"Postage"'), "x.md")
    output = render(task_with_reading("test-agent", asks, facts), book)
    assert [item.answers for item in output.technical_specifications] == [(), (0,), (1,)]
