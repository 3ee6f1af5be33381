"""An output held against a JSON Schema, at a bounded cost.

Rules for this file: schema and output are both somebody else's, so neither may make us wait. An evaluation is counted,
and one that goes on for too long is itself a finding. Patterns run in RE2, whose time is linear. Nothing is ever
fetched, and what is told names places, never values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a third of a second to import, and few plans need it
    import re2
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

BUDGET = 40_000
"""What one evaluation may cost: a keyword at a place is 1, more where the value there is large. At most 0.4 s."""
PLACE_LENGTH = 200
"""Characters of a place that is told."""

Schema = Mapping[str, Any]
Keyword = Callable[["Validator", Any, Any, Any], "Iterator[ValidationError] | None"]


class _TooMuch(Exception):
    """The evaluation has used up its budget."""


_spent: ContextVar[list[int]] = ContextVar("spent")


def findings(output: Mapping[str, Any], schema: Schema, at_most: int) -> list[str]:
    """Where the output does not meet the schema; no more are looked for once there are over `at_most`."""
    found: list[str] = []
    token = _spent.set([0])
    try:
        for error in validator_of(json.dumps(schema)).iter_errors(output):
            found.extend(_told(error))
            if len(found) > at_most:
                break
    except (_TooMuch, RecursionError):
        found.append("$: too much to be checked against the schema; make the output smaller or the schema simpler")
    finally:
        _spent.reset(token)
    return found


def _told(error: ValidationError) -> Iterator[str]:
    place = error.json_path
    place = place if len(place) <= PLACE_LENGTH else place[:PLACE_LENGTH] + "..."
    required: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            yield from (f"{place}: {str(name)[:64]} is missing" for name in required if name not in instance)
        case "type":
            kinds = required if isinstance(required, str) else " or ".join(str(each) for each in required)
            yield f"{place}: must be of type {kinds}"
        case "additionalProperties" | "unevaluatedProperties":
            yield f"{place}: has a property that the schema does not allow"
        case str() as keyword:
            yield f"{place}: does not meet {keyword}" + (f" {required}" if isinstance(required, int | float) else "")
        case _:
            yield f"{place}: nothing is allowed here"


@lru_cache(maxsize=256)
def validator_of(text: str) -> Validator:
    """What evaluates the schema of this text. Its `$schema` only chooses the dialect: left in, it would bring back the
    library's own keywords for what refers to the whole."""
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    schema = json.loads(text)
    dialect = validator_for(schema, default=Draft202012Validator)
    schema.pop("$schema", None)
    registry: Registry[Any] = Registry()  # one that fetches nothing
    validator: Validator = _bounded(dialect)(schema, registry=registry)
    return validator


@cache
def _bounded(dialect: type[Validator]) -> Any:
    """A dialect whose keywords are counted, with those replaced whose time is not linear."""
    from jsonschema import validators

    extend: Any = validators.extend
    keywords: dict[str, Keyword] = {**dialect.VALIDATORS, "pattern": _pattern, "uniqueItems": _unique_items}
    keywords.pop("patternProperties", None)
    return extend(dialect, {name: _counted(keyword) for name, keyword in keywords.items()})


def _counted(keyword: Keyword) -> Keyword:
    def counted(validator: Validator, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _spend(1 + (len(instance) // 32 if isinstance(instance, dict | list | str) else 0))
        for error in keyword(validator, value, instance, schema) or ():
            if not isinstance(error.validator, str):  # it was made here; its message shows the whole instance
                _spend(1 + len(error.message) // 200)
            yield error

    return counted


def _spend(cost: int) -> None:
    spent = _spent.get()
    spent[0] += cost
    if spent[0] > BUDGET:
        raise _TooMuch


def _pattern(_: Validator, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not compiled(pattern).search(instance):
        yield ValidationError("the pattern does not match")


def _unique_items(_: Validator, wanted: bool, instance: Any, __: Any) -> Iterator[ValidationError]:
    """In linear time; 1 and 1.0 count as different."""
    from jsonschema.exceptions import ValidationError

    if not wanted or not isinstance(instance, list):
        return
    texts = [json.dumps(each, sort_keys=True) for each in instance]
    _spend(sum(len(text) for text in texts) // 20)
    if len(set(texts)) < len(texts):
        yield ValidationError("the items are not unique")


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re2._Regexp[str]:
    """The pattern, within a bounded memory. Raises `re2.error` for what RE2 does not take."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    with suppress(AttributeError):
        options.never_capture = True
    return re2.compile(pattern, options)
