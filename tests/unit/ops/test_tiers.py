"""The tiers of `make check`, `make test` and `make test-all`: each test file is in one, and none is run twice."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FILES = [path.relative_to(ROOT) for folder in ("tests", "ops") for path in sorted((ROOT / folder).rglob("test_*.py"))]


def commands(goal: str) -> list[str]:
    """Return the commands that make would run for a goal, in order."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "--dry-run", goal], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def folders(goal: str) -> list[Path]:
    """Return the folders whose tests make runs for a goal."""
    words = [word for line in commands(goal) if " -m pytest " in line for word in shlex.split(line)]
    return [Path(word) for word in words if (ROOT / word).is_dir()]


def test_every_test_file_is_run_once_by_all_tiers_together_and_properties_again_with_more_examples() -> None:
    found = folders("test-all")
    runs = {str(file): sum(file.is_relative_to(folder) for folder in found) for file in FILES}
    wanted = {file: 1 + file.startswith("tests/properties/") for file in runs}
    assert {file: times for file, times in runs.items() if times != wanted[file]} == {}
    assert len(runs) > 100


def test_each_tier_begins_with_the_previous_one() -> None:
    check, test, everything = commands("check"), commands("test"), commands("test-all")
    assert check == test[: len(check)]
    assert test == everything[: len(test)]
    assert len(check) < len(test) < len(everything)


def test_no_command_is_run_twice() -> None:
    everything = commands("test-all")
    assert len(everything) == len(set(everything))


def test_ci_runs_all_commands_of_all_tiers() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    goals = re.findall(r"^make ([a-z-]+) </dev/null", script, re.MULTILINE)
    ran = [line for goal in goals for line in commands(goal)]
    missing = [line for line in commands("test-all") if line not in ran and "ops.stack" not in line]
    assert missing == []
    assert "-m ops.stack </dev/null" in script
