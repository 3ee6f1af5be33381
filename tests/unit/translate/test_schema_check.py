"""A plan with unusable schemas is refused with their places."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Pattern, Plan, Step, StepType
from creatorflow_orchestrator.translate.schema_check import check_schemas, schema_defect
from creatorflow_orchestrator.translate.schema_evaluation import validator_of
from jsonschema_rs import ValidationError

GOOD: dict[str, dict[str, Any]] = {
    "nothing": {},
    "draft 7": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {"a": {}},
        "$ref": "#/definitions/a",
    },
    "an anchor": {"$defs": {"a": {"$anchor": "here"}}, "$ref": "#here"},
    "a property with a keyword's name": {"properties": {"$id": {}, "patternProperties": {}}},
    "a constant that looks like a schema": {"const": {"$ref": "http://elsewhere"}},
    "a tree": {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
    "a list that nests in one of many ways": {"anyOf": [{"type": "string"}, {"items": {"$ref": "#"}}]},
    "a pattern of letters of any language": {"pattern": "^\\p{L}+$"},
    "one that refers to itself": {"properties": {"child": {"$ref": "#"}}},
}


@pytest.mark.parametrize("name", GOOD)
def test_a_valid_schema_is_accepted(name: str) -> None:
    assert schema_defect(GOOD[name]) is None


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown type": ({"properties": {"a": {"type": "money"}}}, "$.properties.a.type"),
    "a remote reference": ({"$ref": "https://elsewhere/schema"}, "only what is in the schema itself"),
    "a file": ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "only what is in the schema itself"),
    "a reference to nothing": ({"$ref": "#/$defs/a"}, "leads nowhere"),
    "another base": ({"properties": {"a": {"$id": "https://elsewhere/"}}}, "nothing is ever fetched"),
    "another dialect": ({"$schema": "https://elsewhere/schema"}, "dialect"),
    "a dialect inside": ({"items": {"$schema": "http://json-schema.org/draft-07/schema#"}}, "at the top only"),
    "a pattern that looks ahead": ({"pattern": "(?=a)b"}, "look-around"),
    "a broken pattern": ({"pattern": "("}, "the pattern cannot be used"),
    "a pattern that grows": ({"pattern": "((a{100}){100}){100}"}, "too large"),
    "a very long pattern": ({"pattern": "a" * 501}, "501 characters"),
    "patterns for names": ({"patternProperties": {"^(a+)+$": {}}}, "propertyNames"),
    "what comes in by a reference into data": (
        {"default": {"patternProperties": {"a": {}}}, "$ref": "#/default"},
        "propertyNames",
    ),
    "an endless circle of references": ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "in a circle"),
    "references that double forty times": (
        {"$defs": {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)} | {"a40": {}}}
        | {"$ref": "#/$defs/a0"},
        "at most 200000 are allowed",
    ),
    "a tree of two branches at every level": (
        {"anyOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]},
        "at most 200000 are allowed",
    ),
    "thousands of numbers to compare": ({"items": {"enum": list(range(3_000))}}, "at most 200000 are allowed"),
    "too many patterns for one text": ({"allOf": [{"pattern": "(a|b)*a(a|b){400}c"}] * 5}, "join them"),
    "too large": ({"enum": ["x" * 40_000]}, "characters"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_unusable_schema_is_refused_with_the_place(name: str) -> None:
    schema, reason = BAD[name]
    finding = schema_defect(schema)
    assert finding is not None
    assert reason in finding


def test_a_schema_nested_too_deep_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(30):
        schema = {"items": schema}
    assert "nested over" in (schema_defect(schema) or "")


def test_no_reference_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        remote = f"http://127.0.0.1:{server.getsockname()[1]}/schema"
        for schema in ({"$ref": remote}, {"$dynamicRef": remote}, {"default": {"$ref": remote}, "$ref": "#/default"}):
            assert schema_defect(schema) is not None
            with pytest.raises(ValidationError, match=r"[Rr]etriev"):
                validator_of(schema)
        with pytest.raises(BlockingIOError):
            server.accept()


def plan(**schemas: dict[str, Any]) -> Plan:
    steps = [
        Step(name, "database-specialist", StepType.PRIMARY, "do it", schema=schema) for name, schema in schemas.items()
    ]
    return Plan(Pattern.PARALLEL, tuple(steps))


def test_a_plan_with_invalid_schemas_is_refused_with_the_names_of_its_steps() -> None:
    with pytest.raises(Refusal) as refused:
        check_schemas(plan(one={}, two={"type": "money"}, three={"$ref": "http://elsewhere"}))
    assert refused.value.code == "PLAN_INVALID"
    assert "step two: at $.type" in refused.value.message
    assert "step three" in refused.value.message
    assert "step one" not in refused.value.message


def test_an_invalid_schema_in_a_child_plan_is_detected() -> None:
    child = Step("parts", "", StepType.PRIMARY, "", plan=plan(inner={"type": 3}))
    with pytest.raises(Refusal, match=r"step parts\.inner"):
        check_schemas(Plan(Pattern.HIERARCHICAL, (child,)))


def test_the_schemas_of_a_plan_are_bounded_together() -> None:
    many = {f"s{number}": {"enum": [str(number) + "x" * 20_000]} for number in range(4)}
    with pytest.raises(Refusal, match="schemas of the plan have"):
        check_schemas(plan(**many))
    check_schemas(plan(**{f"s{number}": {"enum": ["x" * 20_000]} for number in range(4)}))
