import io
from typing import Any

from creatorflow.cli.views.plan_picture import plan_picture
from creatorflow.cli.views.reading_lines import reading_lines
from creatorflow.cli.views.run_state import RunState, fold
from rich.console import Console

from tests.unit.cli.reading_samples import READING
from tests.unit.cli.samples import event


def test_a_plan_shows_levels_agents_guards_and_optional_steps() -> None:
    steps = [
        {"id": "database", "agent": "database-specialist", "type": "primary"},
        {"id": "deploy", "depends_on": ["database"], "when": "results.database.output.ok", "optional": True},
    ]
    console = Console(file=io.StringIO(), width=160, markup=False, color_system=None)
    console.print(plan_picture(fold(RunState("x"), event("planned", steps=steps, analysis={"complexity": "high"}))))
    lines = [line.strip("│├└─ ") for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert "database  database-specialist  primary" in lines
    assert "deploy  child request  supporting  after database  optional  only if results.database.output.ok" in lines


def test_a_plan_of_one_step_is_not_called_steps() -> None:
    console = Console(file=io.StringIO(), width=160, markup=False, color_system=None)
    steps = [{"id": "database", "agent": "database-specialist", "type": "primary"}]
    console.print(plan_picture(fold(RunState("x"), event("planned", steps=steps, analysis={}))))
    assert "1 step\n" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_plan_shows_the_reading_in_place_of_the_analysis_of_the_text() -> None:
    console = Console(file=io.StringIO(), width=160, markup=False, color_system=None)
    analysis = {"complexity": "high", "requirements": ["print packing slips"], "quantities": ["300 orders/hour"]}
    read: dict[str, Any] = {
        "reading": READING.model_dump(mode="json", exclude_none=True),
        "notes": ["Stock is not there."],
    }
    console.print(plan_picture(fold(RunState("x"), event("planned", steps=[], analysis=analysis, **read))))
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert lines[:12] == ["complexity   high", *reading_lines(READING), "note         Stock is not there."]


def test_a_plan_shows_who_answers_each_ask() -> None:
    console = Console(file=io.StringIO(), width=160, markup=False, color_system=None)
    texts = [ask.text for ask in READING.asks]
    agents: list[list[str]] = [["shipping-automation-specialist", "database-specialist"], [], []]
    entries = [{"text": text, "agents": names} for text, names in zip(texts, agents, strict=True)]
    analysis = {"requirements": entries, "left_out": [texts[1]]}
    read: dict[str, Any] = {"reading": READING.model_dump(mode="json", exclude_none=True)}
    console.print(plan_picture(fold(RunState("x"), event("planned", steps=[], analysis=analysis, **read))))
    assert [line.rstrip() for line in console.file.getvalue().splitlines()[:3]] == [  # type: ignore[attr-defined]
        'asks         1. build: packing slips [shipping-automation, database]: "print packing slips"',
        '             2. fix: the same order [left out, as asked]: "Why do two pickers get the same order?"',
        '             3. build: a scarf [no agent can answer this]: "Knit a scarf for every buyer."',
    ]
