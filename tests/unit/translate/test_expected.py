"""An output is what its step asked for, or its violations are told; no schema and no output makes us wait."""

from __future__ import annotations

from typing import Any

import pytest
from creatorflow_orchestrator.translate.evaluation import BUDGET
from creatorflow_orchestrator.translate.expected import violations
from creatorflow_orchestrator.translate.schemas import wrong_schema

from tests.counting import calls

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
def test_no_schema_and_no_output_costs_much(name: str) -> None:
    schema, value = SLOW[name]
    whole = {"properties": {"value": schema}, "$defs": schema.pop("$defs", {})}
    assert wrong_schema(whole) is None
    assert calls(lambda: violations({"value": value}, whole, ())) < 5_000_000  # measured: at most 2,300,000
    assert violations({"value": value}, whole, ())


def test_what_is_too_much_to_be_checked_says_so() -> None:
    assert "too much" in violations({"a": [1] * BUDGET}, {"properties": {"a": {"items": {"type": "integer"}}}}, ())[0]
