"""Whether a changed schema breaks who does not change with it.

Old writers: every message that the old schema describes must be understood by the new reader, each of its fields
included. Old readers: every message that a new writer may send must be accepted by the old reader, which ignores
fields it does not know (a plan refuses them on purpose, by name and before it runs: a new one is no break there).
Containment is decided by jsonsubschema; `format` and `pattern`, which it cannot decide (a changed pattern hangs it),
are compared for equality.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
_COMPARED = ("format", "pattern")
_WITHIN_ITSELF: Schema = {"type": "object"}
"""What `{"$ref": "#"}`, a plan in a plan, is compared as: what is said of the outer one holds for the inner one."""
_ANNOTATIONS = frozenset({"$defs", "$schema", "$id", "title", "description", "default", "examples", *_COMPARED})


def breaks(old: Schema, new: Schema) -> list[str]:
    """What would break, in words; empty when nothing does."""
    if old == new:
        return []
    found = [*_changed_texts(old, new), *_newly_closed(old, new)]
    before, after = _plain(old), _plain(new)
    if not _contained(_closed(before), _closed(after)):
        found.append("breaks old writers: a message of theirs is refused, or a field of it is no longer read")
    if not _contained(_closed(after), _opened(before)):
        found.append("breaks old readers: they refuse a message that may now be written")
    return found


def _changed_texts(old: Schema, new: Schema) -> Iterator[str]:
    before, after = _texts(old), _texts(new)
    for place, word in sorted({*before, *after}):
        if place in _places(old) & _places(new) and before.get((place, word)) != after.get((place, word)):
            yield f"{place}: {word} changed"


def _newly_closed(old: Schema, new: Schema) -> Iterator[str]:
    """Containment closes both sides, so it does not see a reader that refuses what later minor versions add."""
    open_before = _objects(old, closed=False)
    return (f"{place}: unknown fields are refused now" for place in sorted(open_before & _objects(new, closed=True)))


def _objects(schema: Schema, closed: bool) -> set[str]:
    walked = ((place, node) for place, node in _walk(schema) if "properties" in node)
    return {place for place, node in walked if (node.get("additionalProperties") is False) == closed}


def _contained(inner: Schema, outer: Schema) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in its source is a SyntaxWarning on its first import
        from jsonsubschema import isSubschema

        return bool(isSubschema(inner, outer))


def _plain(schema: Schema) -> Schema:
    """References written out, `const` as `enum`, and no annotation: what a draft 4 tool can decide."""
    definitions = schema.get("$defs", {})

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return plain(definitions.get(node["$ref"].rpartition("/")[2], _WITHIN_ITSELF))
        kept = {key: value for key, value in node.items() if key not in _ANNOTATIONS}
        if "const" in kept:
            kept["enum"] = [kept.pop("const")]
        return {key: _properties(value) if key == "properties" else _literal(key, value) for key, value in kept.items()}

    def _properties(named: Schema) -> Schema:
        return {name: plain(each) for name, each in named.items()}

    def _literal(key: str, value: Any) -> Any:
        return value if key in ("enum", "required") else plain(value)

    made: Schema = plain(schema)
    return made


def _closed(node: Any) -> Any:
    """The same for someone who writes, and reads, the known fields only."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {
        key: {name: _closed(each) for name, each in value.items()} if key == "properties" else _closed(value)
        for key, value in node.items()
        if key not in ("enum", "required")
    }
    closed |= {key: node[key] for key in ("enum", "required") if key in node}
    return closed | {"additionalProperties": False} if "properties" in node else closed


def _opened(node: Any) -> Any:
    """The same for a reader that ignores the fields it does not know."""
    if isinstance(node, list):
        return [_opened(each) for each in node]
    if not isinstance(node, dict):
        return node
    opened = {key: value if key in ("enum", "required") else _opened(value) for key, value in node.items()}
    return {key: value for key, value in opened.items() if (key, value) != ("additionalProperties", False)}


def _walk(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Every sub-schema, references followed, with its place."""
    definitions = schema.get("$defs", {})
    pending: list[tuple[str, Any]] = [("$", schema)]
    while pending:
        place, node = pending.pop()
        if not isinstance(node, dict):
            continue
        if "$ref" in node:
            node = definitions.get(node["$ref"].rpartition("/")[2], _WITHIN_ITSELF)
        yield place, node
        pending += [(f"{place}.{name}", each) for name, each in node.get("properties", {}).items()]
        pending += [(f"{place}[]", node.get("items")), (f"{place}.*", node.get("additionalProperties"))]
        pending += [(place, each) for each in node.get("anyOf", ())]


def _texts(schema: Schema) -> dict[tuple[str, str], str]:
    return {(place, word): node[word] for place, node in _walk(schema) for word in _COMPARED if word in node}


def _places(schema: Schema) -> set[str]:
    return {place for place, _ in _walk(schema)}
