"""Every `match` over a closed set of cases names them all, so that mypy refuses a new case without a branch.

mypy sees a case that is missing, unless a `case _` swallows it: none does, but in the functions that are named here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("tests/simulation/*.py")))
OPEN = {
    "after": "the circuit breaker reads the few commands that concern an agent",
    "_count_record": "a history entry's event is any text, and few are counted",
    "_log_command": "few commands are logged",
    "handle": "a message is of any class; the ingress decides which are accepted",
    "_own": "a JSON Schema has any keywords",
    "_message": "the library names more kinds of violations than have a text here",
    "_publish": "the simulated broker refuses a publish to any other exchange",
    "_shortened": "a value of JSON, whatever it is",
    "failed": "an agent's code may raise anything",
}
"""The functions whose `match` has a default, and why."""


def matches() -> Iterator[tuple[str, ast.Match]]:
    """Return each `match` with the name of the function around it."""
    for source in SOURCES:
        for function in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from ((function.name, node) for node in ast.walk(function) if isinstance(node, ast.Match))


def ends_in_assert_never(match: ast.Match) -> bool:
    last = match.cases[-1]
    return "assert_never(" in ast.unparse(last.body[0]) and ast.unparse(last.pattern) == "_"


def test_every_match_except_those_over_an_open_set_ends_in_assert_never() -> None:
    found = list(matches())
    assert {name for name, match in found if not ends_in_assert_never(match)} == OPEN.keys()
    assert len(found) > len(OPEN)
