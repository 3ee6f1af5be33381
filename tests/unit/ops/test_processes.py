"""Processes that outlive their starter are known by pid and start time, so that no other process is ever signalled."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from ops.local import processes
from ops.local.processes import Mark
from tests.waiting import until

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()",
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "one.log"


def test_a_started_process_logs_its_output_and_is_gone_after_stop(log: Path) -> None:
    mark = processes.start([sys.executable, "-c", "print('hello')"], log, os.environ)
    until(lambda: log.read_text() == "hello\n", "its word")
    processes.stop(mark)
    assert not processes.alive(mark)


def test_a_process_that_ignores_the_stop_request_is_killed(log: Path) -> None:
    mark = processes.start(STUBBORN, log, os.environ)
    until(lambda: log.read_text(), "its start")
    processes.stop(mark, grace=0.2)
    assert not processes.alive(mark)


def test_a_recycled_pid_is_never_signalled(log: Path) -> None:
    mark = processes.start(SLEEPER, log, os.environ)
    earlier = Mark(mark.pid, "1@an-earlier-boot")
    assert not processes.alive(earlier)
    assert not processes.send(earlier, signal.SIGKILL)
    processes.stop(earlier)
    processes.kill(earlier)
    assert processes.alive(mark)
    processes.kill(mark)


def test_a_zombie_counts_as_dead(log: Path) -> None:
    mark = processes.start([sys.executable, "-c", ""], log, os.environ)
    until(lambda: not processes.alive(mark), "its end, with nobody waiting for it")
    processes.kill(mark)


def test_a_process_survives_the_interrupt_of_its_starter(log: Path) -> None:
    mark = processes.start(SLEEPER, log, os.environ)
    assert os.getsid(mark.pid) == mark.pid
    processes.kill(mark)


def test_a_process_mark_survives_the_round_trip() -> None:
    mark = processes.mark_of(os.getpid())
    assert mark is not None
    assert Mark.parse(str(mark)) == mark
