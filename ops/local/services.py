"""The services of the system, each as one process: the orchestrator and one specialist per agent card."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.topology import agent_queue

from ops.local import processes
from ops.local.paths import BIN
from ops.local.processes import Mark

ORCHESTRATOR = "orchestrator"
GRACE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its name, the command that starts it, and the queue that it consumes when it is ready."""

    name: str
    command: tuple[str, ...]
    queue: str


def all_services(submit_queue: str) -> tuple[Service, ...]:
    """The orchestrator, then the agents in the order of their cards."""
    orchestrator = Service(ORCHESTRATOR, (str(BIN / "creatorflow-orchestrator"), "serve"), submit_queue)
    program = str(BIN / "creatorflow-specialist")
    return (orchestrator, *(Service(card.name, (program, card.name), agent_queue(card.name)) for card in load_cards()))


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of the services, by their marks in `state`/run; their logs are in `logs`, one file per service."""

    state: Path
    logs: Path

    def mark(self, name: str) -> Mark | None:
        """The mark of a service that was started, running or not."""
        try:
            return Mark.parse((self.state / "run" / name).read_text())
        except (OSError, ValueError):
            return None

    def runs(self, name: str) -> bool:
        """True if the process of a service is running."""
        return processes.alive(self.mark(name))

    def pid(self, name: str) -> int | None:
        """The pid with which a service was last started."""
        mark = self.mark(name)
        return mark.pid if mark else None

    def log(self, name: str) -> Path:
        """The file that a service writes its log to."""
        return self.logs / f"{name}.log"

    def start(self, service: Service, settings: Mapping[str, str]) -> bool:
        """Start a service unless it is running; returns True if it was started.

        Each service has its own state directory, as in a container.
        """
        if self.runs(service.name):
            return False
        own = self.state / service.name
        own.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, **settings, "CREATORFLOW_STATE_DIR": str(own), "PYTHONUNBUFFERED": "1"}
        mark = processes.start(service.command, self.log(service.name), env, cwd=own)
        (self.state / "run").mkdir(exist_ok=True)
        (self.state / "run" / service.name).write_text(str(mark))
        return True

    def last_line(self, name: str) -> str:
        """The last line of a service's log."""
        try:
            lines = self.log(name).read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "no log"

    def kill(self, name: str) -> None:
        """Send SIGKILL to a service."""
        processes.kill(self.mark(name))

    def freeze(self, name: str) -> None:
        """Send SIGSTOP to a service: it stays connected and does nothing."""
        processes.send(self.mark(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Send SIGCONT to a service."""
        processes.send(self.mark(name), signal.SIGCONT)

    def stop_all(self, names: Iterable[str]) -> None:
        """Send SIGTERM to all at once, then wait; those that have not ended after the grace period are killed."""
        marks = [mark for name in names if (mark := self.mark(name))]
        for mark in marks:
            processes.send(mark, signal.SIGCONT)
            processes.send(mark, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for mark in marks:
            processes.stop(mark, grace=max(0.1, deadline - time.monotonic()))

    def started(self) -> list[str]:
        """The names of all services that were started since the last `down`."""
        return sorted(path.name for path in (self.state / "run").glob("*"))
