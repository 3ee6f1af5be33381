import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from creatorflow.cli.errors import CommandError
from creatorflow.cli.inputs.plan_file import plan_schema, read_plan, request_of

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
        ({"steps": [{**STEP, "depends": []}]}, "steps[0].depends: unknown field; did you mean `depends_on`?"),
        ({"steps": [STEP], "loop": []}, "loop: unknown field; did you mean `loops`?"),
        ({"steps": [STEP], "loops": [{"step": ["a"]}]}, "loops[0].step: unknown field; did you mean `steps`?"),
        (
            {"steps": [{"id": "child", "plan": {"steps": [{**STEP, "agnt": "x"}]}}]},
            "steps[0].plan.steps[0].agnt: unknown field; did you mean `agent`?",
        ),
        ({"steps": [{"agent": "x"}]}, "steps[0].id: Field required"),
        ({"steps": [{**STEP, "optional": "yes"}]}, "steps[0].optional: Input should be a valid boolean"),
        ({"steps": [{**STEP, "id": "Or ders"}]}, "steps[0].id: a name is lower-case words"),
        ({}, "steps: Field required"),
        (
            {"steps": [{"id": "child", "plan": {"steps": [{"id": "in", "plan": {"steps": []}}]}}]},
            "steps[0].plan.steps[0].plan.steps: Tuple should have at least 1 item",
        ),
    ],
)
def test_an_error_in_a_plan_names_its_field(tmp_path: Path, plan: dict[str, Any], message: str) -> None:
    assert refused(tmp_path, "plan.json", json.dumps(plan)).startswith(message)


def test_a_plan_with_too_many_steps_is_refused(tmp_path: Path) -> None:
    steps = [{"id": f"s{n}", "agent": "x"} for n in range(201)]
    assert "at most 200" in refused(tmp_path, "plan.json", json.dumps({"steps": steps}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", "{"),
        ("p.json", '{"steps": [], "steps": []}'),
        ("p.json", "[]"),
        ("p.json", ""),
        ("p.json", "[" * 100_000),
        ("p.toml", "steps = ["),
        ("p.toml", "steps = 2026-12-01"),
        ("p.toml", "steps = " + "[" * 20_000),
        ("p.toml", ".".join(["a"] * 20_000) + " = 1"),
        ("p.yaml", ""),
        ("p.yaml", "steps: ["),
        ("p.yaml", "- a"),
        ("p.yaml", "steps: [{id: orders, timeout_ms: 1e999}]"),
        ("p.yaml", 'steps: ["\\0"]'),
        ("p.yaml", "!!python/object/apply:os.system ['true']"),
        ("p.txt", "steps"),
        ("p.json", " " * (1024 * 1024 + 1)),
        ("p.yaml", "#" * (1024 * 1024 + 1)),
    ],
)
def test_a_file_that_is_not_a_plan_is_refused(tmp_path: Path, name: str, text: str) -> None:
    assert refused(tmp_path, name, text)


@pytest.mark.parametrize("suffix", [".json", ".toml", ".yaml"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", bytes(range(256)), "steps: []".encode("utf-16")])
def test_a_binary_file_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"plan{suffix}"
    file.write_bytes(content)
    with pytest.raises(CommandError) as error:
        read_plan(file)
    assert error.value.exit_code == 2


@pytest.mark.parametrize("file", ["/no/such/plan.json", "/", "/dev/null"])
def test_a_file_that_is_missing_a_directory_or_empty_is_a_usage_error(file: str) -> None:
    with pytest.raises(CommandError) as error:
        read_plan(Path(file))
    assert error.value.exit_code == 2


def test_a_plan_without_a_request_text_uses_the_texts_of_its_steps(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("steps:\n  - {id: a, agent: x, description: Set up auth}\n  - {id: b, request: Build orders}\n")
    assert request_of(read_plan(file), file) == "Set up auth\nBuild orders"
    file.write_text("steps: [{id: a, agent: x}]")
    assert request_of(read_plan(file), file) == "Run the plan plan.yaml"


def test_the_schema_of_a_plan_refuses_unknown_fields_in_child_plans_too() -> None:
    schema = json.loads(plan_schema())
    good = {"steps": [{"id": "child", "plan": {"steps": [{**STEP, "when": "true"}]}}]}
    jsonschema.Draft202012Validator(schema).validate(good)
    for bad in (
        {"steps": [{**STEP, "agnt": "x"}]},
        {"steps": [{"id": "child", "plan": {"steps": [{**STEP, "x": 1}]}}]},
    ):
        assert not jsonschema.Draft202012Validator(schema).is_valid(bad)
