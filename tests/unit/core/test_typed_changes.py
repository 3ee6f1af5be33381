"""State changes use fields that mypy knows: no function of the core takes arbitrary keywords or reads fields by
name."""

from __future__ import annotations

import ast
from pathlib import Path

import creatorflow_orchestrator.core

SOURCES = sorted(Path(creatorflow_orchestrator.core.__path__[0]).rglob("*.py"))


def test_no_function_of_the_core_takes_arbitrary_keywords_or_reads_a_field_by_name() -> None:
    nodes = [node for source in SOURCES for node in ast.walk(ast.parse(source.read_text("utf-8")))]
    arbitrary = [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.args.kwarg is not None]
    by_name = [node.id for node in nodes if isinstance(node, ast.Name) and node.id in ("getattr", "setattr", "vars")]
    assert (arbitrary, by_name) == ([], [])
