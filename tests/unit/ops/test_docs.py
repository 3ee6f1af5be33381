"""The documents are true to the tree: drawn parts, paths, links, fault points, and the decisions' index."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from ops.docs.__main__ import PAGES, different, main
from ops.docs.drawn_parts import redrawn
from ops.docs.import_graph import without_implied
from tests.markdown import Markdown, read

ROOT = Path(__file__).resolve().parents[3]
TOP = ("contracts", "docs", "ops", "services", "tests")
DOCUMENTS = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")} - {ROOT / "CHANGELOG.md"}
    | {file for folder in ("services", "ops") for file in (ROOT / folder).rglob("README.md")}
)
"""All but the change log, which is history: it names what was."""
PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)*/?")
SUFFIXES = (".py", ".toml", ".sh", ".template")
PACKAGE_FOLDERS = ("core", "shell", "translate", "cli", "bus", "client", "agents", "doctor")


@cache
def tree() -> frozenset[str]:
    """Every file and folder of the project, by its path from the root, with what is made by tools left out."""
    files = [file for name in TOP for file in (ROOT / name).rglob("*") if "__pycache__" not in file.parts]
    files += [*ROOT.iterdir(), *(ROOT / ".ci").iterdir()]
    return frozenset(str(file.relative_to(ROOT)) for file in files)


@cache
def document(file: Path) -> Markdown:
    return read(file.read_text())


def named_paths(text: Markdown) -> Iterator[str]:
    """Yield what a document names as a file or folder of the project, in its text and in its diagrams."""
    for code in text.codes:
        if PATH.fullmatch(code) and (code.endswith(SUFFIXES) or code.partition("/")[0] in TOP + PACKAGE_FOLDERS):
            yield code.rstrip("/")
    for language, fence in text.fences:
        if language == "mermaid":
            yield from re.findall(r"[\w/]+\.py", fence)


def exists(path: str) -> bool:
    """Return True if a file or folder has that path, from the root or from any folder; `*` is a wildcard."""
    return any(fnmatch(name, path) or fnmatch(name, f"*/{path}") for name in tree())


def anchor(heading: str) -> str:
    """Return the name under which GitHub links to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def by_path(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_the_drawn_parts_of_the_documents_are_those_of_the_code() -> None:
    assert different(ROOT) == [], "run make docs"


@pytest.mark.parametrize("file", DOCUMENTS, ids=by_path)
def test_every_path_that_a_document_names_exists(file: Path) -> None:
    assert [path for path in named_paths(document(file)) if not exists(path)] == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=by_path)
def test_every_relative_link_of_a_document_leads_to_a_file_and_to_a_heading_in_it(file: Path) -> None:
    text = document(file)
    for link in (*text.links, *(target for _, target in text.pictures)):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = (file.parent / path) if path else file
        assert target.exists(), link
        if heading:
            assert heading in [anchor(text) for text in document(target.resolve()).headings], link


@pytest.mark.parametrize("file", DOCUMENTS, ids=by_path)
def test_no_document_cites_what_the_repository_does_not_have(file: Path) -> None:
    assert re.findall(r"\b(?:DESIGN|RELIABILITY|STYLE|ECOSYSTEM)\b", file.read_text()) == []


def test_the_crash_table_names_every_fault_point() -> None:
    points = set()
    for file in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fault":
                points |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    rows = [row for row in document(ROOT / "docs/architecture.md").rows if len(row) == 3 and row[1].startswith("`")]
    assert {row[1].strip("`") for row in rows} == points


def test_the_index_of_decisions_names_each_of_them() -> None:
    folder = ROOT / "docs/adr"
    pages = {file.name for file in folder.glob("*.md")} - {"README.md"}
    assert set(document(folder / "README.md").links) & pages == pages


def test_a_drawn_part_that_differs_is_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in PAGES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    page = tmp_path / "docs/recovery.md"
    page.write_text(page.read_text().replace("| `timeout` | `extend`", "| `timeout` | `wait`"))
    assert main(["--check"], tmp_path) == 1
    assert "docs/recovery.md" in capsys.readouterr().out
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0


def test_a_page_without_the_markers_of_a_part_is_an_error() -> None:
    with pytest.raises(ValueError, match="drawn: packages"):
        redrawn("# No markers", {"packages": lambda: "picture"})


def test_an_import_that_others_lead_to_is_not_drawn_and_every_part_is_still_reached() -> None:
    graph = {"shell": {"core", "values"}, "core": {"values"}, "values": set[str]()}
    assert without_implied(graph) == {"shell": {"core"}, "core": {"values"}, "values": set()}
    assert without_implied({"bus": {"spans"}, "spans": {"bus"}}) == {"bus": {"spans"}, "spans": {"bus"}}
