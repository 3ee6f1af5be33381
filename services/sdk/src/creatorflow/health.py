"""Liveness and readiness of a service, as `creatorflow health live|ready` reports them.

A service writes a small file into its state directory every two seconds, from the event loop that does its work on the
bus. It is *live* if it has written within the last half minute: an unavailable broker or database does not matter, a
blocked loop does. It is *ready* if the file reports it: connected, subscribed, the store answering, not about to stop.
The file of a process that was killed does not count, also when a later process has its number.

The check runs every few seconds, in every container. So this module needs only the standard library, and
`python -m creatorflow.health ready` answers in a tenth of the time of the whole command line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

FILE: Final = "health.json"
STATE_DIR: Final = "CREATORFLOW_STATE_DIR"
BEAT_S: Final = 2.0
ALIVE_S: Final = 30.0
"""Age of the file at which the event loop counts as blocked: no work that may block it takes as long."""
STARTING: Final = "it is starting"
STOPPING: Final = "it is stopping"

LIVE: Final = "live"
READY: Final = "ready"
EXIT_YES, EXIT_NO, EXIT_USAGE, EXIT_CONFIGURATION = 0, 1, 2, 78


class Health:
    """Writes the health file of this process into `state_dir`; without a directory nothing is written."""

    def __init__(self, state_dir: Path | None) -> None:
        self._file = None if state_dir is None else state_dir / FILE
        self.waits_for: Callable[[], str] = lambda: STARTING
        """Returns in words what prevents the service from working; empty if it is ready."""

    async def run(self) -> None:
        """Write until cancelled, then remove the file. A file that cannot be written becomes old, which shows too."""
        if self._file is None:
            return
        try:
            while True:
                self._write(self._file)
                await asyncio.sleep(BEAT_S)
        finally:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _write(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            aside = file.with_name(f"{FILE}.{os.getpid()}.tmp")
            pid = os.getpid()
            state = {"at": monotonic(), "waits_for": self.waits_for(), "pid": pid, "started": _started(pid)}
            aside.write_text(json.dumps(state), encoding="utf-8")
            aside.replace(file)
        except OSError as error:
            from .logs import get_logger  # not at import: the check needs no logs

            get_logger(__name__).warning("health_not_written", folder=str(file.parent), reason=error.strerror)


class HealthAnswer(NamedTuple):
    """The result of a check: the answer, and its reason in words."""

    yes: bool
    why: str


def examine(state_dir: Path, question: str, now: float | None = None) -> HealthAnswer:
    """Check the process with this state directory. `question` is LIVE or READY; `now` is `monotonic()`."""
    try:
        state = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        at, waits_for, alive = float(state["at"]), str(state["waits_for"]), state["started"] == _started(state["pid"])
    except FileNotFoundError:
        return HealthAnswer(False, f"no service runs with the state directory {state_dir}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return HealthAnswer(False, f"the health file in {state_dir} cannot be read: {type(error).__name__}")
    age = (monotonic() if now is None else now) - at
    if not alive or age < 0:  # negative: the machine was restarted since
        return HealthAnswer(False, "the service has ended")
    if age > ALIVE_S:
        return HealthAnswer(False, f"the service has reported nothing for {age:.0f} s")
    if question == READY and waits_for:
        return HealthAnswer(False, waits_for)
    return HealthAnswer(True, question)


def _started(pid: int) -> str:
    """Return the start time of a process in the kernel's clock ticks; empty if it does not run or has no /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the answer to `live` or `ready` in one line. Exit codes: 0 yes, 1 no, 2 usage, 78 no state directory."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given not in ([LIVE], [READY]):
        return _report(f"name the check: {LIVE} or {READY}", EXIT_USAGE)
    folder = os.environ.get(STATE_DIR)
    if not folder:
        return _report(f"set {STATE_DIR} to the service's own: its health file is there", EXIT_CONFIGURATION)
    answer = examine(Path(folder), given[0])
    return _report(answer.why, EXIT_YES if answer.yes else EXIT_NO)


def _report(text: str, exit_code: int) -> int:
    (sys.stdout if exit_code in (EXIT_YES, EXIT_NO) else sys.stderr).write(f"health: {text}\n")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
