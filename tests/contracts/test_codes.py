"""One registry of problem codes: the sources use no code that it lacks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import creatorflow_contracts
import pytest
import yaml
from creatorflow_contracts import ProblemCode
from creatorflow_contracts.codes import CODES, Source

REPOSITORY = Path(creatorflow_contracts.__file__).parents[3]
SOURCES = sorted(
    file for folder in ("contracts/src", "services/*/src") for file in REPOSITORY.glob(f"{folder}/**/*.py")
)
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
OTHER_WORDS = re.compile(r"(CREATORFLOW|OTEL|LOCAL|XDG)_.*|AMQP_.*|METRICS_PORT|TRACE_URL")
"""Names of environment variables, or their ends."""
TAKES_A_CODE = frozenset(
    {"CommandError", "Problem", "PydanticCustomError", "Refusal", "Refuse", "Refused", "refusal_problem"}
)
"""Classes and functions with a code as a positional argument, besides all that have a keyword `code`."""


def public_names(tree: ast.AST) -> set[ast.AST]:
    """Return the string nodes of `__all__`."""
    lists = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets)
    ]
    return {text for value in lists for text in ast.walk(value)}


def texts(nodes: Iterator[ast.AST]) -> Iterator[str]:
    return (
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    )


def codes_in(source: str) -> set[str]:
    """Return the literal codes of a file: strings of several capitalised words anywhere, and single words in a
    code's place."""
    tree = ast.parse(source)
    listed = public_names(tree)
    found = {text for text in texts(node for node in ast.walk(tree) if node not in listed) if "_" in text}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found |= set(texts(keyword.value for keyword in node.keywords if keyword.arg == "code"))
            if name in TAKES_A_CODE:
                found |= set(texts(iter(node.args)))
    return {text for text in found if not OTHER_WORDS.fullmatch(text)}


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_every_code_in_the_sources_is_in_the_registry(file: Path) -> None:
    assert codes_in(file.read_text("utf-8")) <= set(CODES)


def test_a_code_missing_from_the_registry_is_detected() -> None:
    source = 'Refusal("NEW", "x"); problem_with(A, "OTHER_NEW"); Problem(code="THIRD"); __all__ = ["NO_CODE"]'
    assert codes_in(source) == {"NEW", "OTHER_NEW", "THIRD"}


def test_every_code_has_an_entry_and_every_entry_a_description() -> None:
    assert set(CODES) == set(ProblemCode)
    assert all(entry.when and entry.hint for entry in CODES.values())


def test_the_document_lists_every_code_with_its_cause_and_remedy() -> None:
    document = yaml.safe_load((REPOSITORY / "contracts" / "asyncapi.yaml").read_text("utf-8"))
    guide = document["info"]["description"]
    for code, entry in CODES.items():
        assert f"- `{code}`: {entry.when}; " in guide
    assert {entry.source for entry in CODES.values()} == set(Source)
