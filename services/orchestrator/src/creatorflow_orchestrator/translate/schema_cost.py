"""The upper bound of the cost of evaluating a JSON Schema, computed before anything is evaluated.

Rules for this file: only the schema is read. References are followed, so a short schema that unfolds into a large one
costs what it unfolds to. One unit is one ordinary keyword at one value, some ten nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .schema_patterns import MAX_MEMORY, pattern_memory

MAX_LEVELS = 32
"""Levels of an output: a message nests no deeper."""
DATA = frozenset({"const", "enum", "default", "examples", "required", "dependentRequired"})
"""Keywords whose value is data, never a schema."""
REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})
_IN_PLACE_BY_NAME = frozenset({"dependentSchemas", "dependencies"})
_ITEMS = frozenset({"items", "prefixItems", "additionalItems"})
_PROPERTIES = frozenset({"properties", "additionalProperties"})
_EVERY_CHILD = frozenset({"contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties"})
_NUMBER, _MULTIPLE, _OBJECT = 200, 1_000, 8
_STRINGS_A_UNIT = 16
_MEMORY_A_UNIT = 128
"""Bytes of a compiled pattern that cost one unit at each character."""


class SchemaReferenceError(ValueError):
    """A reference leads nowhere, or back to itself without a step into the value."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Units for every value of an output, and for every character of it."""

    values: int = 0
    characters: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.values + other.values, self.characters + other.characters)

    def __or__(self, other: Cost) -> Cost:
        return Cost(max(self.values, other.values), max(self.characters, other.characters))

    def units(self, values: int, characters: int) -> int:
        """Return the upper bound of the cost of an output with so many values and characters."""
        return self.values * values + self.characters * characters


def cost_of(schema: Mapping[str, Any]) -> Cost:
    """Return the upper bound of the cost of one value of an output. Raises `SchemaReferenceError`."""
    try:
        return _Unfolder(schema).cost(schema, MAX_LEVELS)
    except RecursionError:
        raise SchemaReferenceError("references nest too deep") from None


def target_of(document: Mapping[str, Any], reference: str) -> Any:
    """Return the target of `#`, `#/a/pointer` or `#anchor`. Raises `SchemaReferenceError`."""
    target: Any = document
    pointer = unquote(reference.removeprefix("#"))
    if pointer and not pointer.startswith("/"):
        return _anchored(document, pointer)
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        try:
            target = target[int(name)] if isinstance(target, list | tuple) else target[name]
        except (LookupError, TypeError, ValueError):
            raise SchemaReferenceError("a reference leads nowhere in the schema") from None
    return target


def _anchored(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    for schema in _objects(document):
        if name in (schema.get("$anchor"), schema.get("$dynamicAnchor")):
            return schema
    raise SchemaReferenceError("a reference leads nowhere in the schema")


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        value = [inner for keyword, inner in value.items() if keyword not in DATA]
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _objects(inner)


class _Unfolder:
    """A schema's cost with all references followed, each subschema once for each level of the output."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._known: dict[tuple[int, int], Cost | None] = {}

    def cost(self, schema: Any, levels: int) -> Cost:
        """Return the cost of a schema at a value that nests so many levels; `None` among the known: not yet known."""
        if not isinstance(schema, Mapping):
            return Cost(values=1)
        key = (id(schema), levels)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._unfolded(schema, levels)
        known = self._known[key]
        if known is None:
            raise SchemaReferenceError("references lead in a circle, without a step into the value")
        return known

    def _unfolded(self, schema: Mapping[str, Any], levels: int) -> Cost:
        here, items, properties, every = Cost(values=1), Cost(), Cost(), Cost()
        for keyword, value in schema.items():
            here += _own(keyword, value)
            for inner in self._in_place(keyword, value):
                here += self.cost(inner, levels)
            if levels and keyword in _EVERY_CHILD:
                every += self.cost(value, levels - 1)
            elif levels and keyword in _ITEMS:
                items |= self._dearest(value if isinstance(value, list | tuple) else (value,), levels - 1)
            elif levels and keyword in _PROPERTIES:
                schemas = value.values() if keyword == "properties" and isinstance(value, Mapping) else (value,)
                properties |= self._dearest(schemas, levels - 1)
        if any(keyword.startswith("unevaluated") for keyword in schema):
            here += here  # keywords in place are evaluated once more, to find what they leave unevaluated
        return here + (items | properties) + every

    def _dearest(self, schemas: Iterable[Any], levels: int) -> Cost:
        dearest = Cost()
        for schema in schemas:
            dearest |= self.cost(schema, levels)
        return dearest

    def _in_place(self, keyword: str, value: Any) -> Iterable[Any]:
        if keyword in REFERENCES and isinstance(value, str):
            return (target_of(self._document, value),)
        if keyword in _IN_PLACE:
            return value if isinstance(value, list | tuple) else (value,)
        return value.values() if keyword in _IN_PLACE_BY_NAME and isinstance(value, Mapping) else ()


def _own(keyword: str, value: Any) -> Cost:
    """Return the cost of a keyword itself: numbers are compared as exact fractions, a pattern reads its whole text."""
    match keyword:
        case "enum" if isinstance(value, list | tuple):
            strings = sum(isinstance(option, str) for option in value)
            return Cost(values=1 + strings // _STRINGS_A_UNIT + sum(map(_compared, value)))
        case "const":
            return Cost(values=1 + _compared(value))
        case "multipleOf":
            return Cost(values=_MULTIPLE)
        case "pattern" if isinstance(value, str):
            return Cost(values=1, characters=(pattern_memory(value) or MAX_MEMORY) // _MEMORY_A_UNIT)
        case "uniqueItems":
            return Cost(values=_OBJECT, characters=1)
        case "required" | "dependentRequired" | "properties" if isinstance(value, list | tuple | Mapping):
            return Cost(values=1 + len(value) // _OBJECT)
    return Cost(values=1)


def _compared(option: Any) -> int:
    if isinstance(option, list | tuple | Mapping):
        inner = option.values() if isinstance(option, Mapping) else option
        return _OBJECT + sum(map(_compared, inner))
    return _NUMBER if isinstance(option, int | float) and not isinstance(option, bool) else 0
