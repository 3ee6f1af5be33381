from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.request import Fact, FactKind
from creatorflow_orchestrator.core.synthesis.judging.name_matches import names


def thing(text: str, name: str = "", kind: FactKind = FactKind.NAME) -> Fact:
    return Fact(0, len(text), text, kind, name=name or text)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (thing("Royal Mail"), "a label of RoyalMail"),
        (thing("Royal Mail"), "carriers/royal_mail.py"),
        (thing("DPD"), "DPD's tariff"),
        (thing("packer"), "the packers' list"),
        (thing("MySQL 8", "MySQL"), "InnoDB of MySQL"),
        (thing("order.shipped"), "`order.shipped` is published"),
        (thing("Zebra"), "a ZEBRA printer"),
    ],
)
def test_a_named_thing_is_found_however_it_is_written(fact: Fact, text: str) -> None:
    assert names(text, fact)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (thing("UPS"), "three groups of parcels"),
        (thing("Zebra"), "Brother printers instead of Zebra"),
        (thing("Zebra"), "Zebra is not supported"),
        (thing("GLS"), "no GLS"),
        (thing("GLS"), "GLSX"),
    ],
)
def test_another_name_or_one_that_is_put_aside_does_not_count(fact: Fact, text: str) -> None:
    assert not names(text, fact)


def test_a_known_form_names_the_thing() -> None:
    fact = thing("PostgreSQL")
    assert names("a table in Postgres", fact, {"PostgreSQL": ("Postgres",)})
    assert not names("a table in Postgres", fact)


@pytest.mark.parametrize(
    ("iso", "text"),
    [
        ("--01-31", "until January 31st"),
        ("--01-31", "up to the 31st of January"),
        ("2027-01-31", "return_until = '2027-01-31'"),
        ("--01-31", "bis 31.01."),
        ("2026-12", "events_2026_12"),
        ("--01", "from January on"),
        ("-W-1", "on Mondays"),
    ],
)
def test_a_date_is_found_in_its_forms(iso: str, text: str) -> None:
    assert names(text, thing("that day", iso, FactKind.DATE))


@pytest.mark.parametrize("text", ["until 30 January", "2027-02-31", "31 days", "13 January 1", "on Sundays"])
def test_another_date_does_not_count(text: str) -> None:
    assert not names(text, thing("31 January", "--01-31", FactKind.DATE))
    assert not names(text, thing("Monday", "-W-1", FactKind.DATE))


@pytest.mark.parametrize("text", ["at 15:30", "by 3:30 pm", "3.30 p.m.", "at half past three"])
def test_a_time_of_day_is_found_in_its_forms(text: str) -> None:
    assert names(text, thing("half past three", "15:30", FactKind.TIME))


@pytest.mark.parametrize("text", ["at 15:31", "half past four", "3:30 am", "115:30", "at 5:30"])
def test_another_time_of_day_does_not_count(text: str) -> None:
    assert not names(text, thing("half past three", "15:30", FactKind.TIME))


def test_a_name_with_signs_of_a_pattern_is_looked_for_as_it_is_written() -> None:
    assert names("in C++ (fast)", thing("C++ (fast"))
    assert not names("in Cxx", thing("C++"))
