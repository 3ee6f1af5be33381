"""Which places of a text state facts: tables, headings, fields, records of what happened."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.stated_places import stated_facts
from creatorflow_orchestrator.core.reading.structure import blocks
from creatorflow_orchestrator.core.request import Fact, FactKind
from creatorflow_orchestrator.translate.knowledge import name_index


def facts(text: str) -> tuple[Fact, ...]:
    return stated_facts(text, blocks(text), name_index())


def quantities(text: str) -> list[tuple[float | None, str, str]]:
    return [(fact.value, fact.unit, fact.role) for fact in facts(text) if fact.kind is FactKind.QUANTITY]


def names(text: str) -> list[str]:
    return [fact.name for fact in facts(text) if fact.kind is FactKind.NAME]


def test_a_table_of_prices_states_each_plan_with_its_price() -> None:
    text = "Plan | Price | Users\nSeed | $0 | 1\nGrow | $29 | 5\nScale | $149 | unlimited\n\nSet these up."
    assert names(text) == ["Seed", "Grow", "Scale"]
    assert quantities(text) == [(0, "USD", ""), (1, "users", ""), (29, "USD", ""), (5, "users", ""), (149, "USD", "")]


@pytest.mark.parametrize("sign", ["|", ";", ","])
def test_the_cells_of_two_rows_make_no_figure_together(sign: str) -> None:
    text = "Plan~Fee~More\nStart~0 EUR~15 EUR\nMax~79 EUR~5 EUR\nGrow~19 EUR~9 EUR".replace("~", sign)
    assert [(fact.text, fact.comparison) for fact in facts(text) if fact.kind is FactKind.QUANTITY] == [
        (f"{price} EUR", "=") for price in (0, 15, 79, 5, 19, 9)
    ]


def test_a_table_of_how_long_things_are_kept_states_its_periods() -> None:
    text = "Country;Keep address for;Keep invoice for\nDE;90 days;10 years\nNL;60 days;7 years\n\nErase after that."
    assert quantities(text) == [(90, "day", ""), (10, "year", ""), (60, "day", ""), (7, "year", "")]


def test_a_table_of_measurements_states_nothing() -> None:
    text = "route | p95 | calls\n/orders | 812 ms | 1,200\n/stock | 640 ms | 900\n\nFind out why."
    assert quantities(text) == []


def test_the_head_of_a_column_gives_its_figures_their_role() -> None:
    text = "| What | Now | Goal |\n|---|---|---|\n| checkout | 2.1 s | 600 ms |\n| errors | 1.2 % | < 0.1 % |\n"
    assert quantities(text) == [
        (2.1, "s", "current"),
        (600, "ms", "target"),
        (1.2, "%", "current"),
        (0.1, "%", "target"),
    ]


def test_a_role_in_the_first_cell_of_a_row_is_a_name() -> None:
    text = "who | may\n--- | ---\nowner | everything\nmanager | orders, refunds up to 100 €\n\nplease implement this"
    assert names(text) == ["owner", "manager"]


def test_a_heading_states_its_names_and_bounds_and_no_other_number() -> None:
    found = facts("# What must be true on 28 November\n\nIt works.\n\n# 3 causes in Postgres\n\nSlow queries.")
    assert [fact.text for fact in found] == ["28 November", "Postgres"]


def test_the_background_states_names_and_no_figures() -> None:
    text = "## Background\n\nWe run on Docker with 12 servers.\n\n## Goals\n\nDeploy in 5 minutes."
    assert [fact.text for fact in facts(text)] == ["Docker", "5 minutes"]


@pytest.mark.parametrize(
    "field",
    ["Sent: 09 July 2025 06:55", "Story points: 5", "Opened: 2025-08-04 11:17", "Sprint: 34", "Labels: a11y, q3"],
)
def test_a_field_of_the_record_of_a_ticket_states_nothing(field: str) -> None:
    assert facts(f"Ticket: CF-3390\n{field}\nPriority: P2\n\nThe filter is lost.") == ()


@pytest.mark.parametrize(
    "text",
    [
        "yesterday I sold two vases, both at 20:14",
        "CPU 97 % (was: firing 02:14, resolved 03:02)",
        "http_req_failed................: 6.20%\nvus............................: 300",
        "HTTP/1.1 429 Too Many Requests\nx-limit: 20\nretry-after: 1",
        "Ref. 2024-11-22/A",
        "I am on leave until the 12th, after that I am glad to help.",
    ],
)
def test_what_only_records_something_is_no_time_and_no_bare_figure(text: str) -> None:
    assert [fact.text for fact in facts(text) if fact.unit not in ("vases", "%")] == []


@pytest.mark.parametrize(
    "text", ["pick-up is at 16:45", "the job runs nightly at 02:17", "until 23:59", "on 1 May at 09:12"]
)
def test_a_time_that_sets_something_is_a_time(text: str) -> None:
    assert [fact.kind for fact in facts(text)][-1] is FactKind.TIME
