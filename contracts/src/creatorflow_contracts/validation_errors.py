"""Translation of a pydantic ValidationError into a refusal: one code, the places, and no value.

A body of 1 MiB can have half a million errors. All work here is bounded, so that one such message does not delay the
others: of very many errors only those in the first items of each list are examined.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .codes import INGRESS_CODES
from .json_parsing import has_long_plan
from .problem import ProblemCode as Code
from .refusals import Refusal
from .routes import CONTRACTS
from .v1.base import is_name

MAX_PLACES = 10
MAX_ERRORS = 1_000
"""Errors that are examined one by one; making the details of half a million takes seconds."""
FIRST_ITEMS = 8
"""Items of each list that are examined where there are more errors."""
_SAFE_DETAILS = frozenset(
    {
        "literal_error", "greater_than", "greater_than_equal", "less_than", "less_than_equal", "string_too_long",
        "string_too_short", "string_type", "too_long", "too_short", "int_type", "float_type", "bool_type", "dict_type",
        "tuple_type", "list_type", "uuid_type", "datetime_type", "model_type", "timezone_aware", "extra_forbidden",
        "finite_number", "timestamp_range", "rows_not_named", "body_out_of_place",
    }
)  # fmt: skip
"""Kinds of error whose pydantic message names what is allowed and contains nothing that was sent."""


def explain(error: ValidationError, body: dict[str, Any], model: type[BaseModel]) -> Refusal:
    """Return the refusal for `error`: specific codes first (correlation id before all), then in the body's order."""
    if error.error_count() > MAX_ERRORS:
        return _explain_many(body, model)
    details = error.errors(include_url=False, include_input=False, include_context=False)
    codes = [_code(detail) for detail in details]
    chosen = min(range(len(codes)), key=lambda at: (_RANK.get(codes[at], 1), at))
    places = _deepest([detail["loc"] for detail in details])
    where = ", ".join(places[:MAX_PLACES]) + (
        f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
    )
    return Refusal(codes[chosen], where[:1000] or "body", _detail(details[chosen], codes[chosen], body))


def _explain_many(body: dict[str, Any], model: type[BaseModel]) -> Refusal:
    """Return the refusal for a body with very many errors."""
    if has_long_plan(body):
        return Refusal(Code.PLAN_TOO_LARGE, "plan.steps")
    shorter = _shortened(body)
    try:
        model.model_validate_json(json.dumps(shorter))
    except ValidationError as error:
        if error.error_count() <= MAX_ERRORS:
            return explain(error, shorter, model)
    return Refusal(Code.FIELD_INVALID, "body", f"more than {MAX_ERRORS} errors")


def _shortened(value: Any) -> Any:
    """Return a body, which is never nested deep, with only the first items of each list."""
    if isinstance(value, dict):
        return {key: _shortened(inner) for key, inner in value.items()}
    return [_shortened(inner) for inner in value[:FIRST_ITEMS]] if isinstance(value, list) else value


def _deepest(locs: Sequence[tuple[int | str, ...]]) -> list[str]:
    """Return the places. pydantic also reports the list around an invalid item (as too short); the item is enough."""
    outer = {_place(loc[:depth]) for loc in locs for depth in range(1, len(loc))}
    return [place for place in dict.fromkeys(map(_place, locs)) if place not in outer]


_RANK = {Code.CORRELATION_INVALID: 0, Code.FIELD_MISSING: 2, Code.FIELD_INVALID: 2, Code.NOT_JSON: 0}


def _code(detail: ErrorDetails) -> Code:
    if detail["loc"] == ("correlation_id",):
        return Code.CORRELATION_INVALID
    if detail["type"] in INGRESS_CODES:
        return Code(detail["type"])
    if detail["type"] == "json_invalid":
        return Code.NOT_JSON
    if detail["type"] == "too_long" and detail["loc"] == ("plan", "steps"):
        return Code.PLAN_TOO_LARGE
    if detail["loc"][:1] == ("plan",):
        return Code.PLAN_INVALID
    return Code.FIELD_MISSING if detail["type"] == "missing" else Code.FIELD_INVALID


def _detail(detail: ErrorDetails, code: Code, body: dict[str, Any]) -> str:
    message = detail["msg"] if detail["type"] in _SAFE_DETAILS else ""
    if code is not Code.PLAN_INVALID:
        return message
    step = _step_name(detail["loc"], body)
    return f"step {step}: {message}" if step else message


def _step_name(loc: tuple[int | str, ...], body: dict[str, Any]) -> str:
    """Return the id of the step at `loc` if it is a valid name (any other value would be an echo)."""
    try:
        name = body["plan"]["steps"][loc[2]]["id"]
    except (LookupError, TypeError):
        return ""
    return name if is_name(name) else ""


def _place(loc: tuple[int | str, ...]) -> str:
    """Return a path such as `plan.steps[3].agent`; a key that no contract has is written as `*`."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part if part in _field_names() else '*'}"
    return path.lstrip(".")


@cache
def _field_names() -> frozenset[str]:
    names: set[str] = set()
    pending: list[type[BaseModel]] = list(CONTRACTS.values())
    seen: set[type[BaseModel]] = set()
    while pending:
        model = pending.pop()
        seen.add(model)
        for name, info in model.model_fields.items():
            names.add(info.alias or name)
            pending.extend(inner for inner in _models_in(info.annotation) if inner not in seen)
    return frozenset(names)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
