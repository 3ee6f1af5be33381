"""A named constraint that a playbook does not keep is told, with the reason; one that it keeps shapes its text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_specialists.constraints import ANY
from creatorflow_specialists.engine import answer

from .readings import Note, figure, task_with_reading, thing
from .tasks import AGENTS, PLAYBOOKS, specialist

DATABASE, SHIPPING, SCREENS = "database-specialist", "shipping-automation-specialist", "ui-ux-specialist"
ASKS = {
    DATABASE: "Design the database schema for orders",
    SHIPPING: "Choose the cheapest carrier and print labels",
    SCREENS: "A dashboard with charts",
    "real-time-sync-specialist": "Live updates of open screens",
    "performance-engineering-specialist": "Cache the product pages",
}


def bound(agent: str, constraint: str, *facts: Note, **more: Any) -> SpecialistOutput:
    task = task_with_reading(agent, [ASKS[agent]], facts, constraints=[constraint], **more)
    return answer(task, specialist(agent)).output


def reasons(output: SpecialistOutput) -> list[tuple[str, str]]:
    return [(one.constraint, one.reason) for one in output.not_honoured]


@pytest.mark.parametrize(
    ("agent", "name", "category", "reason"),
    [
        (DATABASE, "MySQL", "database", "this playbook is written for PostgreSQL"),
        (DATABASE, "MongoDB", "database", "this playbook is written for PostgreSQL"),
        (DATABASE, "Laravel", "framework", "the code of this playbook is in Python and SQL"),
        (DATABASE, "Go", "language", "the code of this playbook is in Python and SQL"),
        (SCREENS, "Vue", "framework", "this playbook is written for React, Preact, Next.js, Remix or Tailwind"),
        (
            SCREENS,
            "React Native",
            "framework",
            "this playbook is written for React, Preact, Next.js, Remix or Tailwind",
        ),
        (SCREENS, "PHP", "language", "the code of this playbook is in JavaScript"),
        (SCREENS, "EU", "region", "this playbook sets no region"),
    ],
)
def test_a_named_constraint_outside_of_what_a_playbook_is_for_is_not_kept(
    agent: str, name: str, category: str, reason: str
) -> None:
    constraint = f"{name} only"
    output = bound(agent, constraint, thing(name, category))
    assert reasons(output) == [(constraint, reason)]
    assert output.summary.endswith(f'It does not keep "{constraint}": {reason}.')


@pytest.mark.parametrize(
    ("agent", "name", "category"),
    [
        (DATABASE, "PostgreSQL", "database"),
        (DATABASE, "PostgreSQL 17", "database"),
        (DATABASE, "Supabase", "database"),
        (DATABASE, "Python 3.13", "language"),
        (DATABASE, "FastAPI", "framework"),
        (DATABASE, "SQLAlchemy", "framework"),
        (DATABASE, "Neon", "database"),
        (DATABASE, "EU", "region"),
        (DATABASE, "Zebra", "printer"),
        (SHIPPING, "DHL", "carrier"),
        (SCREENS, "React 19", "framework"),
        (SCREENS, "MySQL", "database"),
        ("real-time-sync-specialist", "Vue 3", "framework"),
    ],
)
def test_a_constraint_that_is_kept_or_does_not_concern_a_playbook_is_not_told(
    agent: str, name: str, category: str
) -> None:
    output = bound(agent, f"{name} only", thing(name, category))
    assert reasons(output) == []
    assert "does not keep" not in output.summary


def test_each_thing_of_a_constraint_is_judged_and_equal_ones_are_told_once() -> None:
    constraint = "MySQL 8 and Laravel, DHL only, EU data only"
    facts = [thing("MySQL", "database"), thing("Laravel", "framework"), thing("DHL", "carrier"), thing("EU", "region")]
    output = bound(DATABASE, constraint, *facts)
    assert reasons(output) == [
        ("MySQL", "this playbook is written for PostgreSQL"),
        ("Laravel", "the code of this playbook is in Python and SQL"),
    ], "what is kept of a constraint is not among what is not"


def test_the_one_carrier_of_a_constraint_is_the_only_one() -> None:
    output = bound(SHIPPING, "DHL only", thing("DHL", "carrier"))
    text = output.model_dump_json()
    assert "DHL is asked for all its services at once" in text
    assert "ll carriers" not in text
    assert 'CARRIERS = (\\"DHL\\", )' in text
    assert output.not_honoured == ()


@pytest.mark.parametrize("agent", [agent for agent in ASKS if agent != SCREENS])
def test_a_region_is_set_where_data_is_kept(agent: str) -> None:
    output = bound(agent, "EU data only", thing("EU", "region"))
    assert any("EU" in note.text for note in output.deployment_considerations)
    assert output.not_honoured == ()


def test_a_date_and_a_budget_are_not_kept_by_a_text_that_plans_no_dates_and_no_costs() -> None:
    constraint = "by 1 May, 30 k$"
    date = {"text": "1 May", "kind": "date", "name": "--05-01"}
    output = bound(DATABASE, constraint, date, figure("30 k$", 30_000, "USD"))
    assert reasons(output) == [
        ("1 May", "this playbook plans no dates"),
        ("30 k$", "this playbook computes no costs"),
    ]


def test_a_constraint_given_beside_the_text_is_judged_by_the_things_in_its_words() -> None:
    task = task_with_reading(DATABASE, [ASKS[DATABASE]], [], constraints=["MySQL 8"])
    assert task.reading is not None
    given = [{"start": 0, "end": 0, "text": text, "given": True} for text in ("MySQL 8", "a fast one")]
    fact = {"start": 0, "end": 0, "text": "MySQL 8", "kind": "name", "name": "MySQL", "category": "database"}
    reading = task.reading.model_validate({"asks": (), "constraints": given, "facts": (fact,)}, strict=False)
    output = answer(task.model_copy(update={"reading": reading}), specialist(DATABASE)).output
    assert reasons(output) == [("MySQL 8", "this playbook is written for PostgreSQL")]


def test_a_constraint_given_beside_the_text_names_a_thing_by_whole_words() -> None:
    task = task_with_reading(DATABASE, [ASKS[DATABASE]], [])
    assert task.reading is not None
    given = [{"start": 0, "end": 0, "text": "the data stays in Goslar", "given": True}]
    fact = {"start": 0, "end": 0, "text": "Go", "kind": "name", "name": "Go", "category": "language"}
    reading = task.reading.model_validate({"asks": (), "constraints": given, "facts": (fact,)}, strict=False)
    output = answer(task.model_copy(update={"reading": reading}), specialist(DATABASE)).output
    assert reasons(output) == []


def test_a_thing_that_no_constraint_names_is_no_constraint() -> None:
    asks = ["Move the database schema from MySQL to PostgreSQL"]
    task = task_with_reading(DATABASE, asks, [thing("MySQL", "database")], constraints=["a fast one"])
    assert answer(task, specialist(DATABASE)).output.not_honoured == ()


def test_an_answer_without_code_keeps_any_language() -> None:
    exclusions = [{"text": "no code", "sections": ["code_examples"]}]
    output = bound(DATABASE, "Go only", thing("Go", "language"), exclusions=exclusions)
    assert reasons(output) == []


@pytest.mark.parametrize("agent", AGENTS)
def test_a_playbook_that_fits_any_thing_of_a_kind_takes_it_from_the_request(agent: str) -> None:
    for book in specialist(agent).playbooks:
        text = (PLAYBOOKS / book.source).read_text(encoding="utf-8")
        asked = {kind for words in re.findall(r'named\("([^"]+)"\)', text) for kind in words.split("|")}
        assert {kind for kind, things in book.head.fits.items() if things == ANY} <= asked, book.source
