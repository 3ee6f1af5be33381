"""The check that a changed schema does not break programs that use the old one.

Old writers: every message that the old schema describes must be understood by the new reader, each of its fields
included. Old readers: every message that a new writer may send must be accepted by the old reader, which ignores
fields it does not know (a plan refuses them on purpose, by name and before it runs, so there a new one breaks nothing).
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
"""Replaces `{"$ref": "#"}`, a plan in a plan, in a comparison: the result for the outer one applies to the inner."""
_ANNOTATIONS = frozenset({"$defs", "$schema", "$id", "title", "description", "default", "examples", *_COMPARED})


def breaks(old: Schema, new: Schema) -> list[str]:
    """List in words what would break; empty if nothing does."""
    if old == new:
        return []
    reasons = [*_changed_texts(old, new), *_newly_closed(old, new)]
    before, after = _plain(old), _plain(new)
    if not _contained(_closed(before), _closed(after)):
        reasons.append("breaks old writers: a message of theirs is refused, or a field of it is no longer read")
    if not _contained(_closed(after), _opened(before)):
        reasons.append("breaks old readers: they refuse a message that may now be written")
    return reasons


def _changed_texts(old: Schema, new: Schema) -> Iterator[str]:
    before, after = _texts(old), _texts(new)
    for place, keyword in sorted({*before, *after}):
        if place in _places(old) & _places(new) and before.get((place, keyword)) != after.get((place, keyword)):
            yield f"{place}: {keyword} changed"


def _newly_closed(old: Schema, new: Schema) -> Iterator[str]:
    """List objects that refuse unknown fields now, and with them later minor versions.

    Containment, which closes both sides, does not detect that.
    """
    open_before = _objects(old, closed=False)
    return (f"{place}: unknown fields are refused now" for place in sorted(open_before & _objects(new, closed=True)))


def _objects(schema: Schema, closed: bool) -> set[str]:
    walked = ((place, node) for place, node in _walk(schema) if "properties" in node)
    return {place for place, node in walked if (node.get("additionalProperties") is False) == closed}


def _contained(inner: Schema, outer: Schema) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its source has an invalid escape: a SyntaxWarning on the first import
        from jsonsubschema import isSubschema

        return bool(isSubschema(inner, outer))


def _plain(schema: Schema) -> Schema:
    """Resolve references, write `const` as `enum`, and drop annotations, so that a draft 4 tool can compare."""
    definitions = schema.get("$defs", {})

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return plain(definitions.get(node["$ref"].rpartition("/")[2], _WITHIN_ITSELF))
        kept = {key: value for key, value in node.items() if key not in _ANNOTATIONS}
        if "const" in kept:
            kept["enum"] = [kept.pop("const")]
        return {key: _properties(value) if key == "properties" else _literal(key, value) for key, value in kept.items()}

    def _properties(named: Schema) -> Schema:
        return {name: plain(child) for name, child in named.items()}

    def _literal(key: str, value: Any) -> Any:
        return value if key in ("enum", "required") else plain(value)

    made: Schema = plain(schema)
    return made


def _closed(node: Any) -> Any:
    """Return the schema of a program that writes, and reads, the known fields only."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {
        key: {name: _closed(child) for name, child in value.items()} if key == "properties" else _closed(value)
        for key, value in node.items()
        if key not in ("enum", "required")
    }
    closed |= {key: node[key] for key in ("enum", "required") if key in node}
    return closed | {"additionalProperties": False} if "properties" in node else closed


def _opened(node: Any) -> Any:
    """Return the schema of a reader that ignores the fields it does not know."""
    if isinstance(node, list):
        return [_opened(item) for item in node]
    if not isinstance(node, dict):
        return node
    opened = {key: value if key in ("enum", "required") else _opened(value) for key, value in node.items()}
    return {key: value for key, value in opened.items() if (key, value) != ("additionalProperties", False)}


def _walk(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every sub-schema with its place, following references."""
    definitions = schema.get("$defs", {})
    pending: list[tuple[str, Any]] = [("$", schema)]
    while pending:
        place, node = pending.pop()
        if not isinstance(node, dict):
            continue
        if "$ref" in node:
            node = definitions.get(node["$ref"].rpartition("/")[2], _WITHIN_ITSELF)
        yield place, node
        pending += [(f"{place}.{name}", child) for name, child in node.get("properties", {}).items()]
        pending += [(f"{place}[]", node.get("items")), (f"{place}.*", node.get("additionalProperties"))]
        pending += [(place, choice) for choice in node.get("anyOf", ())]


def _texts(schema: Schema) -> dict[tuple[str, str], str]:
    return {
        (place, keyword): node[keyword] for place, node in _walk(schema) for keyword in _COMPARED if keyword in node
    }


def _places(schema: Schema) -> set[str]:
    return {place for place, _ in _walk(schema)}
