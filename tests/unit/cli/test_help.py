"""Every help page of every command, as a new reader finds it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from creatorflow.cli.app import app
from creatorflow.cli.errors import MEANINGS, STATUS_EXIT, ExitCode
from creatorflow_orchestrator.__main__ import app as orchestrator
from creatorflow_specialists.__main__ import app as specialist
from typer.testing import CliRunner

APPS = {"creatorflow": app, "creatorflow-orchestrator": orchestrator, "creatorflow-specialist": specialist}
ROOTS: dict[str, Any] = {name: typer.main.get_command(program) for name, program in APPS.items()}


def pages(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Return the path of a command and of all below it."""
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from pages(child, (*path, name))


PAGES = [path for program, root in ROOTS.items() for path in pages(root, (program,))]


def read(path: tuple[str, ...]) -> str:
    """Return the help page of the command with this program and these words."""
    root = APPS[path[0]]
    done = CliRunner().invoke(root, [*path[1:], "--help"], env={"COLUMNS": "100", "NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    return done.output


def parse(words: list[str]) -> None:
    """Parse a command line as the command would, without running it. Raises the parser's usage error."""
    command, context = ROOTS[words[0]], None
    while True:
        context = command.make_context(words[0], words[1:], context)
        if not hasattr(command, "commands"):
            return
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
        words = [name, *arguments]


@pytest.mark.parametrize("path", PAGES, ids=" ".join)
def test_every_page_has_an_example_that_the_command_line_parses(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gift_tag_agent.py").touch()
    _, found, examples = re.split(r"^ (Examples?:) *$", read(path), maxsplit=1, flags=re.MULTILINE)
    lines = [line.strip() for line in examples.splitlines() if line.strip().startswith("creatorflow")]
    assert found and lines
    for line in lines:
        words = shlex.split(line.partition(" < ")[0])
        assert tuple(words[: len(path)]) == path
        parse(words)


def test_an_example_that_does_not_parse_is_detected() -> None:
    with pytest.raises(Exception, match=r"(?i)no such option"):
        parse(shlex.split("creatorflow step skip 3f0d7c1e shipping --nonsense"))


@pytest.mark.parametrize("path", PAGES, ids=" ".join)
def test_a_request_is_called_a_request_on_every_page(path: tuple[str, ...]) -> None:
    assert not re.search(r"\b(sagas?|correlation)\b", read(path), re.IGNORECASE)


def test_every_exit_code_is_documented_once_on_the_first_page() -> None:
    assert set(MEANINGS) == set(ExitCode)
    rows = re.findall(r"^ +(\d+) \S", read(("creatorflow",)), re.MULTILINE)
    assert rows == [str(int(code)) for code in ExitCode]
    below = [path for path in PAGES if path[0] == "creatorflow" and path[1:]]
    assert below and not [path for path in below if re.search(r"exit (code|\d)", read(path), re.IGNORECASE)]


def test_the_page_of_operations_gives_each_status_one_exit_code_and_that_of_the_program() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    documented = {(row[-2].strip("`").partition("`")[0], row[-1]) for row in rows if row[-1].isdigit()}
    ended = {(status, str(code.value)) for status, code in STATUS_EXIT.items()}
    assert documented == ended | {("none", "5"), ("running", "4")}
    assert page.count("One rule for") == 1
