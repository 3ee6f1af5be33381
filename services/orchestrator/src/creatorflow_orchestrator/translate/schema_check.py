"""Checks the JSON Schemas of a plan when it is accepted.

Rules for this file: a schema is untrusted. Nothing is ever fetched, depth and size are bounded, and messages name
places, not values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Plan

from .schema_cost import DATA, REFERENCES, Cost, SchemaReferenceError, target_of
from .schema_evaluation import PLACE_LENGTH, Schema, compiled_schema, json_path
from .schema_patterns import pattern_memory

MAX_SCHEMA = 32 * 1024
"""Characters of a schema as JSON."""
MAX_NESTING = 24
MAX_COST = 200_000
"""Units that one value may cost (see `schema_cost`): two milliseconds."""
MAX_PATTERN_COST = 2_000
"""The same for one character of a text, by its patterns."""
MAX_PATTERN = 500
MAX_SCHEMAS = 64 * 1024
"""Characters of all schemas of one plan, each counted once: checking them takes some 5 ms a KiB."""
_MAX_REPORTED = 10
_DIALECTS = frozenset({"draft2020-12", "draft2019-09", "draft-07", "draft-06"})
_MAPS = frozenset({"properties", "$defs", "definitions", "dependentSchemas", "dependencies"})
"""Keywords whose value maps names of any kind to schemas."""
_UNSUPPORTED = {
    "$id": "leave it out: nothing is ever fetched",
    "$schema": "state it at the top only",
    "patternProperties": "use propertyNames, or name the properties",
}


def check_schemas(plan: Plan) -> None:
    """Raise `Refusal` (PLAN_INVALID, naming the steps) for a plan with a schema that cannot be used."""
    schemas = dict(_schemas(plan))
    if not schemas:
        return
    size = sum(map(len, {json.dumps(schema) for schema in schemas.values()}))
    if size > MAX_SCHEMAS:
        text = f"the schemas of the plan have {size} characters, at most {MAX_SCHEMAS} are allowed"
        raise Refusal("PLAN_INVALID", text, "plan.steps", "Ask for less precise outputs.")
    defects = [f"step {name}: {reason}" for name, schema in schemas.items() if (reason := schema_defect(schema))]
    if defects:
        more = f" (and {len(defects) - _MAX_REPORTED} more)" if len(defects) > _MAX_REPORTED else ""
        text = "expected_output of " + "; ".join(defects[:_MAX_REPORTED]) + more
        raise Refusal("PLAN_INVALID", text, "plan.steps.expected_output", "Correct the schemas of the named steps.")


def _schemas(plan: Plan, within: str = "") -> Iterator[tuple[str, Schema]]:
    for step in plan.steps:
        if step.schema is not None:
            yield within + step.id, step.schema
        if step.plan is not None:
            yield from _schemas(step.plan, f"{within}{step.id}.")


def schema_defect(schema: Schema) -> str | None:
    """Return the reason why a schema cannot be used, with the place; `None` if it can."""
    text = json.dumps(schema)
    if len(text) > MAX_SCHEMA:
        return f"the schema has {len(text)} characters, at most {MAX_SCHEMA} are allowed"
    if (finding := next(_unusable(schema, "$", MAX_NESTING), None)) is not None:
        return finding
    return _malformed(text)


def _unusable(schema: Any, place: str, levels: int) -> Iterator[str]:
    """Yield the unsupported parts of a schema, in order."""
    if levels < 0:
        yield f"at {place[:PLACE_LENGTH]}: nested over {MAX_NESTING} levels"
        return
    if isinstance(schema, list | tuple):
        for position, item in enumerate(schema):
            yield from _unusable(item, f"{place}[{position}]", levels - 1)
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        where = f"{place}.{keyword}"[:PLACE_LENGTH]
        yield from _unusable_keyword(keyword, value, where, top=place == "$")
        if keyword in _MAPS and isinstance(value, Mapping):
            for name, subschema in value.items():
                yield from _unusable(subschema, f"{where}.{name}", levels - 2)
        elif keyword not in DATA:
            yield from _unusable(value, where, levels - 1)


def _unusable_keyword(keyword: str, value: Any, where: str, *, top: bool) -> Iterator[str]:
    if keyword == "$schema" and top:
        if not any(dialect in str(value) for dialect in _DIALECTS):
            yield f"at {where}: this dialect is not known; there are {', '.join(sorted(_DIALECTS))}"
    elif keyword in _UNSUPPORTED:
        yield f"at {where}: not supported; {_UNSUPPORTED[keyword]}"
    elif keyword in REFERENCES and not (isinstance(value, str) and value.startswith("#")):
        yield f"at {where}: only what is in the schema itself can be referred to (#...)"
    elif keyword == "pattern" and isinstance(value, str) and (reason := _pattern_defect(value)):
        yield f"at {where}: {reason}"


def _pattern_defect(pattern: str) -> str | None:
    if len(pattern) > MAX_PATTERN:
        return f"the pattern has {len(pattern)} characters, at most {MAX_PATTERN} are allowed"
    if pattern_memory(pattern) is None:
        return "the pattern cannot be used: it is wrong or too large, or has look-around or back references"
    return None


@lru_cache(maxsize=256)
def _malformed(text: str) -> str | None:
    """Return the violation of the dialect's own schema, a broken reference or an excessive cost; else `None`."""
    from jsonschema_rs import ValidationError, meta

    schema = json.loads(text)
    try:
        meta.validate(schema)
    except ValidationError as error:
        place = json_path(error.instance_path)[:PLACE_LENGTH]
        return f"at {place}: no JSON Schema, it does not meet {error.kind.name}"
    try:
        for reference in sorted(set(_references(schema))):
            if (finding := next(_unusable(target_of(schema, reference), reference, MAX_NESTING), None)) is not None:
                return finding
        cost = compiled_schema(text).cost
    except SchemaReferenceError as error:
        return str(error)
    except ValidationError:
        return "the schema cannot be used"
    return _too_costly(cost)


def _too_costly(cost: Cost) -> str | None:
    if cost.values > MAX_COST:
        return f"to check one value may take {cost.values} steps, at most {MAX_COST} are allowed"
    if cost.characters > MAX_PATTERN_COST:
        return "too many patterns apply to the same text; join them"
    return None


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list | tuple):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, Mapping):
        yield from (schema[keyword] for keyword in REFERENCES if isinstance(schema.get(keyword), str))
        for keyword, value in schema.items():
            if keyword not in DATA:
                yield from _references(value)
