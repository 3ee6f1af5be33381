"""Work at the end of a process that must not hold it up."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from threading import Event, Thread


def at_exit(work: Callable[[], object], seconds: float) -> None:
    """Have it done when the process ends, which waits for it so many seconds at most.

    It is done in a thread that waits from now on: since Python 3.12 none can be started at the end.
    """
    leaving, done = Event(), Event()

    def wait() -> None:
        leaving.wait()
        try:
            work()
        finally:
            done.set()

    def leave() -> None:
        leaving.set()
        done.wait(seconds)

    Thread(target=wait, name="leaving", daemon=True).start()
    atexit.register(leave)
