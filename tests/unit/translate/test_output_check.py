"""An output matches its step's schema, or its violations are reported; no schema and no output delays the process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from creatorflow_orchestrator.translate.output_check import violations
from creatorflow_orchestrator.translate.schema_check import schema_defect

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


def test_each_violation_names_its_place_and_rule_and_no_value() -> None:
    output = {"total": PRIVATE, "lines": [{"sku": 1, "more": PRIVATE}, {}], "shop": PRIVATE}
    reported = violations(output, ORDER, ())
    assert reported == (
        "$.total: must be of type number",
        "$.lines[0]: has a property that the schema does not allow",
        "$.lines[1]: sku is missing",
        "$.shop: does not meet pattern",
    )
    assert violations({"lines": [], "total": -1}, ORDER, ()) == (
        "$.lines: does not meet minItems 1",
        "$.total: does not meet minimum 0",
    )


def test_of_very_many_violations_some_are_reported() -> None:
    reported = violations({"lines": [{}] * 500, "total": 1}, ORDER, ())
    assert len(reported) == 21
    assert reported[-1] == "and more places"


def test_a_place_below_a_very_long_name_is_shortened() -> None:
    (reported,) = violations({"x" * 5000: 1}, {"additionalProperties": {"type": "string"}}, ())
    assert len(reported) < 300


def test_required_sections_must_be_present_and_not_empty() -> None:
    asked = ("implementation_steps", "code_examples")
    assert violations({"implementation_steps": [{"text": "do"}], "code_examples": []}, None, asked) == (
        "code_examples: must be there and not empty",
    )
    assert len(violations({}, None, asked)) == 2


def test_sections_are_not_required_of_a_custom_agent_that_returns_data() -> None:
    assert violations({"data": {"rows": 3}}, None, ("code_examples",)) == ()


LARGE: dict[str, tuple[dict[str, Any], Any]] = {
    "a pattern that would backtrack for ever": ({"pattern": "^(a+)+$"}, "a" * 100_000 + "b"),
    "a pattern with very many states": ({"pattern": "(a|b)*a(a|b){90}c"}, "ab" * 100_000),
    "equal objects compared in pairs": ({"allOf": [{"uniqueItems": True}] * 50}, [{"n": n} for n in range(9_000)] * 2),
    "a long text in every error": ({"anyOf": [{"type": "string"}] * 1000}, ["x" * 100] * 10_000),
    "a text of 900 KB in four thousand errors": ({"anyOf": [False] * 4_000}, "x" * 900_000),
    "an error for each of very many": ({"items": {"type": "string"}}, list(range(150_000))),
    "options in each of very many errors": ({"items": {"enum": [f"s{n}" for n in range(3_000)]}}, ["zzz"] * 90_000),
    "numbers among the options": ({"items": {"enum": [n / 7 for n in range(900)]}}, [1.5] * 2_000),
    "a search within a search": (
        {"unevaluatedItems": False, "allOf": [{"contains": {"const": 1}}] * 300},
        [0] * 90_000,
    ),
}


JUDGE = """
import json, resource, sys
from creatorflow_orchestrator.translate.output_check import violations
violations({"a": 1}, {"properties": {"a": {"type": "string"}}}, ())  # what is imported late is not counted
schema, output = json.load(sys.stdin)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = violations(output, schema, ())
after = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([found, (after.ru_maxrss - before) // 1024]))
"""


def judged_in_bounded_memory(schema: dict[str, Any], output: dict[str, Any]) -> list[str]:
    program = [sys.executable, "-c", JUDGE]
    done = subprocess.run(program, input=json.dumps([schema, output]), capture_output=True, text=True, check=True)
    found, megabytes = json.loads(done.stdout)
    assert megabytes < 200
    return list(found)


@pytest.mark.parametrize("name", LARGE)
def test_no_schema_and_no_output_costs_more_than_200_mb(name: str) -> None:
    """The check runs in a process of its own with bounded memory: an allocation that fails ends it."""
    schema, value = LARGE[name]
    whole = {"properties": {"value": schema}}
    assert schema_defect(whole) is None
    assert judged_in_bounded_memory(whole, {"value": value})


def test_a_possibly_expensive_check_is_not_evaluated_and_reported() -> None:
    costly = {"properties": {"a": {"allOf": [{"items": {"type": "integer"}}] * 900}}}
    assert "too much" in violations({"a": [1] * 50_000}, costly, ())[0]


def test_for_a_large_output_the_first_violation_is_named() -> None:
    schema = {"properties": {"a": {"items": {"type": "integer"}}}}
    assert violations({"a": [1] * 50_000 + ["x"]}, schema, ()) == ("$.a[50000]: must be of type integer",)


def test_a_simple_pattern_is_checked_beside_a_very_long_text() -> None:
    schema = {"properties": {"code": {"type": "string"}, "order": {"pattern": "^ORD-[0-9]+$"}}}
    assert violations({"code": "x" * 900_000, "order": "ORD-1"}, schema, ()) == ()


def test_if_even_the_first_place_is_too_expensive_only_the_verdict_is_given() -> None:
    (reported,) = violations({"value": "x" * 900_000}, {"properties": {"value": {"anyOf": [False] * 4_000}}}, ())
    assert "too large for the places to be listed" in reported
