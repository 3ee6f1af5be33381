"""What `make stack` does with the containers, step by step; a step raises StackFailure when something is not right."""

from __future__ import annotations

import json
import subprocess
from typing import Any
from uuid import uuid4

from ops.local.docker import docker
from ops.local.paths import EXAMPLES
from ops.local.waiting import until
from ops.stack.compose import UP_S, Project, StackFailure
from ops.stack.counting import nothing_is_left
from ops.stack.load import rolling_restart
from ops.stack.telling import expect, teller

REQUESTS = ("order-management.txt", "viral-spike.txt")
PAUSED = "database-specialist"
"""Takes part in both requests: while it does nothing neither can end."""
FINISH_S = 120
OURS = ("orchestrator", "-specialist")


class Stack:
    """One run of the scenario over a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._say = teller()
        self._running: dict[str, subprocess.Popen[str]] = {}

    def run(self) -> None:
        """All of it, but for `down`."""
        self.up()
        self.submit_and_hurt()
        submitted = len(REQUESTS) + rolling_restart(self._project, self._say)
        nothing_is_left(self._project, self._say, submitted)
        self.stop()

    def up(self) -> None:
        """Build, start, and wait until everything is healthy."""
        self._say("building and starting every container")
        self._project.run("up", "--build", "--wait", timeout=UP_S)
        healthy = self._project.containers(lambda each: each.health == "healthy")
        self._say(f"{len(healthy)} containers are healthy")
        answer = self._project.run(*self._project.creatorflow("health", "ready")).strip()
        self._say(f"the orchestrator says: {answer}")

    def submit_and_hurt(self) -> None:
        """Both requests at once; while both are under way a specialist hangs and an orchestrator is killed."""
        (specialist,), victim = self._project.of(PAUSED), self._project.of("orchestrator")[-1]
        docker("pause", specialist.id)
        self._say(f"{PAUSED} is paused")
        try:
            for file in REQUESTS:
                self._submit(file)
            until(lambda: len(self._open()) == len(REQUESTS), 60, "both requests are under way", every=0.5)
            docker("kill", victim.id)
            self._say("one of the two orchestrators is killed, with both requests under way")
        finally:
            docker("unpause", specialist.id)
        self._say(f"{PAUSED} goes on")
        for saga, child in self._running.items():
            self._finished(saga, child)
        docker("start", victim.id)
        until(lambda: self._project.of("orchestrator")[-1].health == "healthy", 90, "the killed one is back", every=1)
        self._say("the killed orchestrator is back")

    def stop(self) -> None:
        """Every service leaves by itself, within its grace."""
        self._project.run("stop", timeout=180)
        ended = self._project.containers(lambda each: each.service.endswith(OURS))
        expect("services that were killed", [each.service for each in ended if each.exit_code], [])
        self._say(f"{len(ended)} services have stopped by themselves, exit code 0")

    def down(self) -> None:
        """Nothing stays: containers, networks, volumes."""
        for child in self._running.values():
            child.kill()
            child.wait()
        self._project.run("down", "--volumes", "--timeout", "1", timeout=180)
        self._say("down")

    def _submit(self, file: str) -> None:
        saga = str(uuid4())
        text = (EXAMPLES / file).read_text()
        submit = self._project.creatorflow("submit", text, "--id", saga, "--timeout", str(FINISH_S), "--json")
        self._running[saga] = self._project.start(*submit)
        self._say(f"{file} is submitted as {saga}")

    def _finished(self, saga: str, child: subprocess.Popen[str]) -> None:
        try:
            out, _ = child.communicate(timeout=FINISH_S + 30)
        except subprocess.TimeoutExpired:
            raise StackFailure(f"request {saga} has not ended in {FINISH_S} s") from None
        if child.returncode:
            raise StackFailure(f"request {saga}: exit code {child.returncode}: {out[-500:]}")
        self._say(f"{saga} has succeeded")

    def _open(self) -> list[dict[str, Any]]:
        lines = self._project.run(*self._project.creatorflow("list", "--json")).splitlines()
        sagas: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [saga for saga in sagas if saga["status"] == "running"]
