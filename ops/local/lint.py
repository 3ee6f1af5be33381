"""Runs the static checks: `python -m ops.local.lint`, exit code 1 if one fails."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = ("contracts", "services/sdk", "services/orchestrator", "services/specialists")
BIN = Path(sys.executable).parent
DOCKERFILES = ("ops/Dockerfile", "ops/examples/own-agent/Dockerfile")
COMPOSE_FILES = ("compose.yaml", "ops/examples/own-agent/compose.yaml")


def checks() -> dict[str, list[str]]:
    """Map the name of each check to its command, which is run from the root of the repository."""
    return {
        "ruff check": [str(BIN / "ruff"), "check", "--quiet", "."],
        "ruff format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "mypy": [sys.executable, "-m", "mypy"],
        "import rules": [str(BIN / "lint-imports"), "--no-logo"],
        "hadolint": [str(BIN / "hadolint"), *DOCKERFILES],
        "compose schema": [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", *COMPOSE_FILES],
        **{
            f"dependencies of {member}": [
                *(str(BIN / "deptry"), "--no-ansi", "--config", f"{member}/pyproject.toml", f"{member}/src"),
                *("--package-module-name-map", "pydantic=pydantic|pydantic_core"),
                *("--per-rule-ignores", "DEP002=aiosqlite|asyncpg"),  # drivers: SQLAlchemy imports them by name
            ]
            for member in MEMBERS
        },
    }


def complaint(command: list[str]) -> str:
    """Run a check; returns its output if it failed, else an empty text."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return (done.stdout + done.stderr).strip() or f"exit {done.returncode}" if done.returncode else ""


def main() -> int:
    """Run all checks, two at a time, and print their results in order."""
    wanted = checks()
    with ThreadPoolExecutor(max_workers=2) as pool:
        complaints = dict(zip(wanted, pool.map(complaint, wanted.values()), strict=True))
    for name, text in complaints.items():
        print(f"lint: {name}: {'FAILED' if text else 'ok'}")
        if text:
            print(text)
    return int(any(complaints.values()))


if __name__ == "__main__":
    sys.exit(main())
