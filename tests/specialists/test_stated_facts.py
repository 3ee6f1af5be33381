"""What a request states is used: its figures and names stand where a default would, in every section and in code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from creatorflow_contracts.v1.output import SpecialistOutput
from creatorflow_specialists.engine import answer
from creatorflow_specialists.playbook_sections import OUTPUT_NAMES

from .readings import figure, task_with_reading, thing
from .tasks import specialist
from .test_playbooks import lines

FILE = Path(__file__).with_name("stated_facts.toml")
DATA: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]
CASES = [pytest.param(case, id=case["asks"][0][:50]) for case in DATA]
FIGURES = [pytest.param(case, note, id=note["text"]) for case in DATA for note in case["figures"]]
NAMES = [pytest.param(case, name, id=name) for case in DATA for name, _ in case.get("names", ())]


def answered(case: dict[str, Any]) -> SpecialistOutput:
    notes = [figure(**{key: value for key, value in note.items() if key != "says"}) for note in case["figures"]]
    notes += [thing(name, category) for name, category in case.get("names", ())]
    notes += [{"text": text, "kind": "time", "name": time} for text, time in case.get("times", ())]
    more: dict[str, Any] = {"request": ". ".join((case["before"], *case["asks"]))} if "before" in case else {}
    return answer(task_with_reading(case["agent"], case["asks"], notes, **more), specialist(case["agent"])).output


def answering(output: SpecialistOutput, ask: int) -> Iterator[str]:
    """Yield the texts of all items that answer an ask."""
    for section in OUTPUT_NAMES.values():
        yield from (item.text for item in getattr(output, section) if ask in item.answers)


def ask_of(case: dict[str, Any], text: str) -> int:
    return next(at for at, ask in enumerate(case["asks"]) if text in ask)


@pytest.mark.parametrize(("case", "note"), FIGURES)
def test_a_stated_figure_stands_in_an_item_that_answers_its_ask(case: dict[str, Any], note: dict[str, Any]) -> None:
    texts = list(answering(answered(case), note["ask"] if "ask" in note else ask_of(case, note["text"])))
    assert any(note["says"] in text for text in texts), texts


@pytest.mark.parametrize(("case", "name"), NAMES)
def test_a_named_thing_stands_in_an_item_that_answers_its_ask(case: dict[str, Any], name: str) -> None:
    assert any(name in text for text in answering(answered(case), ask_of(case, name)))


@pytest.mark.parametrize("case", CASES)
def test_no_default_and_no_example_stands_in_place_of_what_is_stated(case: dict[str, Any]) -> None:
    found = [(text, line) for line in lines(answered(case)) for text in case["never"] if text.lower() in line.lower()]
    assert found == []


@pytest.mark.parametrize("case", CASES)
def test_what_is_stated_is_not_listed_as_assumed(case: dict[str, Any]) -> None:
    assumed = [assumption.text for assumption in answered(case).assumptions]
    assert [(text, never) for text in assumed for never in case["never"] if never in text] == []


def test_the_set_has_at_least_32_figures() -> None:
    assert len(FIGURES) >= 32


def test_one_figure_is_the_same_in_every_step_that_uses_it() -> None:
    every = list(lines(answered(DATA[0])))
    said = [line for line in every if "labels/day" in line]
    assert len(said) >= 3, "summary, specification and test"
    assert all("20 labels/day" in line for line in said)
    assert not [line for line in every if "orders/hour" in line and "more" not in line]
