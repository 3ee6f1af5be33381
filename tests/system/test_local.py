"""`make up`, `down` and `demo` with every real service, on their own virtual host and in their own folder."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local import processes
from ops.local.processes import Mark
from ops.local.services import ORCHESTRATOR
from tests.waiting import patient, until

ROOT = Path(__file__).resolve().parents[2]
AGENT = "order-workflow-specialist"


class Local:
    """Runs `python -m ops.local GOAL`; all files that it writes are in this test's folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._env = {**os.environ, "LOCAL_DIR": str(folder), "CREATORFLOW_AMQP_URL": url, "LOCAL_BROKER": "url"}
        self._env |= {"XDG_RUNTIME_DIR": str(folder.parent)}
        self.record = folder.parent / "creatorflow" / "local.json"

    def start(self, goal: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ops.local", goal]
        pipe, env = subprocess.PIPE, self._env | more
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True)

    def run(self, goal: str, **more: str) -> tuple[int, str]:
        with self.start(goal, **more) as child:
            try:
                output, _ = child.communicate(timeout=patient())
            finally:
                child.terminate()  # if it did not end, it still stops what it started
        return child.returncode, output

    def marks(self) -> dict[str, Mark]:
        """The services that were started and not stopped properly, by name."""
        return {path.name: Mark.parse(path.read_text()) for path in (self.folder / "state" / "run").glob("*")}


@pytest.fixture
def local(tmp_path: Path, broker_url: str) -> Iterator[Local]:
    here = Local(tmp_path / "a folder", broker_url)
    yield here
    here.run("down")


def test_up_starts_every_service_and_restarts_dead_ones_and_down_stops_them_all(local: Local) -> None:
    code, output = local.run("up")
    assert (code, output.splitlines()[-1][:29]) == (0, "export CREATORFLOW_AMQP_URL=a"), output
    assert json.loads(local.record.read_text())["env_file"] == str(local.folder / "env")
    assert local.record.stat().st_mode & 0o777 == 0o600
    first = local.marks()
    assert len(first) == 12
    processes.kill(first[AGENT])
    assert local.run("up")[0] == 0
    second = local.marks()
    assert {name for name in first if first[name] != second[name]} == {AGENT}
    code, output = local.run("down")
    assert code == 0 and AGENT in output and "the broker of CREATORFLOW_AMQP_URL goes on" in output
    assert not any(processes.alive(mark) for mark in second.values()) and not local.record.exists()
    assert (local.marks(), local.run("down")) == ({}, (0, "down: nothing was running\n"))


def test_the_orchestrator_and_an_agent_are_killed_in_the_middle_and_the_request_still_finishes(local: Local) -> None:
    code, output = local.run("demo", KILL="1")
    assert code == 0, output
    assert output.count("kill: kill -9") == 2
    assert f"({ORCHESTRATOR}): ended" in output
    [plan] = (local.folder / "demo").glob("*/PLAN.md")
    assert f"demo: the plan is {plan}" in output
    result = json.loads((plan.parent / "result.json").read_text())
    assert result["overall_success"] is True
    assert local.marks() == {}


def test_an_interrupted_demo_stops_what_it_started(local: Local) -> None:
    with local.start("demo") as child:
        until(lambda: [*local.folder.glob("demo/*/request.txt")], "the request")
        marks = local.marks()
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=patient())
    assert child.returncode == 130, output
    assert len(marks) == 12
    assert not any(processes.alive(mark) for mark in marks.values())


def test_a_service_that_cannot_start_is_named_with_its_last_output(local: Local) -> None:
    code, output = local.run("up", CREATORFLOW_LOG_LEVEL="LOUD")
    assert code == 1
    assert re.search(r"^up: [a-z-]+ ended: creatorflow-[a-z]+: invalid setting .*CREATORFLOW_LOG_LEVEL", output, re.M)
    assert "make down" in output


def test_without_a_broker_one_line_says_what_to_do(local: Local) -> None:
    code, output = local.run("up", CREATORFLOW_AMQP_URL="amqp://guest:guest@127.0.0.1:1/")
    assert code == 78
    assert output.splitlines()[-1].startswith("broker: none is available: set CREATORFLOW_AMQP_URL, or")
