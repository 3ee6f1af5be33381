"""Guards and loop checks: CEL over `results.<step>.output`, `iteration` and `shared_state`.

The only file of the core that imports a library. CEL has no loops of its own, no I/O and no access to Python; its
macros go through lists, and one inside another through their product (2,000 elements: 2.5 s, four times 100: a minute,
in which nothing else would happen). So the text is bounded here, and macros do not nest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import CoreError

if TYPE_CHECKING:
    import cel

MAX_LENGTH = 1_000
VARIABLES = frozenset({"results", "iteration", "shared_state"})
_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(")
_STEP = re.compile(r"""\bresults\s*(?:\.\s*([A-Za-z_][A-Za-z0-9_]*)|\[\s*["']([^"']+)["']\s*\])""")


class ExpressionError(CoreError):
    """The expression cannot be compiled, names what does not exist, or does not come out as true or false."""


def named_steps(expression: str) -> frozenset[str]:
    """The steps whose results the expression reads, as `results.NAME` or `results["NAME"]`."""
    return frozenset(dotted or quoted for dotted, quoted in _STEP.findall(expression))


def check(expression: str, steps: frozenset[str]) -> None:
    """Raise `ExpressionError` unless the expression compiles, is bounded and names only what exists."""
    unknown = set(_compile(expression).variables()) - VARIABLES - _bound_names(expression)
    if unknown:
        raise ExpressionError(f"unknown name {sorted(unknown)[0]!r}; there are {', '.join(sorted(VARIABLES))}")
    missing = named_steps(expression) - steps
    if missing:
        raise ExpressionError(f"no earlier step is called {sorted(missing)[0]!r}")


def holds(expression: str, results: Mapping[str, Any], iteration: int, shared_state: Mapping[str, str]) -> bool:
    """Whether the expression is true; `ExpressionError` when it cannot be said."""
    names = {"results": dict(results), "iteration": iteration, "shared_state": dict(shared_state)}
    try:
        value = _compile(expression).execute(names)
    except ExpressionError:
        raise
    except Exception as error:  # the library raises TypeError, RuntimeError and ValueError for one and the same thing
        raise ExpressionError(f"cannot be evaluated: {error}"[:500]) from error
    if not isinstance(value, bool):
        raise ExpressionError("must come out as true or false")
    return value


@lru_cache(maxsize=1024)
def _compile(expression: str) -> cel.Program:
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters")
    if _nests_macros(expression):
        raise ExpressionError("goes through a list inside a list's macro (all, exists, filter, map); that has no bound")
    import cel  # here, because it takes half a second (it brings its own command line) and few plans need it

    try:
        return cel.compile(expression)
    except Exception as error:  # as above
        raise ExpressionError(f"cannot be read: {error}"[:500]) from error


def _nests_macros(expression: str) -> bool:
    """Whether a macro stands between the parentheses of another; a text that only looks so is refused too."""
    for macro in _MACRO.finditer(expression):
        depth = 1
        for place in range(macro.end(), len(expression)):
            depth += {"(": 1, ")": -1}.get(expression[place], 0)
            if depth == 0:
                break
            if _MACRO.match(expression, place):
                return True
    return False


def _bound_names(expression: str) -> set[str]:
    """Names bound by the macros `all`, `exists`, `exists_one`, `filter` and `map`."""
    return set(re.findall(_MACRO.pattern + r"\s*([A-Za-z_]\w*)\s*,", expression))
