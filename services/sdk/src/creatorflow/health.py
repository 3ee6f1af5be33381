"""Whether a service is alive, and whether it can do its work now. `creatorflow health live|ready` asks.

A service writes a small file into its state directory every two seconds, from the event loop that does its work on the
bus. *Alive* is who has written within the last half minute: a broker or a database that is away changes nothing about
it, a loop that stands still does. *Ready* is who says so in the file: connected, subscribed, the store answering, not
about to stop. The word of a process that was killed is nobody's, also when the next one has its number.

It is asked every few seconds, in every container. So this module needs the standard library alone, and
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
"""So long without a word, and the event loop stands still: no work that is allowed to block it takes as long."""
STARTING: Final = "it is starting"
STOPPING: Final = "it is stopping"

LIVE: Final = "live"
READY: Final = "ready"
EXIT_YES, EXIT_NO, EXIT_USAGE, EXIT_CONFIGURATION = 0, 1, 2, 78


class Health:
    """A process's word about itself, in `state_dir`; without one nothing is written."""

    def __init__(self, state_dir: Path | None) -> None:
        self._file = None if state_dir is None else state_dir / FILE
        self.waits_for: Callable[[], str] = lambda: STARTING
        """What stands between the service and its work, in words; nothing when it is ready."""

    async def run(self) -> None:
        """Write until cancelled, then take the file away. One that cannot be written grows old, which tells it too."""
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
            told = {"at": monotonic(), "waits_for": self.waits_for(), "pid": pid, "started": _started(pid)}
            aside.write_text(json.dumps(told), encoding="utf-8")
            aside.replace(file)
        except OSError as error:
            from .logs import get_logger  # not at import: who asks needs no logs

            get_logger(__name__).warning("health_untold", folder=str(file.parent), reason=error.strerror)


class HealthAnswer(NamedTuple):
    """What is found of a process: the answer to the question, and why, in words."""

    yes: bool
    why: str


def examine(state_dir: Path, question: str, now: float | None = None) -> HealthAnswer:
    """What the process with this state directory says. `question` is LIVE or READY; `now` is `monotonic()`."""
    try:
        told = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        at, waits_for, alive = float(told["at"]), str(told["waits_for"]), told["started"] == _started(told["pid"])
    except FileNotFoundError:
        return HealthAnswer(False, f"no service runs with the state directory {state_dir}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return HealthAnswer(False, f"what the service says in {state_dir} cannot be read: {type(error).__name__}")
    age = (monotonic() if now is None else now) - at
    if not alive or age < 0:  # less than nothing: the machine was started anew since
        return HealthAnswer(False, "the service is gone")
    if age > ALIVE_S:
        return HealthAnswer(False, f"the service has said nothing for {age:.0f} s")
    if question == READY and waits_for:
        return HealthAnswer(False, waits_for)
    return HealthAnswer(True, question)


def _started(pid: int) -> str:
    """When a process began, as its machine counts; nothing where there is none, or where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer `live` or `ready` in one line. Exit codes: 0 yes, 1 no, 2 usage, 78 no state directory is named."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given not in ([LIVE], [READY]):
        return _say(f"say what to ask: {LIVE} or {READY}", EXIT_USAGE)
    folder = os.environ.get(STATE_DIR)
    if not folder:
        return _say(f"set {STATE_DIR} as the service has it: it tells there how it is", EXIT_CONFIGURATION)
    answer = examine(Path(folder), given[0])
    return _say(answer.why, EXIT_YES if answer.yes else EXIT_NO)


def _say(text: str, exit_code: int) -> int:
    (sys.stdout if exit_code in (EXIT_YES, EXIT_NO) else sys.stderr).write(f"health: {text}\n")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
