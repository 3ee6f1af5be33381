"""Architecture rules that the import linter does not know (docs/architecture.md)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "services/orchestrator/src/creatorflow_orchestrator/core"
SOURCES = [
    ROOT / member / "src" for member in ("contracts", "services/sdk", "services/orchestrator", "services/specialists")
]
PACKAGES = ["creatorflow_contracts", "creatorflow", "creatorflow_orchestrator", "creatorflow_specialists"]
IMPURE = {
    "asyncio",
    "datetime.now",
    "os",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
    "uuid.uuid4",
}
EXPRESSIONS = {"common_expression_language", "cel", "celpy"}
STEMMING = "creatorflow_contracts.stemming"
"""Pure, and shared with the specialists: a card's words and a request's must have the same stems on both sides."""
LIBRARIES = {"reading/units.py": {"pint"}, "reading/markup.py": {"markdown_it"}, "reading/language.py": {"gcld3"}}
"""Pure libraries, each with the one file of the core that imports it."""


def imports(file: Path) -> Iterator[str]:
    """Return every absolute module that `file` imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def test_the_core_imports_only_the_standard_library_the_stemmer_and_pure_parsers() -> None:
    foreign = {
        f"{file.relative_to(CORE)}: {name}"
        for file in modules(CORE)
        for name in imports(file)
        if (top := name.partition(".")[0]) not in sys.stdlib_module_names
        and not name.startswith("creatorflow_orchestrator.core")
        and not (file.parent.name == "expressions" and top in EXPRESSIONS)
        and top not in LIBRARIES.get(file.relative_to(CORE).as_posix(), ())
        and name != STEMMING
    }
    assert foreign == set()


def test_the_core_uses_no_clock_and_no_random_source_and_does_not_wait() -> None:
    found = set()
    for file in modules(CORE):
        found |= {f"{file.name}: {name}" for name in imports(file) if name in IMPURE}
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Await | ast.AsyncFunctionDef):
                found.add(f"{file.name}: await")
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "uuid4", "uuid1"):
                found.add(f"{file.name}: {node.attr}")
    assert found == set()


@pytest.mark.parametrize("library", ["aio_pika", "aiormq"])
def test_the_broker_client_is_imported_in_one_package(library: str) -> None:
    importers = {
        file.parent
        for source in SOURCES
        for file in modules(source)
        if any(name.partition(".")[0] == library for name in imports(file))
    }
    assert importers == {ROOT / "services/sdk/src/creatorflow/bus/amqp"}


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_module_connects_to_nothing_reads_no_environment_and_starts_nothing(package: str) -> None:
    """Every module is imported in a process that may open no socket, start no thread, and has no setting."""
    program = (
        "import importlib, pkgutil, socket, sys, threading\n"
        f"import {package} as package\n"
        "def refuse(*_, **__): raise AssertionError('a socket at import')\n"
        "socket.socket.connect = refuse\n"
        "for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    env = {"PATH": os.environ["PATH"], "CREATORFLOW_AMQP_URL": "nonsense", "CREATORFLOW_FAULT": "nonsense"}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_file_name_stands_twice_in_one_package_path_or_for_three_things() -> None:
    """A reader who knows the name of a file finds it, and takes no file for another."""
    files = [path.relative_to(source) for source in SOURCES for path in modules(source)]
    named = [path for path in files if path.stem not in ("__init__", "__main__", "errors")]
    twice = [
        (str(path), str(other))
        for path in named
        for other in named
        if path != other and path.name == other.name and other.parent in path.parents
    ]
    counts = Counter(path.name for path in named)
    assert twice == []
    assert {name for name, count in counts.items() if count > 2} == set()
