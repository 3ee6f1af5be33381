"""A change that breaks a reader or a writer of an older version is reported; a harmless one is not."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import creatorflow_contracts
import pytest
from creatorflow_contracts.generate.__main__ import breaking_changes, main
from creatorflow_contracts.generate.compatibility import breaks
from creatorflow_contracts.generate.schemas import as_text, schemas

CONTRACTS_FOLDER = Path(creatorflow_contracts.__file__).parents[2]
Schema = dict[str, Any]
Change = Callable[[Schema], object]
READERS, WRITERS = "breaks old readers", "breaks old writers"
CLOSED = "unknown fields are refused now"

TASK, RESULT = "agent-task", "agent-result"


def changed(name: str, change: Change) -> tuple[Schema, Schema]:
    old = schemas()[name]
    new = copy.deepcopy(old)
    change(new)
    return old, new


def fields(schema: Schema) -> Schema:
    found: Schema = schema["properties"]
    return found


def remove_required(schema: Schema) -> None:
    del fields(schema)["step"]
    schema["required"].remove("step")


def add_required(schema: Schema) -> None:
    fields(schema)["priority"] = {"type": "integer"}
    schema["required"].append("priority")


def rename(schema: Schema) -> None:
    fields(schema)["took_ms"] = fields(schema).pop("execution_time_ms")


def context(schema: Schema) -> Schema:
    return fields(schema["$defs"]["TaskContext"])


BREAKING: list[tuple[str, str, Change, set[str]]] = [
    ("a required field removed", TASK, remove_required, {READERS, WRITERS}),
    ("an optional field removed", TASK, lambda s: fields(s).pop("constraints"), {WRITERS}),
    ("a field of a part removed", TASK, lambda s: context(s).pop("shared_state"), {WRITERS}),
    ("a field renamed", RESULT, rename, {WRITERS}),
    ("a new required field", TASK, add_required, {WRITERS}),
    ("an optional field made required", RESULT, lambda s: s["required"].append("output"), {WRITERS}),
    ("a required field made optional", TASK, lambda s: s["required"].remove("step"), {READERS}),
    ("an enum narrowed", TASK, lambda s: fields(s)["type"]["enum"].remove("supporting"), {WRITERS}),
    ("an enum widened", TASK, lambda s: fields(s)["type"]["enum"].append("observing"), {READERS}),
    ("a type changed", RESULT, lambda s: fields(s).update(attempt={"type": "string"}), {READERS, WRITERS}),
    ("a bound narrowed", TASK, lambda s: fields(s)["timeout_ms"].update(maximum=1000), {WRITERS}),
    ("a bound widened", TASK, lambda s: fields(s)["timeout_ms"].pop("maximum"), {READERS}),
    ("a text shortened", TASK, lambda s: fields(s)["description"].update(maxLength=10), {WRITERS}),
    (
        "unknown fields refused",
        TASK,
        lambda s: s.update(additionalProperties=False),
        {"$: " + CLOSED},
    ),
    ("a pattern changed", TASK, lambda s: fields(s)["agent"].update(pattern="^.*$"), {"$.agent: pattern changed"}),
    ("a pattern dropped", TASK, lambda s: fields(s)["step"].pop("pattern"), {"$.step: pattern changed"}),
    ("a pattern added", RESULT, lambda s: fields(s)["instance"].update(pattern="a"), {"$.instance: pattern changed"}),
    ("a format changed", TASK, lambda s: fields(s)["id"].update(format="uri"), {"$.id: format changed"}),
]


@pytest.mark.parametrize(("name", "change", "expected"), [c[1:] for c in BREAKING], ids=[c[0] for c in BREAKING])
def test_a_breaking_change_is_reported_with_the_side_it_breaks(name: str, change: Change, expected: set[str]) -> None:
    reported = breaks(*changed(name, change))
    assert {
        next((known for known in (READERS, WRITERS) if line.startswith(known)), line) for line in reported
    } == expected


HARMLESS: list[tuple[str, str, Change]] = [
    ("nothing", TASK, lambda s: None),
    ("a new optional field", TASK, lambda s: fields(s).update(priority={"type": "integer"})),
    ("a new optional name", TASK, lambda s: fields(s).update(team={"type": "string", "pattern": "^[a-z]+$"})),
    ("a new optional field of a part", TASK, lambda s: context(s).update(locale={"type": "string"})),
    (
        "a new optional field of a plan's step",
        "plan",
        lambda s: fields(s["$defs"]["StepSpec"]).update(retry={"type": "integer"}),
    ),
    ("another description", TASK, lambda s: fields(s)["id"].update(description="the key of the work")),
    ("another default", RESULT, lambda s: fields(s)["execution_time_ms"].update(default=1)),
]


@pytest.mark.parametrize(("name", "change"), [c[1:] for c in HARMLESS], ids=[c[0] for c in HARMLESS])
def test_a_minor_change_breaks_no_reader_and_no_writer(name: str, change: Change) -> None:
    assert breaks(*changed(name, change)) == []


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_comparison_can_decide_every_schema(name: str) -> None:
    grown = changed(name, lambda s: s.update(properties={**fields(s), "added_later": {"type": "string"}}))
    assert breaks(*grown) == []


def test_todays_models_are_compatible_with_every_release() -> None:
    released = {path.stem for path in CONTRACTS_FOLDER.glob("schemas/released/1.0.0/*.json")}
    assert released and released <= set(schemas()), "a later minor version may add messages"
    assert breaking_changes(CONTRACTS_FOLDER) == []


def test_a_release_is_recorded_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "contracts"
    home.mkdir()
    (home / "pyproject.toml").touch()
    assert main([str(home), "--release"]) == 0
    assert main([str(home), "--release"]) == 1
    assert "released already" in capsys.readouterr().err


def test_the_tool_refuses_to_overwrite_a_release_with_a_breaking_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "contracts"
    home.mkdir()
    (home / "pyproject.toml").touch()
    assert main([str(home), "--release"]) == 0
    task = home / "schemas" / "released" / "1.0.0" / "agent-task.json"
    once = schemas()["agent-task"]
    once["properties"]["type"]["enum"].append("dropped_since")
    task.write_text(as_text(once))
    (home / "schemas" / "released" / "1.0.0" / "vanished.json").write_text("{}")
    written = (home / "asyncapi.yaml").stat().st_mtime_ns
    assert main([str(home)]) == 1
    printed = capsys.readouterr().err
    assert "1.0.0 agent-task: breaks old writers" in printed
    assert "1.0.0 vanished: removed" in printed
    assert (home / "asyncapi.yaml").stat().st_mtime_ns == written
