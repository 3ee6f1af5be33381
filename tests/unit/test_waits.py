"""Tests wait through `tests.waiting` and measure no time: beside a heavy load they are slower, and no less true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
BY_ITSELF = {"waiting.py", "system/agents_under_test.py", "unit/test_waits.py"}
"""The helper, an agent that runs outside of the tests' processes, and this file."""
NO_TESTS = ("benchmarks/", "simulation/")


@pytest.mark.parametrize(
    "pattern",
    [
        r"from ops\.local\.waiting import",
        r"asyncio\.timeout\((?!patient)",
        r"asyncio\.wait_for\(.*, [1-9]",
        r"\btimeout=[1-9]\d",
        r"\bperf_counter\b",
        r"\bprocess_time\b",
    ],
)
def test_every_wait_uses_the_patience_of_the_run(pattern: str) -> None:
    found = [
        f"{path.relative_to(TESTS)}:{number}: {line.strip()}"
        for path in sorted(TESTS.rglob("*.py"))
        if (name := str(path.relative_to(TESTS))) not in BY_ITSELF and not name.startswith(NO_TESTS)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == [], "see tests/waiting.py, and tests/call_count.py for what something costs"
