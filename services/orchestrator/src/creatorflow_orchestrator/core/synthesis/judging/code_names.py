"""The names in code that came with an ask, by which an answer shows that it is about that code. Pure."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,60}")
_JOINED = re.compile(r"_|[a-z][A-Z]")
_AFTER = re.compile(
    r"\b(?:from|join|into|update|table|on|class|def|function|at|in)\s+([A-Za-z_][A-Za-z0-9_]{2,60})", re.I
)
_LANGUAGE = frozenset(
    [
        "classname",
        "onclick",
        "onchange",
        "usestate",
        "useeffect",
        "localstorage",
        "queryselector",
        "varchar",
        "select",
        "where",
        "order",
        "group",
        "the",
        "this",
        "that",
        "not",
        "null",
        "values",
        "set",
        "limit",
        "offset",
        "and",
        "left",
        "inner",
    ]
)
_MOST = 200


def code_names(code: str) -> frozenset[str]:
    """Return the names that belong to this code and not to its language, in lower case: `order_lines`, `openOrder`."""
    joined = (match.group() for match in _NAME.finditer(code) if _JOINED.search(match.group()))
    after = (match.group(1) for match in _AFTER.finditer(code))
    names = dict.fromkeys(name.lower() for name in (*joined, *after))
    return frozenset([name for name in names if name not in _LANGUAGE][:_MOST])
