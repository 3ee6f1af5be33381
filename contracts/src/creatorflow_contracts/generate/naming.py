"""Names for inline schemas: enumerations, objects with properties, and choices between several kinds of value.

A code generator invents a name (`AnonymousSchema_14`) for each that has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Node = dict[str, Any]
PREFIX = "#/components/schemas/"
_NULL = {"type": "null"}


def with_names(schemas: Mapping[str, Node]) -> dict[str, Node]:
    """Return the component schemas, in which every inline schema that needs a name is a component too.

    The `action` of a `StepCommand` becomes `StepCommandAction`. Equal schemas share the name of the first.
    """
    named: dict[str, Node] = {}
    for name, schema in schemas.items():
        named[name] = _children_named(schema, name, named)
    return dict(sorted(named.items()))


def needs_name(schema: Node) -> bool:
    """Return True if a generator makes a separate type of this schema."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != _NULL]
    return len(schema.get("enum", ())) > 1 or "properties" in schema or len(choices) > 1


def unnamed(schemas: Mapping[str, Node]) -> list[str]:
    """List the places of inline schemas that need a name and have neither a component nor a title."""
    return [place for name, schema in schemas.items() for place in _unnamed_in(schema, name)]


def _unnamed_in(schema: Node, place: str) -> Iterator[str]:
    for key, child in _children(schema):
        inner = f"{place}.{key}"
        if needs_name(child) and "title" not in child:
            yield inner
        yield from _unnamed_in(child, inner)


def _children_named(schema: Node, name: str, named: dict[str, Node]) -> Node:
    """Return the schema in which each inline schema that needs a name is replaced by a reference."""
    made = dict(schema)
    for key, value in schema.items():
        if key == "properties":
            made[key] = {field: _referred(child, f"{name}{_camel(field)}", named) for field, child in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            made[key] = _referred(value, f"{name}{'Item' if key == 'items' else 'Value'}", named)
        elif key == "anyOf":
            made[key] = [_referred(child, name, named) for child in value]
    return made


def _referred(schema: Node, name: str, named: dict[str, Node]) -> Node:
    if "title" in schema or not needs_name(schema):
        return _children_named(schema, name, named)
    own = {key: value for key, value in schema.items() if key not in ("default", "description")}
    made = _children_named(own, name, named)
    component = next((known for known, schema in named.items() if schema == made), name)
    if named.setdefault(component, made) != made:
        raise ValueError(f"two schemas would be called {name}: rename a model or a field")
    beside: Node = {key: schema[key] for key in ("default", "description") if key in schema}
    return {"$ref": PREFIX + component, **beside}


def _children(schema: Node) -> Iterator[tuple[str, Node]]:
    yield from schema.get("properties", {}).items()
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield key, schema[key]
    for key in ("anyOf", "allOf"):
        yield from ((key, child) for child in schema.get(key, ()))


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("-", "_").split("_"))
