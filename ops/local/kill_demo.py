"""`make demo KILL=1`: kills the orchestrator and an agent with SIGKILL in the middle of the request.

The steps of the demo take milliseconds, so the agent of a step in the middle is frozen (SIGSTOP) before the request is
sent. When its task was sent to it, both it and the orchestrator are killed and started again.
"""

from __future__ import annotations

import json
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from uuid import UUID

from ops.local import paths
from ops.local.console import say
from ops.local.services import ORCHESTRATOR
from ops.local.system import System


@dataclass(frozen=True, slots=True)
class Victim:
    """The step during which processes are killed, and its agent."""

    step: str
    agent: str


def choose_victim(request: Path) -> Victim | None:
    """Choose a step in the middle of the plan for the request in this file; None if there is no plan."""
    command = [str(paths.BIN / "creatorflow-orchestrator"), "plan", "--json", f"@{request}"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    try:
        steps = [step for step in json.loads(done.stdout)["steps"] if step.get("agent")]
    except (ValueError, KeyError, TypeError):
        steps = []
    return Victim(steps[len(steps) // 2]["id"], steps[len(steps) // 2]["agent"]) if steps else None


class KillDuringRun:
    """Freezes the victim's agent, kills it and the orchestrator when it has its task, and starts both again."""

    def __init__(self, system: System, url: str, saga: UUID, victim: Victim) -> None:
        self._system, self._url, self._saga, self._victim = system, url, saga, victim
        self._over = threading.Event()
        self._watch: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="kill-demo")

    def __enter__(self) -> None:
        say(f"kill: {self._victim.agent} is frozen (SIGSTOP), so that step {self._victim.step} is still running")
        self._system.processes.freeze(self._victim.agent)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._watch is not None:
            self._watch.terminate()
        self._thread.join()
        self._system.processes.thaw(self._victim.agent)

    def _run(self) -> None:
        while not self._over.is_set():  # `watch` fails until the orchestrator knows the request
            if self._task_was_sent():
                self._kill_and_start_again()
                return
        say(f"kill: nothing was killed: the request ended before step {self._victim.step} began")

    def _task_was_sent(self) -> bool:
        """Follow the request's events, as any client may, until the victim's step is dispatched."""
        command = [str(paths.BIN / "creatorflow"), "watch", str(self._saga), "--json", "--url", self._url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as self._watch:
            for line in self._watch.stdout or ():
                if any(map(self._is_it, json.loads(line).get("events", ()))):
                    self._watch.terminate()
                    return True
        return False

    def _is_it(self, event: dict[str, object]) -> bool:
        return event.get("event") == "step_dispatched" and event.get("step") == self._victim.step

    def _kill_and_start_again(self) -> None:
        say(f"kill: step {self._victim.step} is with {self._victim.agent}")
        for name in (self._victim.agent, ORCHESTRATOR):
            pid = self._system.processes.pid(name)
            self._system.processes.kill(name)
            say(f"kill: kill -9 {pid} ({name}): ended")
        for name in (ORCHESTRATOR, self._victim.agent):
            self._system.start(self._system.service(name), self._url)
            say(f"kill: {name} started again as {self._system.processes.pid(name)}")
