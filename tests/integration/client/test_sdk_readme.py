"""The programs of the SDK's README run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.markdown import read
from tests.system.processes import ROOT, System
from tests.waiting import patient

SYNCHRONOUS, ASYNCHRONOUS, AGENT = [
    text for language, text in read((ROOT / "services/sdk/README.md").read_text()).fences if language == "python"
]


@pytest.mark.parametrize("program", [SYNCHRONOUS, ASYNCHRONOUS], ids=["synchronous", "asynchronous"])
def test_a_client_of_the_readme_prints_events_and_a_result(shared_system: System, program: str) -> None:
    env = {**os.environ, "CREATORFLOW_AMQP_URL": shared_system.broker_url}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=patient(), check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("1 accepted ", "completed True")


def test_the_agent_of_the_readme_returns_a_result() -> None:
    check = "import asyncio, creatorflow.testing as t; print(asyncio.run(t.run_task(wrap, 'Wrap it')).output)"
    done = subprocess.run([sys.executable, "-c", AGENT + check], capture_output=True, text=True, check=False)
    assert "How to wrap it" in done.stdout, done.stderr
