"""Work at the end of a process: it is completed in time or abandoned."""

from __future__ import annotations

import subprocess
import sys

from tests.waiting import patient

DO = "from creatorflow.span_export import at_exit; import threading, time"


def output_of(code: str) -> str:
    """Run a program to its end and return its output."""
    done = subprocess.run(
        [sys.executable, "-c", f"{DO}\n{code}"], capture_output=True, text=True, check=True, timeout=patient()
    )
    assert done.stderr == ""
    return done.stdout


def test_work_that_ends_in_time_is_completed() -> None:
    assert output_of("at_exit(lambda: (time.sleep(0.2), print('done', flush=True)), 30)") == "done\n"


def test_work_that_never_ends_is_abandoned_after_its_time() -> None:
    assert output_of("at_exit(lambda: (print('begun', flush=True), threading.Event().wait()), 0.2)") == "begun\n"


def test_a_failure_delays_no_other_work() -> None:
    quiet = "threading.excepthook = lambda _: None"
    assert output_of(f"{quiet}; at_exit(lambda: (print('tried', flush=True), 1 / 0), 30)") == "tried\n"
