"""An output is what its step asked for, or its violations are told; no schema and no output makes us wait."""

from __future__ import annotations

import time
from typing import Any

import pytest
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Pattern, Plan, Step, StepType
from creatorflow_orchestrator.translate.expected import BUDGET, check_schemas, violations, wrong_schema

PRIVATE = "a private value"
ORDER = {
    "type": "object",
    "required": ["total", "lines"],
    "properties": {
        "total": {"type": "number", "minimum": 0},
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/line"}},
        "shop": {"type": "string", "pattern": "^[a-z]+$"},
    },
    "$defs": {
        "line": {"type": "object", "required": ["sku"], "additionalProperties": False, "properties": {"sku": {}}}
    },
}


def test_an_output_that_meets_its_schema_has_no_violations() -> None:
    assert violations({"total": 1, "lines": [{"sku": "a"}], "shop": "tea"}, ORDER, ()) == ()


def test_each_violation_names_its_place_and_what_is_required_and_no_value() -> None:
    output = {"total": PRIVATE, "lines": [{"sku": 1, "more": PRIVATE}, {}], "shop": PRIVATE}
    told = violations(output, ORDER, ())
    assert told == (
        "$.total: must be of type number",
        "$.lines[0]: has a property that the schema does not allow",
        "$.lines[1]: sku is missing",
        "$.shop: does not meet pattern",
    )
    assert violations({"lines": [], "total": -1}, ORDER, ()) == (
        "$.total: does not meet minimum 0",
        "$.lines: does not meet minItems 1",
    )


def test_of_very_many_violations_some_are_told() -> None:
    told = violations({"lines": [{}] * 500, "total": 1}, ORDER, ())
    assert len(told) == 21
    assert told[-1] == "and more places"


def test_a_place_under_a_very_long_name_is_told_in_short() -> None:
    (told,) = violations({"x" * 5000: 1}, {"additionalProperties": {"type": "string"}}, ())
    assert len(told) < 300


def test_sections_that_were_asked_for_must_be_there_and_not_empty() -> None:
    asked = ("implementation_steps", "code_examples")
    assert violations({"implementation_steps": [{"text": "do"}], "code_examples": []}, None, asked) == (
        "code_examples: must be there and not empty",
    )
    assert len(violations({}, None, asked)) == 2


def test_sections_are_not_asked_of_an_agent_of_ones_own_that_answers_data() -> None:
    assert violations({"data": {"rows": 3}}, None, ("code_examples",)) == ()


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
    "one that refers to itself": {"properties": {"child": {"$ref": "#"}}},
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_schema_is_taken(name: str) -> None:
    assert wrong_schema(GOOD[name]) is None


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown type": ({"properties": {"a": {"type": "money"}}}, "$.properties.a.type"),
    "a remote reference": ({"$ref": "https://elsewhere/schema"}, "only what is in the schema itself"),
    "a file": ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "only what is in the schema itself"),
    "a reference to nothing": ({"$ref": "#/$defs/a"}, "leads nowhere"),
    "another base": ({"properties": {"a": {"$id": "https://elsewhere/"}}}, "nothing is ever fetched"),
    "another dialect": ({"$schema": "https://elsewhere/schema"}, "dialect"),
    "a dialect inside": ({"items": {"$schema": "http://json-schema.org/draft-07/schema#"}}, "at the top only"),
    "a pattern that looks ahead": ({"pattern": "(?=a)b"}, "RE2"),
    "a broken pattern": ({"pattern": "("}, "RE2"),
    "a pattern that grows": ({"pattern": "((a{100}){100}){100}"}, "RE2"),
    "a very long pattern": ({"pattern": "a" * 501}, "501 characters"),
    "patterns for names": ({"patternProperties": {"^(a+)+$": {}}}, "propertyNames"),
    "too large": ({"enum": ["x" * 40_000]}, "characters"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_schema_that_cannot_be_used_is_refused_with_its_place(name: str) -> None:
    schema, reason = BAD[name]
    finding = wrong_schema(schema)
    assert finding is not None
    assert reason in finding


def test_a_schema_nested_too_deep_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(30):
        schema = {"items": schema}
    assert "nested over" in (wrong_schema(schema) or "")


SLOW: dict[str, tuple[dict[str, Any], Any]] = {
    "a pattern that would backtrack for ever": ({"pattern": "^(a+)+$"}, "a" * 100_000 + "b"),
    "an endless circle of references": ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, 1),
    "references that double forty times": (
        {"$defs": {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)} | {"a40": {}}}
        | {"$ref": "#/$defs/a0"},
        1,
    ),
    "unequal objects compared in pairs": ({"allOf": [{"uniqueItems": True}] * 100}, [{"n": n} for n in range(9_000)]),
    "a long text in every error": ({"anyOf": [{"type": "string"}] * 1000}, ["x" * 100] * 10_000),
    "an array of very many": ({"items": {"type": "integer"}}, list(range(300_000))),
    "a search within a search": (
        {"unevaluatedItems": False, "allOf": [{"contains": {"const": 1}}] * 300},
        [0] * 90_000,
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_schema_and_no_output_takes_long(name: str) -> None:
    schema, value = SLOW[name]
    whole = {"properties": {"value": schema}, "$defs": schema.pop("$defs", {})}
    assert wrong_schema(whole) is None
    begun = time.perf_counter()
    told = violations({"value": value}, whole, ())
    assert time.perf_counter() - begun < 2.0
    assert told


def test_what_is_too_much_to_be_checked_says_so() -> None:
    assert "too much" in violations({"a": [1] * BUDGET}, {"properties": {"a": {"items": {"type": "integer"}}}}, ())[0]


def plan(**schemas: dict[str, Any]) -> Plan:
    steps = [
        Step(name, "database-specialist", StepType.PRIMARY, "do it", schema=schema) for name, schema in schemas.items()
    ]
    return Plan(Pattern.PARALLEL, tuple(steps))


def test_a_plan_with_a_bad_schema_is_refused_by_the_names_of_its_steps() -> None:
    with pytest.raises(Refusal) as refused:
        check_schemas(plan(one={}, two={"type": "money"}, three={"$ref": "http://elsewhere"}))
    assert refused.value.code == "PLAN_INVALID"
    assert "step two: at $.type" in refused.value.message
    assert "step three" in refused.value.message
    assert "step one" not in refused.value.message


def test_a_bad_schema_in_a_child_plan_is_found() -> None:
    child = Step("parts", "", StepType.PRIMARY, "", plan=plan(inner={"type": 3}))
    with pytest.raises(Refusal, match=r"step parts\.inner"):
        check_schemas(Plan(Pattern.HIERARCHICAL, (child,)))


def test_all_schemas_of_a_plan_together_are_bounded() -> None:
    many = {f"s{number}": {"enum": [str(number) + "x" * 20_000]} for number in range(4)}
    with pytest.raises(Refusal, match="schemas of the plan have"):
        check_schemas(plan(**many))
    check_schemas(plan(**{f"s{number}": {"enum": ["x" * 20_000]} for number in range(4)}))
