"""Figures whose unit, role or bound stands elsewhere in the sentence, and numbers that are none."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.request import FactKind
from creatorflow_orchestrator.translate.knowledge import name_index


def figures(text: str) -> list[tuple[str | None, float | None, str, str]]:
    found = find_facts(text, None, name_index())
    return [(fact.comparison, fact.value, fact.unit, fact.role) for fact in found if fact.kind is FactKind.QUANTITY]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("The suite takes 48 minutes. I want 10, no more work.", ("=", 10, "min", "target")),
        ("The job takes 40 min; it should take 10.", ("=", 10, "min", "target")),
        ("closed within 30 days, the rest within 90.", ("<=", 90, "day", "")),
        ("We allow 30 days, for club members 60, but no more.", ("=", 60, "day", "")),
        ("20% off over 3 items, 30% over 5", (">", 5, "items", "")),
        ("3 to 5 business days, never longer than 7", ("<=", 7, "day", "")),
        ("8 pounds for the first ten, 6.50 for every one after", ("=", 6.5, "GBP", "")),
        ("We've grown from 50 parcels a day to 700.", ("=", 700, "parcels/day", "target")),
        ("more than 2 shops or over 1k orders monthly", (">", 1000, "orders/month", "")),
        ("at most 5 minutes, and not more than six at once", ("<=", 6, "", "")),
    ],
)
def test_a_bare_number_takes_the_unit_that_is_meant_and_no_other(text: str, last: tuple[str, float, str, str]) -> None:
    assert figures(text)[-1] == last


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("about 800 orders a day and 6,500 on the days of the big streams", ["usual", "peak"]),
        ("orders on a usual day: 1,300; on the best day of last year: 9,800", ["usual", "peak"]),
        ("Kiosk is 9 € a month incl. 50 orders, Loft 29 € incl. 400", ["", "included", "", "included"]),
        ("7 cents for each label beyond the first 500 a month", ["", "included"]),
    ],
)
def test_figures_of_one_subject_have_the_roles_that_their_occasions_give(text: str, roles: list[str]) -> None:
    assert [role for *_, role in figures(text)] == roles


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("above 150 EUR a second person has to agree", (">", 150, "EUR", "")),
        ("above £75 a supervisor has to say yes", (">", 75, "GBP", "")),
        ("four hundred orders come in per hour", ("=", 400, "orders/hour", "")),
        ("Send two mails, no more.", ("<=", 2, "mails", "")),
        ("it is shown at the latest 2 seconds later", ("<=", 2, "s", "")),
        ("0.01 % errors or less", ("<=", 0.01, "%", "")),
        ("where a delay of a second does no harm", ("=", 1, "s", "")),
        ("end each session after 8h", ("=", 8, "h", "")),
        ("1,500 orders a day within a year", ("=", 1500, "orders/day", "")),
        ("An article with fewer than five left shows a dot", ("<", 5, "", "")),
        ("The mail is out a minute after payment", ("=", 1, "min", "")),
        ("4p apiece", ("=", 0.04, "GBP", "")),
        ("Allow 5 of them", ("=", 5, "", "")),
        ("translate our texts, about 900 of them", ("=", 900, "", "")),
    ],
)
def test_a_figure_has_its_own_bound_and_no_more_than_its_own_unit(
    text: str, figure: tuple[str, float, str, str]
) -> None:
    assert figures(text)[0] == figure


@pytest.mark.parametrize(
    "text",
    [
        "Unit 4, 22 Mill Lane, Leeds",
        "phone 030 123456",
        "ext. 12",
        "CF-112 (5 SP)",
        "he asked on 3/4",
        "Q1 | What is left per product",
        "No such subscription: sub_1PqX",
    ],
)
def test_addresses_phone_numbers_story_points_and_ids_are_no_facts(text: str) -> None:
    found = find_facts(text, None, name_index())
    assert [fact.text for fact in found if fact.category != "region"] == []
