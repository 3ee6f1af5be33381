"""Draws the table of which decisions a kind of failure can lead to, from the source of `core/recovery/policy.py`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import fields
from typing import get_args

from creatorflow_orchestrator.core.recovery import policy
from creatorflow_orchestrator.core.state.saga_state import FailureKind

DECISIONS: dict[str, str] = {
    decision.__name__: next(str(field.default) for field in fields(decision) if field.name == "name")
    for decision in get_args(policy.RecoveryDecision)
}
"""The class of a decision to its name in histories."""


def recovery_table() -> str:
    """Return a row for each kind of failure, with the decisions that its code can return."""
    decisions = possible_decisions()
    rows = [f"| `{kind.value}` | {', '.join(f'`{name}`' for name in decisions[kind])} |" for kind in FailureKind]
    return "\n".join(["| failure | decisions that can follow |", "| --- | --- |", *rows])


def possible_decisions() -> dict[FailureKind, list[str]]:
    """Return the decisions of each kind. Raises `KeyError` for a kind that no case of the policy names."""
    module = ast.parse(inspect.getsource(policy))
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    found: dict[FailureKind, list[str]] = {}
    for case in (node for node in ast.walk(module) if isinstance(node, ast.match_case)):
        built = set(_built(case.body, functions, frozenset()))
        names = [name for decision, name in DECISIONS.items() if decision in built]
        found.update(dict.fromkeys(_kinds(case.pattern), names))
    return {kind: found[kind] for kind in FailureKind}


def _kinds(pattern: ast.pattern) -> Iterator[FailureKind]:
    for node in ast.walk(pattern):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "FailureKind":
            yield FailureKind[node.attr]


def _built(body: list[ast.stmt], functions: dict[str, ast.FunctionDef], entered: frozenset[str]) -> Iterator[str]:
    """Yield the decisions that the statements build, and those of the functions that they call."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        name = node.func.id
        if name in DECISIONS:
            yield name
        elif name in functions and name not in entered:
            yield from _built(functions[name].body, functions, entered | {name})
