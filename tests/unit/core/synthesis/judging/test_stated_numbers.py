from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.synthesis.judging.stated_numbers import stated_numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7,500 orders", 7500),
        ("9 000 orders", 9000),
        ("90M rows", 90_000_000),
        ("8.8 million orders", 8_800_000),
        ("2.5k orders", 2500),
        ("p(95)<350", 350),
        ("timedelta(days=14)", 14),
        ("$0.035 a label", 0.035),
        ("twelve staff", 12),
        ("twenty-five sellers", 25),
        ("a quarter of an hour", 0.25),
        ("within an hour", 1),
    ],
)
def test_a_number_is_read_in_digits_and_in_words(text: str, value: float) -> None:
    assert value in [number.value for number in stated_numbers(text)]


@pytest.mark.parametrize("text", ["version v2", "ISO8601", "an order", "somebody"])
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    assert list(stated_numbers(text)) == []


def test_the_words_beside_a_number_are_nearest_first() -> None:
    (number,) = stated_numbers("at most 14 working days after")
    assert (number.after[:3], number.before[:2]) == (("working", "days", "after"), ("most", "at"))


def test_a_number_that_is_put_aside_is_marked() -> None:
    assert [number.aside for number in stated_numbers("it takes 500 ms instead of 350 ms")] == [False, True]
    assert [number.aside for number in stated_numbers("not more than 350 ms")] == [False]
