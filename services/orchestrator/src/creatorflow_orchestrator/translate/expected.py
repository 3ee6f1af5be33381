"""Whether an agent's output is what its step asked for: the step's JSON Schema, and the sections that must be there.

Rules for this file: schema and output are both somebody else's, so neither may make us wait. A schema is checked when
its plan is accepted (`wrong_schema`); an evaluation is counted, and one that goes on for too long is itself a
violation (`violations`). Patterns run in RE2, whose time is linear. Nothing is ever fetched, and what is told names
places, never values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.model import Failure, FailureKind, Saga, StepStatus
from creatorflow_orchestrator.core.plan import Plan
from creatorflow_orchestrator.core.saga import find_step

from .outputs import SECTIONS

if TYPE_CHECKING:  # a third of a second to import, and few plans need it
    import re2
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

MAX_SCHEMA = 32 * 1024
"""Characters of a schema as JSON."""
MAX_NESTING = 24
MAX_PATTERN = 500
MAX_SCHEMAS = 64 * 1024
"""Characters of all schemas of one plan, each counted once: checking them takes some 5 ms a KiB."""
BUDGET = 40_000
"""What one evaluation may cost: a keyword at a place is 1, more where the value there is large. At most 0.4 s."""
MAX_TOLD = 20
_PLACE_LENGTH = 200
_TOLD_STEPS = 10
_AWAITED = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})
_DIALECTS = frozenset({"draft2020-12", "draft2019-09", "draft-07", "draft-06"})
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_MAPS = frozenset({"properties", "$defs", "definitions", "dependentSchemas", "dependencies"})
"""Keywords whose value maps names of any kind to schemas."""
_DATA = frozenset({"const", "enum", "default", "examples", "required", "dependentRequired"})
"""Keywords whose value is data, whatever it looks like."""
_UNSUPPORTED = {
    "$id": "leave it out: nothing is ever fetched",
    "$schema": "say it at the top only",
    "patternProperties": "use propertyNames, or name the properties",
}

Schema = Mapping[str, Any]
Keyword = Callable[["Validator", Any, Any, Any], "Iterator[ValidationError] | None"]


class _TooMuch(Exception):
    """The evaluation has used up its budget."""


_spent: ContextVar[list[int]] = ContextVar("spent")


def check_schemas(plan: Plan) -> None:
    """Raises `Refusal` (PLAN_INVALID, naming the steps) for a plan with a schema that cannot be used."""
    schemas = dict(_schemas(plan))
    if not schemas:
        return
    size = sum(map(len, {json.dumps(schema) for schema in schemas.values()}))
    if size > MAX_SCHEMAS:
        text = f"the schemas of the plan have {size} characters, at most {MAX_SCHEMAS} are allowed"
        raise Refusal("PLAN_INVALID", text, "plan.steps", "Ask for less precise outputs.")
    wrong = [f"step {name}: {reason}" for name, each in schemas.items() if (reason := wrong_schema(each))]
    if wrong:
        more = f" (and {len(wrong) - _TOLD_STEPS} more)" if len(wrong) > _TOLD_STEPS else ""
        text = "expected_output of " + "; ".join(wrong[:_TOLD_STEPS]) + more
        raise Refusal("PLAN_INVALID", text, "plan.steps.expected_output", "Mend the schemas of the named steps.")


def _schemas(plan: Plan, within: str = "") -> Iterator[tuple[str, Schema]]:
    for step in plan.steps:
        if step.schema is not None:
            yield within + step.id, step.schema
        if step.plan is not None:
            yield from _schemas(step.plan, f"{within}{step.id}.")


def wrong_schema(schema: Schema) -> str | None:
    """What keeps a schema from being used, in words that name the place; `None` for a good one."""
    text = json.dumps(schema)
    if len(text) > MAX_SCHEMA:
        return f"the schema has {len(text)} characters, at most {MAX_SCHEMA} are allowed"
    if (finding := next(_unusable(schema, "$", MAX_NESTING), None)) is not None:
        return finding
    return _malformed(text)


def judged(answer: TaskSucceeded | TaskFailed, saga: Saga, jitter: float) -> TaskSucceeded | TaskFailed:
    """The answer; of a success that does not meet what its step expects, the `validation_error` that it is."""
    step = find_step(saga, answer.task_id)
    if isinstance(answer, TaskFailed) or step is None or step.status not in _AWAITED:
        return answer
    asked = saga.plan.step(step.id)
    found = violations(answer.output, asked.schema, asked.sections)
    if not found:
        return answer
    text = f"the output is not what was asked for: {found[0]}" + (f" (and {len(found) - 1} more)" if found[1:] else "")
    failure = Failure(FailureKind.VALIDATION_ERROR, text[:4096], details=found)
    return TaskFailed(answer.at, answer.task_id, failure, jitter, answer.digest, answer.agent)


def violations(output: Mapping[str, Any], schema: Schema | None, sections: Sequence[str]) -> tuple[str, ...]:
    """Where the output is not what was asked for, at most 20 places; empty where it is.

    Each is a path and what is required there; no value of the output is told. The sections are a specialist's: they
    are not asked of an output that has `data` of its own making instead, whose form the schema alone can say.
    """
    found: list[str] = []
    if not (output.get("data") and not any(output.get(section) for section in SECTIONS)):
        found += [f"{section}: must be there and not empty" for section in sections if not output.get(section)]
    if schema is not None:
        found += _against(output, schema)
    told = list(dict.fromkeys(found))
    if len(told) > MAX_TOLD:
        told[MAX_TOLD:] = ["and more places"]
    return tuple(told)


def _against(output: Mapping[str, Any], schema: Schema) -> list[str]:
    found: list[str] = []
    token = _spent.set([0])
    try:
        for error in _validator(json.dumps(schema)).iter_errors(output):
            found.extend(_told(error))
            if len(found) > MAX_TOLD:
                break
    except (_TooMuch, RecursionError):
        found.append("$: too much to be checked against the schema; make the output smaller or the schema simpler")
    finally:
        _spent.reset(token)
    return found


def _told(error: ValidationError) -> Iterator[str]:
    place = error.json_path
    place = place if len(place) <= _PLACE_LENGTH else place[:_PLACE_LENGTH] + "..."
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


# -- the schema -----------------------------------------------------------------------------------------------


def _unusable(schema: Any, place: str, levels: int) -> Iterator[str]:
    """What in a schema is not supported here, the first first."""
    if levels < 0:
        yield f"at {place[:_PLACE_LENGTH]}: nested over {MAX_NESTING} levels"
        return
    if isinstance(schema, list | tuple):
        for position, each in enumerate(schema):
            yield from _unusable(each, f"{place}[{position}]", levels - 1)
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        where = f"{place}.{keyword}"[:_PLACE_LENGTH]
        yield from _unusable_keyword(keyword, value, where, top=place == "$")
        if keyword in _MAPS and isinstance(value, Mapping):
            for name, each in value.items():
                yield from _unusable(each, f"{where}.{name}", levels - 2)
        elif keyword not in _DATA:
            yield from _unusable(value, where, levels - 1)


def _unusable_keyword(keyword: str, value: Any, where: str, *, top: bool) -> Iterator[str]:
    if keyword == "$schema" and top:
        if not any(dialect in str(value) for dialect in _DIALECTS):
            yield f"at {where}: this dialect is not known; there are {', '.join(sorted(_DIALECTS))}"
    elif keyword in _UNSUPPORTED:
        yield f"at {where}: not supported; {_UNSUPPORTED[keyword]}"
    elif keyword in _REFERENCES and not (isinstance(value, str) and value.startswith("#")):
        yield f"at {where}: only what is in the schema itself can be referred to (#...)"
    elif keyword == "pattern" and isinstance(value, str) and (reason := _wrong_pattern(value)):
        yield f"at {where}: {reason}"


def _wrong_pattern(pattern: str) -> str | None:
    if len(pattern) > MAX_PATTERN:
        return f"the pattern has {len(pattern)} characters, at most {MAX_PATTERN} are allowed"
    import re2

    try:
        _compiled(pattern)
    except re2.error:
        return "the pattern cannot be used: it must be of RE2, which has no look-around and no back references"
    return None


@lru_cache(maxsize=256)
def _malformed(text: str) -> str | None:
    """What the dialect's own schema, or a reference that leads nowhere, has to say."""
    from jsonschema.exceptions import SchemaError
    from referencing.exceptions import Unresolvable

    validator = _validator(text)
    dialect: Any = type(validator)
    try:
        dialect.check_schema(validator.schema, format_checker=None)
    except SchemaError as error:
        return f"at {error.json_path[:_PLACE_LENGTH]}: no JSON Schema, it does not meet {error.validator}"
    resolver = _resolver(validator)
    for reference in _references(validator.schema):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            return "a reference leads nowhere in the schema"
    return None


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list | tuple):
        for each in schema:
            yield from _references(each)
    elif isinstance(schema, Mapping):
        yield from (schema[keyword] for keyword in _REFERENCES if isinstance(schema.get(keyword), str))
        for keyword, value in schema.items():
            if keyword not in _DATA:
                yield from _references(value)


# -- its evaluation -------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _validator(text: str) -> Validator:
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


def _resolver(validator: Validator) -> Any:
    from referencing import Registry, Resource
    from referencing.jsonschema import specification_with

    specification = specification_with(validator.META_SCHEMA["$schema"])
    resource: Resource[Any] = specification.create_resource(validator.schema)
    return Registry().with_resource("", resource).resolver()


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

    if isinstance(instance, str) and not _compiled(pattern).search(instance):
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
def _compiled(pattern: str) -> re2._Regexp[str]:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    with suppress(AttributeError):
        options.never_capture = True
    return re2.compile(pattern, options)
