"""Numbers of a request, in the unit that a playbook asks for, and as the request states them."""

from __future__ import annotations

import pytest
from creatorflow_contracts.v1.reading import Fact
from creatorflow_specialists.quantities import Quantities, numbers_of, quantities_of
from creatorflow_specialists.unit_conversion import LARGEST, read_fact
from creatorflow_specialists.words import contains, stems
from creatorflow_specialists.written_numbers import states

from .readings import Note, figure, task_with_reading
from .tasks import make_task


def quantities(*stated: str) -> Quantities:
    return quantities_of(make_task("a", quantities=stated))


def stated_in(ask: str, *notes: Note) -> Quantities:
    return quantities_of(task_with_reading("a", [ask], notes))


@pytest.mark.parametrize(
    ("stated", "per", "value"),
    [
        ("orders >= 5000 orders/hour", "hour", 5000),
        ("orders >= 120 orders/minute", "hour", 7200),
        ("orders = 2 orders per second", "hour", 7200),
        ("orders = 48 orders a day", "hour", 2),
        ("order volume >= 5000 /hour", "minute", 5000 / 60),
        ("order requests = 3 rps", "second", 3),
    ],
)
def test_a_rate_is_returned_in_the_unit_asked_for(stated: str, per: str, value: float) -> None:
    assert quantities(stated).rate("order", per, 1) == pytest.approx(value)


@pytest.mark.parametrize(
    ("stated", "unit", "value"),
    [
        ("response times < 2 s", "ms", 2000),
        ("response time < 300 ms", "second", 0.3),
        ("retention = 2 years", "days", 730),
        ("retention = 6 months", "days", 180),
        ("latency < 1 minute", "s", 60),
    ],
)
def test_a_time_is_returned_in_the_unit_asked_for(stated: str, unit: str, value: float) -> None:
    asked = quantities(stated)
    assert asked.duration("response|retention|latency", unit, 1) == pytest.approx(value)
    assert asked.duration("", unit, 1) == pytest.approx(value)
    assert asked.duration("moon", unit, 7) == 7


def test_percentages_factors_and_counts_are_distinguished() -> None:
    asked = quantities("uptime = 99.9 %", "order volume x 10 x", "shops = 40 shops")
    assert [asked.percent("uptime", 1), asked.factor("", 1), asked.count("shop|seller", 1)] == [99.9, 10, 40]
    assert asked.rate("order", "hour", 500) == 500
    assert asked.stated("percent", "uptime|availability") and not asked.stated("percent", "returns")


def test_unreasonable_numbers_are_bounded_or_omitted() -> None:
    asked = quantities("orders = 1e300 orders/hour", "uptime = 250 %", "shops = 0 shops")
    assert [asked.rate("order", "second", 1), asked.percent("", 1), asked.count("shop", 3)] == [1e9 / 3600, 100, 3]


def test_a_number_beyond_the_bounds_of_playbooks_is_still_the_one_that_is_stated() -> None:
    asked = quantities("rows = 5e9 rows", "orders = 5e9 orders/day")
    assert asked.count("row", 1) == LARGEST and asked.rate("order", "day", 1) == LARGEST
    assert asked.count("row", 1).said == "5000000000 rows (computed with 1000000000 rows)"
    assert asked.rate("order", "day", 1).said.startswith("5000000000 orders/day (computed with ")
    assert not states(numbers_of(make_task("a", quantities=["rows = 5e9 rows"]))[0], "1000000000 rows")


def test_a_phrase_matches_only_whole_adjacent_words() -> None:
    assert contains(stems("Print the shipping labels"), stems("shipping label"))
    assert not contains(stems("shipping of labels"), stems("shipping label"))
    assert not contains(stems("authority"), stems("auth"))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (20, "labels/day", "20 labels/day"),
        (650, "orders/min", "650 orders/minute"),
        (3, "rps", "3 requests/second"),
        (2, "h", "2 hours"),
        (1, "day", "1 day"),
        (0.333333333, "s", "333 ms"),
        (0.0004, "s", "0.4 ms"),
        (0.0000004, "s", "0.0004 ms"),
        (1e12, "orders/hour", "1000000000000 orders/hour"),
        (1e300, "orders", "1e+300 orders"),
        (0.00002, "%", "0.00002 %"),
        (1234.56789, "orders/hour", "1234.56789 orders/hour"),
        (1234567890123456, "rows", "1234567890123456 rows"),
        (0.3335, "s", "333.5 ms"),
        (2 / 3, "h", "0.6667 hours"),
        (99.9, "%", "99.9 %"),
        (12, "USD/month", "12 USD/month"),
        (30, "x", "30 times"),
        (3, "carriers", "3 carriers"),
        (15, "min/month", "15 minutes a month"),
    ],
)
def test_a_number_is_said_as_it_is_stated(value: float, unit: str, said: str) -> None:
    number = read_fact(Fact(start=0, end=1, text="x", kind="quantity", value=value, unit=unit, comparison="="))
    assert number is not None
    assert number.said == said


@pytest.mark.parametrize(
    ("value", "unit", "kind", "expected"),
    [
        (5, "times", "count", 5),
        (2, "times/day", "duration", 43_200),
        (0.2, "", "percent", 20),
        (12, "EUR", "money", 12),
        (3.5, "cents", "money", 0.035),
        (15, "min/quarter", "share", 15 / 129_600),
        (60, "parcels/night", "rate", 60),
    ],
)
def test_a_number_has_the_kind_of_its_unit(value: float, unit: str, kind: str, expected: float) -> None:
    number = read_fact(Fact(start=0, end=1, text="x", kind="quantity", value=value, unit=unit, comparison="="))
    assert number is not None
    assert number.kind == kind
    assert number.value == pytest.approx(expected)


USUAL = figure("400 an hour", 400, "orders/hour", subject="orders", role="usual")
PEAK = figure("at most 7,500", 7500, "orders/hour", subject="orders", role="peak")
PLAIN = figure("at most 7,500", 7500, "orders/hour", subject="orders")
THIRTY = figure("thirty times", 30, "x", comparison="x")
TEXT = "400 an hour, at most 7,500, thirty times"


@pytest.mark.parametrize(
    ("notes", "usual", "peak", "factor", "said"),
    [
        ((USUAL, PEAK), 400, 7500, 18.75, "7500 orders/hour at the peak (usually 400 orders/hour)"),
        ((USUAL, PLAIN), 400, 7500, 18.75, "7500 orders/hour at the peak (usually 400 orders/hour)"),
        ((PLAIN, THIRTY), 250, 7500, 30, "7500 orders/hour at the peak (30 times the usual 250 orders/hour)"),
        ((PEAK, THIRTY), 250, 7500, 30, "7500 orders/hour at the peak (30 times the usual 250 orders/hour)"),
        ((USUAL, THIRTY), 400, 12_000, 30, "12000 orders/hour at the peak (30 times the usual 400 orders/hour)"),
        ((USUAL,), 400, 4000, 10, "4000 orders/hour (assumed)"),
        ((PEAK,), 750, 7500, 10, "7500 orders/hour"),
        ((), 500, 5000, 10, "5000 orders/hour (assumed)"),
    ],
)
def test_a_load_is_the_usual_one_for_averages_and_the_peak_for_capacity(
    notes: tuple[Note, ...], usual: float, peak: float, factor: float, said: str
) -> None:
    load = stated_in(TEXT, *notes).load("order", "hour", 500, 10)
    assert [load.usual, load.peak, load.factor] == [usual, peak, factor]
    assert load.said == said


def test_where_a_text_asks_for_no_multiple_one_stated_rate_is_both() -> None:
    load = stated_in(TEXT, PLAIN).load("order", "hour", 500)
    assert [load.usual, load.peak] == [7500, 7500]
    assert (load.usual.assumptions, load.said) == ((), "7500 orders/hour")
    assert stated_in(TEXT, USUAL, PEAK).rate("order", "hour", 500) == 400
    assert stated_in(TEXT, PEAK, THIRTY).rate("order", "hour", 500) == 250


def test_a_percentile_belongs_to_the_time_that_it_binds() -> None:
    for note in (figure("350 ms", 350, "ms", role="p95"), figure("350 ms", 350, "ms", subject="p95")):
        numbers = stated_in("Answers at p95 below 350 ms", note)
        assert numbers.percentile("response", 99) == 95
        assert numbers.duration("response", "ms", 2000) == 350
    assert not stated_in("Answers below 350 ms", figure("350 ms", 350, "ms")).stated("percentile", "answer")


@pytest.mark.parametrize(
    ("note", "uptime"),
    [
        (figure("99.95 %", 99.95, "%", subject="uptime"), 99.95),
        (figure("15 minutes down a month", 15, "min/month", subject="down"), 100 - 15 / 432),
        (figure("fewer than 0.2 %", 0.2, "%", subject="errors"), 99.8),
    ],
)
def test_uptime_follows_from_a_downtime_and_from_a_share_of_errors(note: Note, uptime: float) -> None:
    assert stated_in(f"We allow {note['text']}", note).uptime(99.9) == pytest.approx(uptime)


def test_a_time_is_about_the_words_of_its_clause_when_it_has_none_of_its_own() -> None:
    ask = "Keep 1,200 invoices for ten years and erase a buyer within 7 days; reserve it in the cart, 20 minutes"
    numbers = stated_in(
        ask, figure("ten years", 10, "year"), figure("7 days", 7, "day"), figure("20 minutes", 20, "min")
    )
    assert numbers.duration("keep", "years", 1) == 10
    assert numbers.duration("erase", "days", 30) == 7
    assert numbers.duration("cart", "minutes", 15) == 20, "a clause of a figure alone belongs to the one before it"
    assert numbers.duration("invoice", "days", 30) == 3650


def test_the_only_time_of_an_ask_is_about_all_its_words() -> None:
    ask = "Sync the stock between Amazon and eBay within 30 seconds"
    alone = figure("30 seconds", 30, "s")
    assert stated_in(ask, alone).duration("stock", "s", 5) == 30
    assert stated_in(f"{ask} or 9 s", alone, figure("9 s", 9, "s")).duration("stock", "s", 5) == 5, "which of the two?"


def test_the_only_time_of_the_own_ask_is_the_main_one_if_it_is_of_its_order() -> None:
    for text, value, unit, days in (("two days", 2, "day", 2), ("300 ms", 300, "ms", 5), ("9 years", 9, "year", 5)):
        numbers = stated_in(f"Buy the cheapest label that is there in {text}", figure(text, value, unit))
        assert numbers.duration("delivery", "days", 5, main=True) == days
        assert numbers.duration("delivery", "days", 5) == 5
    two = stated_in("A label in 2 days or 9 days", figure("2 days", 2, "day"), figure("9 days", 9, "day"))
    assert two.duration("delivery", "days", 5, main=True) == 5, "which of the two?"


def test_what_a_time_is_now_is_no_target() -> None:
    now, wanted = figure("12 s", 12, "s", role="current"), figure("2 s", 2, "s", role="target")
    assert stated_in("Cut the response from 12 s to 2 s", now, wanted).duration("response", "s", 5) == 2


def test_what_is_included_is_found_by_its_role_and_best_by_its_words_too() -> None:
    ask = "Starter includes 3 users and 250 labels for nothing"
    people, labels = (
        figure("3 users", 3, "users", role="included"),
        figure("250 labels", 250, "labels", role="included"),
    )
    assert stated_in(ask, people).count("label", 1000, role="included") == 3
    assert stated_in(ask, people, labels).count("label", 1000, role="included") == 250
    monthly = figure("250 labels", 250, "labels/month", role="included")
    assert stated_in(ask, monthly).count("label", 1000, role="included") == 250
    assert stated_in(ask, monthly).rate("label", "month", 7) == 7, "what is free is no load"
