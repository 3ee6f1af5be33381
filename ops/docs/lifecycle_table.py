"""Draws the table of what each function of `core/state/lifecycle.py` does to a step, and the status that it leaves."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields

from creatorflow_orchestrator.core.state import lifecycle
from creatorflow_orchestrator.core.state.saga_state import StepState, StepStatus

UNCHANGED = "unchanged"


def lifecycle_table() -> str:
    """Return a row for each function that returns a step: its name, the status after it, its purpose."""
    rows = [f"| `{name}` | {status} | {purpose} |" for name, status, purpose in _rows()]
    return "\n".join(["| function | status after it | purpose |", "| --- | --- | --- |", *rows])


def _rows() -> list[tuple[str, str, str]]:
    functions = {
        node.name: node for node in ast.parse(inspect.getsource(lifecycle)).body if isinstance(node, ast.FunctionDef)
    }
    return [
        (name, _status(node, functions), (ast.get_docstring(node) or "").partition("\n")[0])
        for name, node in functions.items()
        if isinstance(node.returns, ast.Name) and node.returns.id == StepState.__name__
    ]


def _status(function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> str:
    """Return the status that a function gives a step, by itself or by another function that it calls."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    for keyword in (keyword for call in calls for keyword in call.keywords if keyword.arg == "status"):
        match keyword.value:
            case ast.Attribute(attr=name):
                return StepStatus[name].value
            case _:
                return "the one given"
    called = [call.func.id for call in calls if isinstance(call.func, ast.Name)]
    if StepState.__name__ in called:
        return str(next(field.default for field in fields(StepState) if field.name == "status"))
    inherited = (_status(functions[name], functions) for name in called if name in functions)
    return next((status for status in inherited if status != UNCHANGED), UNCHANGED)
