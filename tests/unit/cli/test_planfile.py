import json
from pathlib import Path
from typing import Any

import pytest
from creatorflow.cli.errors import CommandError
from creatorflow.cli.planfile import read_plan

STEP = {"id": "orders", "agent": "order-workflow-specialist"}
TOML = """
[[steps]]
id = "database"
agent = "database-specialist"

[[steps]]
id = "orders"
agent = "order-workflow-specialist"
depends_on = ["database"]
optional = true
"""
YAML = """
steps:
  - id: database
    agent: database-specialist
  - id: orders
    agent: order-workflow-specialist
    depends_on: [database]
    optional: true
"""
JSON = json.dumps(
    {
        "steps": [
            {"id": "database", "agent": "database-specialist"},
            {"id": "orders", "agent": "order-workflow-specialist", "depends_on": ["database"], "optional": True},
        ]
    }
)


def refused(tmp_path: Path, name: str, text: str) -> str:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(CommandError) as error:
        read_plan(file)
    assert error.value.exit_code == 2 and str(file) in error.value.problem.where
    return error.value.problem.message


@pytest.mark.parametrize(("name", "text"), [("p.json", JSON), ("p.toml", TOML), ("p.yaml", YAML), ("p.yml", YAML)])
def test_a_plan_is_read_from_any_of_the_three_notations(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    plan = read_plan(tmp_path / name)
    assert [(step.id, step.depends_on, step.optional) for step in plan.steps] == [
        ("database", (), False),
        ("orders", ("database",), True),
    ]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"steps": [{**STEP, "depends": []}]}, "steps[0].depends: there is no such field; did you mean `depends_on`?"),
        ({"steps": [STEP], "loop": []}, "loop: there is no such field; did you mean `loops`?"),
        ({"steps": [STEP], "loops": [{"step": ["a"]}]}, "loops[0].step: there is no such field; did you mean `steps`?"),
        (
            {"steps": [{"id": "child", "plan": {"steps": [{**STEP, "agnt": "x"}]}}]},
            "steps[0].plan.steps[0].agnt: there is no such field; did you mean `agent`?",
        ),
        ({"steps": [{"agent": "x"}]}, "steps[0].id: Field required"),
        ({"steps": [{**STEP, "optional": "yes"}]}, "steps[0].optional: Input should be a valid boolean"),
        ({"steps": [{**STEP, "id": "Or ders"}]}, "steps[0].id: a name is lower-case words"),
        ({}, "steps: Field required"),
    ],
)
def test_an_error_in_a_plan_names_its_field(tmp_path: Path, plan: dict[str, Any], message: str) -> None:
    assert refused(tmp_path, "plan.json", json.dumps(plan)).startswith(message)


def test_a_plan_of_too_many_steps_is_refused(tmp_path: Path) -> None:
    steps = [{"id": f"s{n}", "agent": "x"} for n in range(201)]
    assert "at most 200" in refused(tmp_path, "plan.json", json.dumps({"steps": steps}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", "{"),
        ("p.json", '{"steps": [], "steps": []}'),
        ("p.json", "[]"),
        ("p.toml", "steps = ["),
        ("p.toml", "steps = 2026-12-01"),
        ("p.yaml", "steps: ["),
        ("p.yaml", "- a"),
        ("p.yaml", "!!python/object/apply:os.system ['true']"),
        ("p.txt", "steps"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, name: str, text: str) -> None:
    assert refused(tmp_path, name, text)


def test_a_missing_file_is_a_usage_error() -> None:
    with pytest.raises(CommandError) as error:
        read_plan(Path("/no/such/plan.json"))
    assert error.value.exit_code == 2
