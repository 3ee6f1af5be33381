"""The demo always knows the processes it has started."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from ops.local.demo import deferred_signals, interrupt, run
from ops.local.processes import mark_of


def test_an_interrupt_during_the_start_of_a_child_is_handled_once_the_child_is_known() -> None:
    with deferred_signals() as deliver:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            deliver()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_signal_handlers_are_always_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="no such program"), deferred_signals():
        raise ValueError("no such program")
    assert signal.getsignal(signal.SIGTERM) is before


def losing(interrupts: int, then: str = "") -> list[str]:
    """The command of a program that takes no notice of its first interrupts; `then` is run when it is ready."""
    lines = [
        "import os, pathlib, signal, sys, time",
        "seen = []",
        f"signal.signal(signal.SIGINT, lambda *_: seen.append(1) if len(seen) < {interrupts} else sys.exit(130))",
        then or "print('ready', flush=True)",
        "while True: time.sleep(0.01)",
    ]
    return [sys.executable, "-c", "\n".join(lines)]


@pytest.mark.parametrize(("lost", "code"), [(0, 130), (1, 130), (99, -signal.SIGKILL)])
def test_a_child_that_loses_an_interrupt_is_interrupted_again_and_killed_in_the_end(lost: int, code: int) -> None:
    with subprocess.Popen(losing(lost), stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        interrupt(child, every=0.5)
        assert child.poll() == code


def test_no_command_outlives_an_interrupted_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.local.demo.interrupt", partial(interrupt, every=0.5))
    pid = tmp_path / "pid"
    ready = f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); os.kill(os.getppid(), signal.SIGINT)"
    with pytest.raises(KeyboardInterrupt):
        run(losing(1, ready), piped=False)
    assert mark_of(int(pid.read_text())) is None
