"""Health as a file: a process that has written it lately is alive, one that waits for nothing is ready."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from creatorflow.asyncio_tasks import end_tasks
from creatorflow.health import ALIVE_S, FILE, LIVE, READY, Health, examine, main


def report_once(folder: Path, waits_for: str = "") -> float:
    """Let a process write its health once and end without a last report; return the time of writing."""
    health = Health(folder)
    health.waits_for = lambda: waits_for
    health._write(folder / FILE)
    return float(json.loads((folder / FILE).read_text())["at"])


def test_a_process_that_waits_for_nothing_is_alive_and_ready(tmp_path: Path) -> None:
    report_once(tmp_path)
    assert examine(tmp_path, LIVE).yes
    assert examine(tmp_path, READY).yes


def test_a_process_that_waits_for_the_broker_is_alive_and_not_ready_with_the_reason(tmp_path: Path) -> None:
    report_once(tmp_path, "the broker is away")
    assert examine(tmp_path, LIVE).yes
    assert examine(tmp_path, READY) == (False, "the broker is away")


@pytest.mark.parametrize("question", [LIVE, READY])
def test_a_process_without_a_recent_report_is_neither(tmp_path: Path, question: str) -> None:
    at = report_once(tmp_path)
    assert examine(tmp_path, question, at + ALIVE_S - 1).yes
    assert not examine(tmp_path, question, at + ALIVE_S + 1).yes


def test_a_report_from_before_the_last_boot_does_not_count(tmp_path: Path) -> None:
    at = report_once(tmp_path)
    assert not examine(tmp_path, LIVE, at - 1).yes


@pytest.mark.parametrize("question", [LIVE, READY])
def test_the_report_of_a_killed_process_does_not_count(tmp_path: Path, question: str) -> None:
    write = f"from creatorflow.health import *; h = Health(None); h._write(Path({str(tmp_path)!r}) / FILE)"
    subprocess.run([sys.executable, "-c", f"{write}; os.kill(os.getpid(), 9)"], check=False)
    assert examine(tmp_path, question) == (False, "the service has ended")


def test_a_process_with_a_reused_pid_does_not_inherit_the_report(tmp_path: Path) -> None:
    report_once(tmp_path)
    report = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**report, "started": "1"}))
    assert examine(tmp_path, READY) == (False, "the service has ended")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"at": "x", "waits_for": "", "pid": 1, "started": ""}', b"\xff"]
)
def test_an_unreadable_report_counts_as_unhealthy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert "cannot be read" in examine(tmp_path, LIVE).why


async def test_the_file_exists_while_the_process_runs_and_begins_with_starting(tmp_path: Path) -> None:
    running = asyncio.create_task(Health(tmp_path / "new").run())
    await asyncio.sleep(0)
    assert examine(tmp_path / "new", READY) == (False, "it is starting")
    assert examine(tmp_path / "new", LIVE).yes
    await end_tasks(running)
    assert not examine(tmp_path / "new", LIVE).yes
    assert list((tmp_path / "new").iterdir()) == []


async def test_an_unwritable_state_directory_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    running = asyncio.create_task(Health(tmp_path / "file").run())
    await asyncio.sleep(0)
    assert not running.done()
    await end_tasks(running)


@pytest.mark.parametrize(("waits_for", "exit_code"), [("", 0), ("the store does not answer", 1)])
def test_the_health_command_prints_one_line_and_an_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    waits_for: str,
    exit_code: int,
) -> None:
    report_once(tmp_path, waits_for)
    monkeypatch.setenv("CREATORFLOW_STATE_DIR", str(tmp_path))
    assert main(["ready"]) == exit_code
    assert capsys.readouterr().out == f"health: {waits_for or 'ready'}\n"


def test_without_a_state_directory_health_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREATORFLOW_STATE_DIR", raising=False)
    assert main(["ready"]) == 78
    assert main(["happy"]) == 2


def test_the_health_check_loads_only_the_standard_library() -> None:
    probe = (
        "import sys, creatorflow.health; print(*(n for n in sys.modules if n.startswith(('pydantic', 'structlog'))))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_health_of_another_process_can_be_queried(tmp_path: Path) -> None:
    report_once(tmp_path)
    env = {**os.environ, "CREATORFLOW_STATE_DIR": str(tmp_path)}
    for command in (
        (sys.executable, "-m", "creatorflow.health"),
        (Path(sys.executable).with_name("creatorflow"), "health"),
    ):
        done = subprocess.run([*command, "live"], env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "health: live\n")
