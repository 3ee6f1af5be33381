from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.synthesis.judging.figure_matches import Figure, Kind, kind_of_number, kind_of_unit
from creatorflow_orchestrator.core.synthesis.judging.passages import Passage
from creatorflow_orchestrator.core.synthesis.judging.stated_numbers import stated_numbers
from creatorflow_orchestrator.core.synthesis.judging.words import concepts


def stated(text: str, value: float, unit: str, subject: str = "") -> bool:
    return Figure(value, unit, frozenset(concepts(subject))).is_stated_in(Passage(text))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2, "s", "each response takes at most 2000 ms"),
        (350, "ms", "the 95th percentile stays below 0.35 s"),
        (15, "min", "WAL segments are closed every 900 seconds"),
        (14, "day", "a trial of two weeks"),
        (14, "day", "interval '14 days'"),
        (10, "year", "kept for 120 months"),
        (2, "day", "a promise of 48 hours"),
        (10, "day", "tried again on day 10"),
        (7500, "orders/hour", "125 orders a minute"),
        (7500, "orders/hour", "7,500 orders in the peak hour"),
        (7500, "orders/hour", "2.1 orders/s"),
        (500, "requests/second", "500 rps of requests per second"),
        (12, "USD", "Basic costs $12 a month"),
        (12, "USD", "price_cents: 1200"),
        (0.035, "USD/label", "every further label costs 3.5 cents"),
        (3.5, "cent/label", "$0.035 for each label"),
        (500, "EUR", "more than €500"),
        (99.9, "%", "99.9 % of all months"),
        (10, "%", "a tenth of the shops"),
        (30, "x", "30 times the usual"),
        (0.5, "x", "half of the staff"),
        (5, "times", "five tries in ten days"),
        (250, "labels", "the first 250 labels"),
        (512, "MB", "a cap of 0.5 GB"),
        (203, "dpi", "812 dots at 203 dpi"),
        (15, "min/month", "downtime of 15 minutes a month"),
        (1, "times/week", "a weekly report"),
    ],
)
def test_a_figure_is_stated_in_any_unit_of_its_kind(value: float, unit: str, text: str) -> None:
    assert stated(text, value, unit)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2, "s", "each response takes at most 2 minutes"),
        (14, "day", "14 weeks"),
        (7500, "orders/hour", "7500 labels were lost"),
        (20, "labels/day", "20 labels a second"),
        (7500, "orders/hour", "7500 webhooks an hour"),
        (3, "carriers", "3 zones"),
        (500, "EUR", "more than 500 USD"),
        (12, "USD", "12 plans"),
        (10, "%", "10 shops"),
        (30, "x", "30 orders"),
        (512, "MB", "512 files"),
        (203, "dpi", "300 dpi"),
        (350, "ms", "500 ms instead of 350 ms"),
        (1, "times/week", "a monthly report"),
    ],
)
def test_another_figure_with_the_same_number_or_unit_does_not_state_it(value: float, unit: str, text: str) -> None:
    assert not stated(text, value, unit)


def test_a_number_counts_only_in_a_passage_about_its_subject() -> None:
    assert stated("the response takes 2 s", 2, "s", "response times")
    assert not stated("a failed call is tried again after 2 s", 2, "s", "response times")


@pytest.mark.parametrize(
    ("text", "unit", "kind"),
    [
        ("500 orders/hour", "orders/hour", Kind.RATE),
        ("30 days", "day", Kind.TIME),
        ("three carriers", "carriers", Kind.COUNT),
        ("$49", "USD/month", Kind.MONEY),
        ("99.9 %", "%", Kind.SHARE),
        ("10 times", "x", Kind.FACTOR),
        ("512 MB", "GB", Kind.SIZE),
        ("500 rps", "rps", Kind.RATE),
    ],
)
def test_a_number_in_an_answer_has_the_kind_of_the_unit_in_the_request(text: str, unit: str, kind: Kind) -> None:
    (number,) = [number for number in stated_numbers(text) if number.value]
    assert kind_of_unit(unit) is kind
    assert kind_of_number(number) is kind or text == "500 rps"
