"""Processes that outlive the program that starts them, identified by pid *and* start time.

A pid may have been reused for another process since: no process with another start time is signalled.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.local.wait import until


@dataclass(frozen=True, slots=True)
class Mark:
    """The identity of one process: `started` differs for a reused pid."""

    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.pid} {self.started}"

    @classmethod
    def parse(cls, text: str) -> Mark:
        """Parse the text that `str` makes."""
        pid, _, started = text.strip().partition(" ")
        return cls(int(pid), started)


def mark_of(pid: int) -> Mark | None:
    """The mark of a running process (a zombie is not one); None if there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _mark_by_ps(pid)
    try:
        # the second field, the name, may contain spaces and brackets: count from its end
        fields = stat.read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ValueError):
        return None
    return None if fields[0] in "ZX" else Mark(pid, f"{fields[19]}@{boot}")


def _mark_by_ps(pid: int) -> Mark | None:
    """The mark of a process on a machine without /proc (macOS)."""
    done = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = done.stdout.strip().partition(" ")
    return Mark(pid, started.strip()) if started and not state.startswith("Z") else None


def alive(mark: Mark | None) -> bool:
    """True if exactly this process is still running."""
    return mark is not None and mark_of(mark.pid) == mark


def start(
    command: Sequence[str], log: Path, env: Mapping[str, str], cwd: Path | None = None, user: str | int | None = None
) -> Mark:
    """Start a process in its own session, with its output appended to `log`; a Ctrl-C here does not reach it.

    Raises:
        OSError: the program cannot be run.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=dict(env),
            start_new_session=True,
            cwd=cwd,
            user=user,
        )
    child.returncode = 0  # keeps Popen from waiting for it: its mark identifies it from here on
    return mark_of(child.pid) or Mark(child.pid, "gone")


def send(mark: Mark | None, number: signal.Signals, group: bool = False) -> bool:
    """Signal exactly this process (or the group it leads); returns False if it has ended."""
    if mark is None or not alive(mark):
        return False
    try:
        (os.killpg if group else os.kill)(mark.pid, number)
    except ProcessLookupError:
        return False
    return True


def _has_ended(mark: Mark) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(mark.pid, os.WNOHANG)  # if it is our child, reap it
    return not alive(mark)


def stop(mark: Mark | None, grace: float = 10.0) -> None:
    """Send SIGTERM, and after `grace` seconds SIGKILL to the process and its group; returns when it has ended."""
    if mark is None or not send(mark, signal.SIGTERM):
        return
    try:
        until(lambda: _has_ended(mark), grace, "the end of the process")
    except TimeoutError:
        kill(mark)


def kill(mark: Mark | None) -> None:
    """Send SIGKILL to the process and its group; returns when it has ended."""
    if mark is not None and send(mark, signal.SIGKILL, group=True):
        until(lambda: _has_ended(mark), 60, f"the end of process {mark.pid}")
