"""The demo always knows the processes it has started."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from ops.local.demo import deferred_signals, interrupt


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


@pytest.mark.parametrize(("lost", "code"), [(0, 130), (1, 130), (99, -signal.SIGKILL)])
def test_a_child_that_loses_an_interrupt_is_interrupted_again_and_killed_in_the_end(lost: int, code: int) -> None:
    lines = [
        "import signal, sys, time",
        "seen = []",
        f"signal.signal(signal.SIGINT, lambda *_: seen.append(1) if len(seen) < {lost} else sys.exit(130))",
        "print('ready', flush=True)",
        "while True: time.sleep(0.01)",
    ]
    with subprocess.Popen([sys.executable, "-c", "\n".join(lines)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        interrupt(child, every=0.5)
        assert child.poll() == code
