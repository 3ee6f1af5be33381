"""The Makefile passes a request to the program exactly as it was typed."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
PRINTS = 'probe: ; @printf "%s" "$$REQUEST"; [ -n "$${REQUEST+x}" ] || printf unset'
HOSTILE = [
    """say "it's" 'quoted'""",
    "$HOME ${HOME} $$ $x $(HOME)",
    "$(shell echo broken > {mark}) `echo broken > {mark}` $(error broken)",
    "; echo broken > {mark} & | > < # % \\ * ~ !",
    "first line\n\tsecond: 'x'\n",
    "$(",
    "a=b := c",
    "größer als 5 €",
    "",
]


def make(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "REQUEST"} | more
    command = ["make", "-s", "-C", str(ROOT), "--no-print-directory", "--eval", PRINTS, "probe", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_request_on_the_command_line_arrives_as_typed(text: str, tmp_path: Path) -> None:
    typed = text.replace("{mark}", str(tmp_path / "mark"))
    assert make(f"REQUEST={typed}").stdout == typed
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_request_in_the_environment_arrives_unchanged(text: str, tmp_path: Path) -> None:
    typed = text.replace("{mark}", str(tmp_path / "mark"))
    assert make(REQUEST=typed).stdout == typed
    assert not (tmp_path / "mark").exists()


def test_a_missing_request_differs_from_an_empty_one() -> None:
    assert make().stdout == "unset"


def test_the_lock_files_contain_no_address() -> None:
    named = ["requirements.lock", "ops/local/uv.lock", "ops/node/package-lock.json"]
    locks = [*(ROOT / name for name in named), *ROOT.glob("ops/locks/*.lock")]
    assert [lock for lock in locks if "://" in lock.read_text()] == []


def test_every_package_in_the_lock_file_has_a_hash() -> None:
    entries = (ROOT / "requirements.lock").read_text().replace("\\\n", " ").splitlines()
    named = [entry for entry in entries if "==" in entry and not entry.lstrip().startswith("#")]
    assert len(named) > 50
    assert [entry.split("==")[0] for entry in named if "--hash=sha256:" not in entry] == []


def declared() -> dict[str, list[Requirement]]:
    """Return the requirements of each pyproject file without the workspace's own packages."""
    asked = {}
    for file in [
        ROOT / "pyproject.toml",
        *ROOT.glob("contracts/pyproject.toml"),
        *ROOT.glob("services/*/pyproject.toml"),
    ]:
        reported = tomllib.loads(file.read_text())
        groups = reported.get("dependency-groups", {})
        lines = reported["project"].get("dependencies", []) + [
            line
            for name in groups
            for line in groups[name]
            if isinstance(line, str)  # else it includes another group
        ]
        requirements = [Requirement(line) for line in lines]
        asked[str(file.relative_to(ROOT))] = [
            requirement for requirement in requirements if not requirement.name.startswith("creatorflow")
        ]
    return asked


def test_the_lock_files_satisfy_every_requirement() -> None:
    text = (ROOT / "requirements.lock").read_text() + (ROOT / "ops/local/uv.lock").read_text()
    locked = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.M)}
    unanswered = [
        f"{file}: {requirement}"
        for file, requirements in declared().items()
        for requirement in requirements
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"), prereleases=True)
    ]
    assert unanswered == [], "run make lock"
