"""Guards and loop checks: CEL over `results.<step>.output`, `iteration` and `shared_state`.

The only file of the core that imports a library. CEL has no loops of its own, no I/O and no access to Python; its
macros iterate over lists. Nested macros have no bound, and even a single one can take minutes over lists that it joins
or copies, while the orchestrator stands still. So the text is bounded and analysed first (`reads`), and the expression
gets only the values that it names, as many as it can process in a fraction of a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from creatorflow_orchestrator.core.errors import CoreError

from .reads import RESULTS, SHARED_STATE, ExpressionReads, Read, read

if TYPE_CHECKING:
    import cel

MAX_LENGTH = 1_000
MAX_MACROS = 5
MAX_VALUES = 2_000
"""Limit of the values that an expression reads: every entry of a list or object counts one, and so do 64 characters."""
MAX_STEPS = 400_000
"""Limit of the values that macros process: all that is read, times what is read again for every element."""
CHARACTERS_OF_A_VALUE = 64
VARIABLES = frozenset({RESULTS, "iteration", SHARED_STATE})
FIELDS = ("output", "status")
"""The fields of a step's result."""
_FUNCTIONS = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "has", "type", "dyn", "duration", "timestamp"}
    | {"int", "uint", "double", "string", "bool", "bytes"}
)


class ExpressionError(CoreError):
    """The expression cannot be compiled, names something unknown, or does not evaluate to true or false."""


def prepare() -> None:
    """Load the CEL library, which takes long, so that the first plan with a guard does not wait for it.

    Compiling an expression loads it.
    """
    _compile("true")


def named_steps(expression: str) -> frozenset[str]:
    """Return the steps whose results the expression reads, as `results.NAME` or `results["NAME"]`."""
    return frozenset(
        access.path[1] for access in read(expression).reads if access.path[0] == RESULTS and len(access.path) > 1
    )


def check(
    expression: str,
    steps: Mapping[str, Mapping[str, Any] | None],
    keys: frozenset[str] | None = None,
) -> None:
    """Raise `ExpressionError` unless the expression compiles, is bounded and names only what exists.

    `steps` maps the steps whose results will be available to the JSON Schema of their output, if one is declared;
    `keys` are the decision keys that an agent may decide, `None` if any key is allowed.
    """
    program, reading = _compile(expression), read(expression)
    unknown = sorted(set(program.variables()) - VARIABLES - reading.bound)
    if unknown:
        raise ExpressionError(f"unknown name {unknown[0]!r}; there are {', '.join(sorted(VARIABLES))}")
    strange = sorted(function for function in program.functions() if function.isidentifier() and function[0] != "_")
    strange = [function for function in strange if function not in _FUNCTIONS]
    if strange:
        raise ExpressionError(f"unknown function {strange[0]!r}")
    for access in reading.reads:
        if access.path[0] == RESULTS:
            _check_result(access, steps)
        else:
            _check_decision(access, keys)
    if not reading.reads and "iteration" not in program.variables():
        holds(expression, {}, 1, {})  # it is constant: report an error now rather than later


def holds(expression: str, results: Mapping[str, Any], iteration: int, shared_state: Mapping[str, str]) -> bool:
    """Evaluate the expression to true or false. Raises `ExpressionError` if that fails."""
    program, reading = _compile(expression), read(expression)
    seen = _seen(reading, {RESULTS: results, SHARED_STATE: shared_state})
    names = {RESULTS: seen.get(RESULTS, {}), "iteration": iteration, SHARED_STATE: seen.get(SHARED_STATE, {})}
    try:
        value = program.execute(names)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library's errors have no common base, and its panic is no Exception
        raise ExpressionError(f"cannot be evaluated: {_why(error)}") from error
    if not isinstance(value, bool):
        raise ExpressionError("must come out as true or false")
    return value


def readable(expressions: Sequence[str], step: str, output: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a step's output that these expressions may read."""
    accesses = [access for expression in expressions for access in read(expression).reads]
    reads = [
        replace(access, path=(*access.path[:2], *(access.path[2:] or ("output",))))
        for access in accesses
        if access.path[:2] == (RESULTS, step)
    ]
    view = _view(reads, {RESULTS: {step: {"output": output}}})
    return dict(view.get(RESULTS, {}).get(step, {}).get("output") or {})


def _check_result(access: Read, steps: Mapping[str, Mapping[str, Any] | None]) -> None:
    _, *path = access.path
    if not path:
        raise ExpressionError('a result is read by the name of its step: results.NAME or results["NAME"]')
    if path[0] not in steps:
        raise ExpressionError(f"no earlier step is called {path[0]!r}")
    if len(path) > 1 and path[1] not in FIELDS:
        raise ExpressionError(f"the result of a step has no field {path[1]!r}; it has {' and '.join(FIELDS)}")
    schema = steps[path[0]]
    for place, name in enumerate(path[2:] if path[1:2] == ["output"] else (), start=3):
        if _cannot_have(schema, name):
            raise ExpressionError(f"the expected output of step {path[0]!r} has no {'.'.join(path[2:place])!r}")
        schema = (schema or {}).get("properties", {}).get(name)


def _cannot_have(schema: object, name: str) -> bool:
    """True if a schema declares the properties of an object, and this name is none of them."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("properties"), Mapping):
        return False
    more = {"$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties"} & schema.keys()
    return not more and not schema.get("additionalProperties") and name not in schema["properties"]


def _check_decision(access: Read, keys: frozenset[str] | None) -> None:
    _, *path = access.path
    if path and keys is not None and path[0] not in keys and not access.asks:
        raise ExpressionError(f"nobody decides {path[0]!r}; decided are {', '.join(sorted(keys)) or 'no keys'}")


@lru_cache(maxsize=1024)
def _compile(expression: str) -> cel.Program:
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    reading = read(expression)
    if reading.unbounded:
        raise ExpressionError(reading.unbounded)
    if reading.macros > MAX_MACROS:
        raise ExpressionError(f"has more than {MAX_MACROS} macros (all, exists, filter, map)")
    import cel  # here, because it takes half a second and few plans need it

    try:
        return cel.compile(expression)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # as above
        raise ExpressionError(f"cannot be read{_column(error)}") from error


def _column(error: BaseException) -> str:
    """Return the place of a syntax error. The library's message is left out: it repeats the text, maybe a secret."""
    place = re.search(r"<input>:(\d+):(\d+)", str(error))
    return f": something is wrong at line {place[1]}, character {place[2]}" if place else ""


def _why(error: BaseException) -> str:
    """Return the library's message in one line; for a missing field its name, which comes from the expression."""
    message = str(error).strip().split("\n", 1)[0][:300]
    return f"there is no {message}" if isinstance(error, KeyError) else f"{type(error).__name__}: {message}"


def _seen(reading: ExpressionReads, names: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return only the values that the expression names. Raises `ExpressionError` if they exceed the limits."""
    weights = [0 if access.asks else _weight(_at(access.path, names), MAX_VALUES) for access in reading.reads]
    total = sum(weights)
    again = 1 + sum(weight for weight, access in zip(weights, reading.reads, strict=True) if access.macro)
    if total > MAX_VALUES or (reading.macros and total * again > MAX_STEPS):
        raise ExpressionError("reads more than it can go through in time; let it read a number or a yes or no")
    return _view(reading.reads, names)


def _at(path: Sequence[str], value: Any) -> Any:
    """Return the value at a path; a plain value on the way, if the path goes on beyond it; `None` if there is none."""
    for name in path:
        if not isinstance(value, Mapping):
            return value
        value = value.get(name)
    return value


def _view(reads: Sequence[Read], names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values at these paths; of those only tested by `has` a placeholder. The original is not changed."""
    view: dict[str, Any] = {}
    whole: set[tuple[str, ...]] = set()
    for access in sorted(reads, key=lambda access: (access.asks, len(access.path))):
        if not any(access.path[:length] in whole for length in range(1, len(access.path) + 1)):
            placed = _place(view, access, names)
            whole |= set() if access.asks else {placed}
    return view


def _place(view: dict[str, Any], access: Read, names: Mapping[str, Any]) -> tuple[str, ...]:
    """Copy the value at the path into the view; return the path copied, which ends at a plain value on the way."""
    value: Any = names
    for place, name in enumerate(access.path, start=1):
        if name not in value:
            break
        value = value[name]
        if place == len(access.path) or not isinstance(value, Mapping):
            view.setdefault(name, _placeholder(value) if access.asks else value)
            return access.path[:place]
        view = view.setdefault(name, {})
    return access.path


def _placeholder(value: Any) -> dict[str, Any] | None:
    """Return the placeholder for a value that is only tested for existence."""
    return {} if isinstance(value, Mapping) else None


def _weight(value: Any, limit: int) -> int:
    """Count the values in it, up to the limit."""
    weight, todo = 0, [value]
    while todo and weight <= limit:
        value = todo.pop()
        if isinstance(value, Mapping):
            weight += len(value)
            todo.extend(value.values())
        elif isinstance(value, list | tuple):
            todo.extend(value)
        else:
            weight += 1 + (len(value) // CHARACTERS_OF_A_VALUE if isinstance(value, str) else 0)
    return weight
