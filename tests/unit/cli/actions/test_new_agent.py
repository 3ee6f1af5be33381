"""`creatorflow agent new` writes the example of `ops/examples/own-agent` without its work."""

from __future__ import annotations

import ast
import json
import keyword
import sys
from pathlib import Path

import pytest
import yaml
from creatorflow.cli.actions.new_agent import SYSTEM, NewAgent, place_of
from creatorflow.cli.app import app
from creatorflow.cli.errors import CommandError
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.permissions import SERVICE_USERS
from typer.testing import CliRunner

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "ops" / "examples" / "own-agent"
AGENT = NewAgent.of("product-code-agent", EXAMPLE)


def new(*arguments: str) -> tuple[int, dict[str, object]]:
    """Run `creatorflow agent new ARGUMENTS --json`; return the exit code and the printed object."""
    done = CliRunner().invoke(app, ["agent", "new", *arguments, "--json"])
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml"])
def test_the_example_has_the_container_of_a_new_agent(name: str) -> None:
    assert (EXAMPLE / name).read_text() == AGENT.texts()[name]


def test_the_example_has_exactly_the_files_of_a_new_agent() -> None:
    assert {file.name for file in EXAMPLE.iterdir() if file.is_file()} == set(AGENT.texts())


@pytest.mark.parametrize("name", ["product_code_agent.py", "test_product_code_agent.py"])
def test_the_example_is_a_completed_new_agent(name: str) -> None:
    template, example = (ast.parse(text) for text in (AGENT.texts()[name], (EXAMPLE / name).read_text()))
    assert set(imported(template)) <= set(imported(example))
    assert assigned(template) <= assigned(example) or name == "product_code_agent.py"
    shapes = {node.name: shape(node) for node in ast.walk(example) if isinstance(node, ast.FunctionDef)}
    for function in functions(template):
        assert shapes[function.name] == shape(function)


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def imported(tree: ast.Module) -> list[tuple[str | None, str]]:
    found = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return [(imported.module, name.name) for imported in found for name in imported.names]


def assigned(tree: ast.Module) -> set[str]:
    return {ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)}


def shape(function: ast.FunctionDef) -> tuple[str, str, list[list[str | None]]]:
    """Return the arguments of a function, its return type, and the arguments of its decorators."""
    calls = [decorator for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    return (
        ast.unparse(function.args),
        ast.unparse(function.returns) if function.returns else "",
        [[keyword.arg for keyword in call.keywords] for call in calls],
    )


@pytest.mark.parametrize("name", ["Gift", "gift wrapping", "../gift", "gift.agent", "all", "saga", "x" * 65, ""])
def test_a_name_that_is_invalid_for_a_card_is_refused(name: str, tmp_path: Path) -> None:
    code, printed = new(name, "--dir", str(tmp_path / "own"))
    assert code == 2
    assert printed["code"] == "USAGE"
    assert not list(tmp_path.iterdir())


def test_a_name_that_ends_in_user_is_refused(tmp_path: Path) -> None:
    code, printed = new("gift-user", "--dir", str(tmp_path))
    assert (code, printed["message"]) == (2, "the name of an agent must not end with -user")


@pytest.mark.parametrize("name", sorted({*SYSTEM, *SERVICE_USERS, "database-specialist"}))
def test_a_name_used_by_the_system_is_refused(name: str, tmp_path: Path) -> None:
    code, printed = new(name, "--dir", str(tmp_path))
    assert (code, printed["message"]) == (2, f"{name} is a name that the system uses itself")


def test_every_service_of_the_system_is_a_reserved_name() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services) <= {*SYSTEM, *SERVICE_USERS, *(card.name for card in load_cards())}


@pytest.mark.parametrize("name", ["json", "class", "no", "true", "a", "test", "agent", "my_own_agent"])
def test_any_other_name_makes_readable_files(name: str, tmp_path: Path) -> None:
    code, printed = new(name, "--dir", str(tmp_path))
    assert code == 0
    texts = {Path(str(file)).name: Path(str(file)).read_text() for file in printed["files"]}  # type: ignore[attr-defined]
    compose = yaml.safe_load(texts["compose.yaml"])
    assert list(compose["services"]) == [name, f"{name}-user"]
    assert compose["services"][f"{name}-user"]["entrypoint"][-1] == name
    for file, text in texts.items():
        if file.endswith(".py"):
            compile(text, file, "exec")
            assert file.removesuffix(".py").isidentifier()
            assert file.removesuffix(".py") not in {*keyword.kwlist, *sys.stdlib_module_names}


@pytest.mark.parametrize("there", ["gift_agent.py", "test_gift_agent.py", "Dockerfile", "compose.yaml"])
def test_existing_files_are_kept_and_nothing_is_written_beside_them(there: str, tmp_path: Path) -> None:
    (tmp_path / there).symlink_to(tmp_path / "nowhere")
    code, printed = new("gift-agent", "--dir", str(tmp_path))
    assert code == 2
    assert printed["message"] == f"{tmp_path / there} exists already"
    assert [file.name for file in tmp_path.iterdir()] == [there]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, printed = new("gift-agent", "--dir", str(tmp_path / "file" / "own"))
    assert code == 2
    assert "not a directory" in str(printed["message"])


def test_if_one_file_cannot_be_written_none_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"first": "text", "no/such/folder": "text"}
    monkeypatch.setattr(NewAgent, "texts", lambda _: texts)
    with pytest.raises(CommandError):
        NewAgent.of("gift-agent", tmp_path).write()
    assert not list(tmp_path.iterdir())


def test_the_system_path_is_relative_inside_the_system_and_absolute_elsewhere(tmp_path: Path) -> None:
    assert place_of(ROOT / "my" / "agent") == "my/agent"
    (tmp_path / "compose.yaml").write_text("name: something-else\n")
    assert place_of(tmp_path / "agent") == str(tmp_path.resolve() / "agent")


def test_compose_finds_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / 'own ${HOME} "agent" : # \'ü'
    assert new("gift-agent", "--dir", str(folder))[0] == 0
    text = (folder / "compose.yaml").read_text()
    context = yaml.safe_load(text)["services"]["gift-agent"]["build"]["context"]
    assert context == str(folder.resolve()).replace("$", "$$")  # compose takes one dollar for a variable's


def test_a_folder_name_with_a_line_break_is_refused(tmp_path: Path) -> None:
    code, printed = new("gift-agent", "--dir", str(tmp_path / "own\nservices: {}"))
    assert (code, printed["message"]) == (2, "the folder's name cannot be printed")
    assert not list(tmp_path.iterdir())
