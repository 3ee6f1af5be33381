"""Reads YAML into values that JSON can express: text, numbers, true, false, null, lists, objects; bounded in size.

Rules for this file: values are built here, node by node, so that an alias that expands to a thousand values is
counted a thousand times, no tag creates other objects, and duplicate keys are found. Scalars are read by the rules of
YAML 1.2: `no` and `2026-12-01` are text.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

import yaml

MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 32
_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
)


class Unsound(ValueError):
    """An error of a text that is not valid YAML, or uses more than is supported. The message names the line, and
    quotes no content but a key."""


def yaml_value(text: str) -> Any:
    """Parse the value in `text`. Raises Unsound."""
    try:
        node = yaml.compose(text, Loader=_Composer)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise Unsound(f"{line}{error.problem or error.context or 'it cannot be read'}") from None
    except yaml.YAMLError as error:
        raise Unsound(" ".join(str(error).split())[:200]) from None
    return None if node is None else _Builder().value(node, 1)


class _Composer(yaml.SafeLoader):
    """Parses text to nodes, limited in number and depth; pure Python, as the C parser is recursive and unbounded."""

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012 - filled below; the scalars of YAML 1.2 instead of YAML 1.1

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._left, self._depth = MAX_NODES, 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._left -= 1
        self._depth += 1
        if self._left < 0:
            raise _too_many()
        if self._depth > MAX_DEPTH:
            raise Unsound(f"it is nested deeper than {MAX_DEPTH} levels")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


for _name, _pattern, _first in _SCALARS:
    _Composer.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"(?:{_pattern})\\Z"), _first)


class _Builder:
    """Builds values from nodes; an alias is expanded, and counted with all that it expands to."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def value(self, node: yaml.Node, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:  # too deep only here: a value that contains itself
            raise _too_many()
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        kind = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self.value(item, depth + 1) for item in node.value]
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._object(node, depth)
        raise _at(node, "this tag is not supported")

    def _object(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise _at(key_node, "a key is not text")
            if key in values:
                raise _at(key_node, f"the key `{key[:64]}` is a duplicate")
            values[key] = self.value(value_node, depth + 1)
        return values


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text = str(node.value)
    kind = node.tag.removeprefix(_TAG)
    if kind == "str":
        return text
    if not any(name == kind and re.fullmatch(pattern, text) for name, pattern, _ in _SCALARS):
        raise _at(node, "this tag is not supported")
    if kind == "float":
        number = float(text)
        if math.isinf(number):
            raise _at(node, "a number is not finite")
        return number
    if kind == "int":
        return _integer(node, text)
    return None if kind == "null" else text.lower() == "true"


def _integer(node: yaml.ScalarNode, text: str) -> int:
    if len(text) > 20:
        raise _at(node, "a number needs more than 64 bits")
    return int(text)


def _at(node: yaml.Node, message: str) -> Unsound:
    return Unsound(f"line {node.start_mark.line + 1}: {message}")


def _too_many() -> Unsound:
    return Unsound(f"it contains more than {MAX_NODES} values, with aliases expanded")
