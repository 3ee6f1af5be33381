"""Guards and loop checks: CEL over `results.<step>.output`, `iteration` and `shared_state`.

The only file of the core that imports a library. CEL has no loops of its own, no I/O and no access to Python; its
macros go through lists. One inside another has no bound, and even one alone can take minutes over lists that it joins
or copies; meanwhile nothing else would happen. So the text is bounded and read first (`expression_text`), and the
expression sees only the values that it names, as many as it can go through in a fraction of a second.
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
"""Of all that an expression reads: each entry of a list or object counts one, and each 64 characters of a text."""
MAX_STEPS = 400_000
"""Values that macros may go through: all that is read, times what is read again for each element."""
CHARACTERS_OF_A_VALUE = 64
VARIABLES = frozenset({RESULTS, "iteration", SHARED_STATE})
FIELDS = ("output", "status")
"""Of a step's result."""
_FUNCTIONS = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "has", "type", "dyn", "duration", "timestamp"}
    | {"int", "uint", "double", "string", "bool", "bytes"}
)


class ExpressionError(CoreError):
    """The expression cannot be compiled, names what does not exist, or does not come out as true or false."""


def prepare() -> None:
    """Load the library, so that the first plan with a guard need not wait for it: it brings its own command line.

    Compiling is what loads it.
    """
    _compile("true")


def named_steps(expression: str) -> frozenset[str]:
    """The steps whose results the expression reads, as `results.NAME` or `results["NAME"]`."""
    return frozenset(each.path[1] for each in read(expression).reads if each.path[0] == RESULTS and len(each.path) > 1)


def check(
    expression: str,
    steps: Mapping[str, Mapping[str, Any] | None],
    keys: frozenset[str] | None = None,
) -> None:
    """Raise `ExpressionError` unless the expression compiles, is bounded and names only what exists.

    `steps` are those whose results there will be, each with the JSON Schema that its output is declared to meet, if
    there is one; `keys` are the decision keys that somebody may decide, `None` where any may.
    """
    program, reading = _compile(expression), read(expression)
    unknown = sorted(set(program.variables()) - VARIABLES - reading.bound)
    if unknown:
        raise ExpressionError(f"unknown name {unknown[0]!r}; there are {', '.join(sorted(VARIABLES))}")
    strange = sorted(function for function in program.functions() if function.isidentifier() and function[0] != "_")
    strange = [each for each in strange if each not in _FUNCTIONS]
    if strange:
        raise ExpressionError(f"unknown function {strange[0]!r}")
    for each in reading.reads:
        if each.path[0] == RESULTS:
            _check_result(each, steps)
        else:
            _check_decision(each, keys)
    if not reading.reads and "iteration" not in program.variables():
        holds(expression, {}, 1, {})  # it is the same for ever: better said now


def holds(expression: str, results: Mapping[str, Any], iteration: int, shared_state: Mapping[str, str]) -> bool:
    """Whether the expression is true; `ExpressionError` when it cannot be said."""
    program, reading = _compile(expression), read(expression)
    seen = _seen(reading, {RESULTS: results, SHARED_STATE: shared_state})
    names = {RESULTS: seen.get(RESULTS, {}), "iteration": iteration, SHARED_STATE: seen.get(SHARED_STATE, {})}
    try:
        value = program.execute(names)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # its errors have no root of their own, and a panic of it is no Exception
        raise ExpressionError(f"cannot be evaluated: {_why(error)}") from error
    if not isinstance(value, bool):
        raise ExpressionError("must come out as true or false")
    return value


def readable(expressions: Sequence[str], step: str, output: Mapping[str, Any]) -> dict[str, Any]:
    """Of a step's output what any of these expressions may look at; the rest need not be kept for them."""
    mine = [each for expression in expressions for each in read(expression).reads if each.path[:2] == (RESULTS, step)]
    reads = [replace(each, path=(*each.path[:2], *(each.path[2:] or ("output",)))) for each in mine]
    view = _view(reads, {RESULTS: {step: {"output": output}}})
    return dict(view.get(RESULTS, {}).get(step, {}).get("output") or {})


def _check_result(each: Read, steps: Mapping[str, Mapping[str, Any] | None]) -> None:
    _, *path = each.path
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
    """Whether a schema declares the properties of an object, and this is none of them."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("properties"), Mapping):
        return False
    more = {"$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties"} & schema.keys()
    return not more and not schema.get("additionalProperties") and name not in schema["properties"]


def _check_decision(each: Read, keys: frozenset[str] | None) -> None:
    _, *path = each.path
    if path and keys is not None and path[0] not in keys and not each.asks:
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
    """Where it cannot be read. The library's own words repeat the expression, which may hold what nobody should see."""
    found = re.search(r"<input>:(\d+):(\d+)", str(error))
    return f": something is wrong at line {found[1]}, character {found[2]}" if found else ""


def _why(error: BaseException) -> str:
    """The library's word in one line; of a missing field its name, which is the expression's own."""
    said = str(error).strip().split("\n", 1)[0][:300]
    return f"there is no {said}" if isinstance(error, KeyError) else f"{type(error).__name__}: {said}"


def _seen(reading: ExpressionReads, names: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the expression names, and nothing else; raises `ExpressionError` for more than it can go through."""
    weights = [0 if each.asks else _weight(_at(each.path, names), MAX_VALUES) for each in reading.reads]
    total = sum(weights)
    again = 1 + sum(weight for weight, each in zip(weights, reading.reads, strict=True) if each.macro)
    if total > MAX_VALUES or (reading.macros and total * again > MAX_STEPS):
        raise ExpressionError("reads more than it can go through in time; let it read a number or a yes or no")
    return _view(reading.reads, names)


def _at(path: Sequence[str], held: Any) -> Any:
    """The value at a path; what stands in the way, where it ends early; `None` where nothing is."""
    for name in path:
        if not isinstance(held, Mapping):
            return held
        held = held.get(name)
    return held


def _view(reads: Sequence[Read], names: Mapping[str, Any]) -> dict[str, Any]:
    """The values at these paths, and of what is only asked for that it is there. Nothing of the original is changed."""
    view: dict[str, Any] = {}
    whole: set[tuple[str, ...]] = set()
    for each in sorted(reads, key=lambda one: (one.asks, len(one.path))):
        if not any(each.path[:length] in whole for length in range(1, len(each.path) + 1)):
            placed = _place(view, each, names)
            whole |= set() if each.asks else {placed}
    return view


def _place(view: dict[str, Any], each: Read, names: Mapping[str, Any]) -> tuple[str, ...]:
    """Put what is at the path into the view; the path that is there now, which a plain value may have cut short."""
    held: Any = names
    for place, name in enumerate(each.path, start=1):
        if name not in held:
            break
        held = held[name]
        if place == len(each.path) or not isinstance(held, Mapping):
            view.setdefault(name, _shell(held) if each.asks else held)
            return each.path[:place]
        view = view.setdefault(name, {})
    return each.path


def _shell(value: Any) -> dict[str, Any] | None:
    """What stands for a value of which nothing but its being there is asked."""
    return {} if isinstance(value, Mapping) else None


def _weight(value: Any, limit: int) -> int:
    """How many values there are in it, counted up to the limit."""
    weight, todo = 0, [value]
    while todo and weight <= limit:
        one = todo.pop()
        if isinstance(one, Mapping):
            weight += len(one)
            todo.extend(one.values())
        elif isinstance(one, list | tuple):
            todo.extend(one)
        else:
            weight += 1 + (len(one) // CHARACTERS_OF_A_VALUE if isinstance(one, str) else 0)
    return weight
