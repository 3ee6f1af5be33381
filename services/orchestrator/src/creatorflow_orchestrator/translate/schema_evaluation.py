"""Evaluates a JSON Schema on an output, at a bounded cost.

Rules for this file: schema and output are both untrusted, and the validator keeps the interpreter's lock while it
works, so an evaluation that could cost more than the budget is not begun. Patterns run in a linear-time engine, nothing
is ever fetched, and a message names places, never values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .schema_cost import Cost, cost_of
from .schema_patterns import linear

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

BUDGET = 30_000_000
"""Units that one evaluation may cost at most (see `schema_cost`): 0.3 to 0.5 s."""
PLACE_LENGTH = 200
"""Characters of a place in a message."""
_LISTED_VALUES = 20_000
"""Units for an output's values up to which all errors are listed: an error takes some 10 µs and 1.5 KB."""
_COPIED = 30_000_000
"""Characters that errors may copy: an error contains its value, and those of its branches, three times."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    validator: Validator
    cost: Cost
    branches: bool
    """True if an error may contain the errors of many branches."""


def findings(output: Mapping[str, Any], schema: Schema, at_most: int) -> list[str]:
    """List the places where the output does not meet the schema: the first `at_most` and one more.

    Returns a single general message where the cost of a list could exceed the bounds.
    """
    compiled = compiled_schema(json.dumps(schema))
    text = json.dumps(output, ensure_ascii=False)
    values = text.count(",") + text.count(":") + text.count("[") + 1  # never too few
    if compiled.cost.units(values, len(text)) > BUDGET:
        return ["$: too much to be checked against the schema; make the output smaller or the schema simpler"]
    if compiled.validator.is_valid(output):
        return []
    messages = []
    for error in _errors(compiled, output, values, len(text)):
        messages.append(_message(error))
        if len(messages) > at_most:
            break
    return messages or ["$: does not meet the schema; the output is too large for the places to be listed"]


def _errors(compiled: _Compiled, output: Mapping[str, Any], values: int, characters: int) -> Iterable[ValidationError]:
    """Return all errors where they are few and small, else the first, else none: the library builds all at once."""
    copied = compiled.cost.values * characters
    if compiled.cost.values * values <= _LISTED_VALUES and copied <= _COPIED:
        return compiled.validator.iter_errors(output)
    return _first(compiled.validator, output) if not compiled.branches or copied <= _COPIED else ()


def _first(validator: Validator, output: Mapping[str, Any]) -> Iterator[ValidationError]:
    from jsonschema_rs import ValidationError

    try:
        validator.validate(output)
    except ValidationError as error:
        yield error


def _message(error: ValidationError) -> str:
    from jsonschema_rs import ValidationErrorKind as Kind

    place = _place(error.instance_path)
    match error.kind:
        case Kind.Required(name):
            return f"{place}: {name[:64]} is missing"
        case Kind.Type(kinds):
            return f"{place}: must be of type {' or '.join(kinds)}"
        case Kind.AdditionalProperties() | Kind.UnevaluatedProperties():
            return f"{place}: has a property that the schema does not allow"
        case Kind.FalseSchema():
            if error.schema_path and error.schema_path[-1] in ("additionalProperties", "unevaluatedProperties"):
                return f"{place}: has a property that the schema does not allow"
            return f"{place}: nothing is allowed here"
        case kind:
            keyword = next((part for part in reversed(error.schema_path) if isinstance(part, str)), kind.name)
            value = kind.value
            return f"{place}: does not meet {keyword}" + (f" {value}" if isinstance(value, int | float) else "")


def _place(path: Iterable[str | int]) -> str:
    place = json_path(path)
    return place if len(place) <= PLACE_LENGTH else place[:PLACE_LENGTH] + "..."


def json_path(path: Iterable[str | int]) -> str:
    """Return a JSONPath: `$.lines[0]['a b']`."""
    text = "$"
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _NAME.fullmatch(part):
            text += f".{part}"
        else:
            text += "['" + part.replace("\\", "\\\\").replace("'", "\\'") + "']"
    return text


@lru_cache(maxsize=64)
def compiled_schema(text: str) -> _Compiled:
    """Compile the schema of this text. Raises `jsonschema_rs.ValidationError` or `SchemaReferenceError`."""
    schema = json.loads(text)
    return _Compiled(validator_of(schema), cost_of(schema), '"anyOf"' in text or '"oneOf"' in text)


def validator_of(schema: Schema) -> Validator:
    """Return a validator that fetches nothing and uses only the linear-time pattern engine.

    Raises `jsonschema_rs.ValidationError` for a schema that cannot be used with them.
    """
    from jsonschema_rs import validator_for

    return validator_for(dict(schema), offline=True, pattern_options=linear(), validate_formats=False)
