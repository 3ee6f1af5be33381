"""Every check that reads the code without running it. `python -m ops.local.lint`, exit 1 when one complains."""

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
    """Name of each check and the command that makes it, run from the root."""
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
    """What the command said if it failed, else nothing."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return (done.stdout + done.stderr).strip() or f"exit {done.returncode}" if done.returncode else ""


def main() -> int:
    """Run all checks, two at a time; say what is wrong in their order."""
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
