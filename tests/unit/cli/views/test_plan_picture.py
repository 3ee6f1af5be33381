import io

from creatorflow.cli.views.plan_picture import plan_picture
from creatorflow.cli.views.run_state import RunState, fold
from rich.console import Console

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
