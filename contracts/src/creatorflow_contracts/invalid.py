"""A pydantic ValidationError as a refusal: one code, the places, and no value."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .problem import ProblemCode as Code
from .refusals import TEXTS, Refusal
from .routes import CONTRACTS
from .v1.base import is_name

MAX_PLACES = 10
_OWN_CODES = frozenset(str(code) for code in TEXTS)
_SAFE_DETAILS = frozenset(
    {
        "literal_error", "greater_than", "greater_than_equal", "less_than", "less_than_equal", "string_too_long",
        "string_too_short", "string_type", "too_long", "too_short", "int_type", "float_type", "bool_type", "dict_type",
        "tuple_type", "list_type", "uuid_type", "datetime_type", "model_type", "timezone_aware", "extra_forbidden",
        "finite_number", "timestamp_range", "rows_not_named", "body_out_of_place",
    }
)  # fmt: skip
"""Kinds of error whose pydantic message says what is allowed and nothing of what was sent."""


def explain(error: ValidationError, body: dict[str, Any]) -> Refusal:
    """The refusal for `error`: an own code first (the correlation id before all), then what comes first in the body."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    codes = [_code(each) for each in details]
    chosen = min(range(len(codes)), key=lambda at: (_RANK.get(codes[at], 1), at))
    places = _deepest(dict.fromkeys(_place(each["loc"]) for each in details))
    where = ", ".join(places[:MAX_PLACES]) + (
        f" and {len(places) - MAX_PLACES} more" if len(places) > MAX_PLACES else ""
    )
    return Refusal(codes[chosen], where[:1000] or "body", _detail(details[chosen], codes[chosen], body))


def _deepest(places: Iterable[str]) -> list[str]:
    """A list whose item is wrong is reported too (as too short); the item is enough."""
    told = list(places)
    return [place for place in told if not any(other.startswith((f"{place}[", f"{place}.")) for other in told)]


_RANK = {Code.CORRELATION_INVALID: 0, Code.FIELD_MISSING: 2, Code.FIELD_INVALID: 2, Code.NOT_JSON: 0}


def _code(detail: ErrorDetails) -> Code:
    if detail["loc"] == ("correlation_id",):
        return Code.CORRELATION_INVALID
    if detail["type"] in _OWN_CODES:
        return Code(detail["type"])
    if detail["type"] == "json_invalid":
        return Code.NOT_JSON
    if detail["type"] == "too_long" and detail["loc"] == ("plan", "steps"):
        return Code.PLAN_TOO_LARGE
    if detail["loc"][:1] == ("plan",):
        return Code.PLAN_INVALID
    return Code.FIELD_MISSING if detail["type"] == "missing" else Code.FIELD_INVALID


def _detail(detail: ErrorDetails, code: Code, body: dict[str, Any]) -> str:
    said = detail["msg"] if detail["type"] in _SAFE_DETAILS else ""
    if code is not Code.PLAN_INVALID:
        return said
    step = _step_name(detail["loc"], body)
    return f"step {step}: {said}" if step else said


def _step_name(loc: tuple[int | str, ...], body: dict[str, Any]) -> str:
    """The id of the step at `loc`, when it is a name (anything else would be an echo)."""
    try:
        name = body["plan"]["steps"][loc[2]]["id"]
    except (LookupError, TypeError):
        return ""
    return name if is_name(name) else ""


def _place(loc: tuple[int | str, ...]) -> str:
    """`plan.steps[3].agent`; a key that the sender invented is told as `*`."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part if part in _field_names() else '*'}"
    return path.lstrip(".")


@cache
def _field_names() -> frozenset[str]:
    found: set[str] = set()
    pending: list[type[BaseModel]] = list(CONTRACTS.values())
    seen: set[type[BaseModel]] = set()
    while pending:
        model = pending.pop()
        seen.add(model)
        for name, info in model.model_fields.items():
            found.add(info.alias or name)
            pending.extend(each for each in _models_in(info.annotation) if each not in seen)
    return frozenset(found)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
