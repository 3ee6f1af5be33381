"""The two example requests, by the command line of this machine; while both are under way a specialist hangs, and each
orchestrator is killed: one is back before the other goes, so that it is the one to end them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ops.local.docker import docker
from ops.local.paths import BIN, EXAMPLES
from ops.local.wait import until
from ops.stack.compose import Container, Project, StackFailure
from ops.stack.report import Say

FILES = ("order-management.txt", "viral-spike.txt")
PAUSED = "database-specialist"
"""Takes part in both requests: while it does nothing neither can end."""
STILL = "SELECT count(*), now() - max(updated_at) > interval '2 s' FROM saga"
"""How many there are, and whether nothing has changed for so long that what came before, traces too, has left its
process."""
FINISH_S = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that has ended, by what its client printed."""

    saga: str
    agents: frozenset[str]
    """Who worked on it, by its history."""
    lines: tuple[dict[str, Any], ...]
    """Each JSON line."""


def submit_and_hurt(project: Project, say: Say) -> list[Ended]:
    """Both requests, to their ends. Raises StackFailure, TimeoutError, Unavailable."""
    (specialist,), (stays, goes) = project.of(PAUSED), project.of("orchestrator")
    with _paused(specialist):
        say(f"{PAUSED} is paused")
        with _submitted(project) as running:
            for saga, file in zip(running, FILES, strict=True):
                say(f"{file} is submitted as {saga}")
            until(lambda: _both_wait(project, running), 60, "both requests wait for the paused one", every=0.5)
            docker("kill", goes.id)
            say("one of the two orchestrators is killed, with both requests under way")
            start(goes)
            docker("kill", stays.id)
            say("it is back, and the other one is killed")
            docker("unpause", specialist.id)
            say(f"{PAUSED} goes on")
            ended = [_ended(saga, child) for saga, child in running.items()]
    say(f"{len(ended)} requests have succeeded, on the orchestrator that was killed first")
    start(stays)
    say("the other one is back")
    return ended


def start(one: Container) -> None:
    """Start a container of ours that has stopped, and wait until it takes work. Raises TimeoutError, Unavailable."""
    docker("start", one.id)
    until(lambda: _is_ready(one), 60, f"the {one.service} is ready again", every=0.5)


def _is_ready(one: Container) -> bool:
    """As its health check asks, which does so every ten seconds only."""
    ask = ["docker", "exec", one.id, "python", "-I", "-m", "creatorflow.health", "ready"]
    return not subprocess.run(ask, capture_output=True, timeout=30, check=False).returncode


@contextmanager
def _paused(one: Container) -> Iterator[None]:
    docker("pause", one.id)
    try:
        yield
    finally:
        if docker("inspect", "--format", "{{.State.Paused}}", one.id) == "true":
            docker("unpause", one.id)


@contextmanager
def _submitted(project: Project) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Each request's id, and the command that waits for its result."""
    running: dict[str, subprocess.Popen[str]] = {}
    try:
        for file in FILES:
            saga = str(uuid4())
            told = (f"@{EXAMPLES / file}", "--id", saga, "--timeout", str(FINISH_S), "--json")
            running[saga] = subprocess.Popen(
                [str(BIN / "creatorflow"), "submit", *told],
                env=client_environment(project),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        yield running
    finally:
        for child in running.values():
            child.kill()
            child.wait()


def client_environment(project: Project) -> dict[str, str]:
    """What the command line of this machine is told, to use the project as `client`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CREATORFLOW_", "OTEL_"))}
    port = project.environment
    return {
        **kept,
        "CREATORFLOW_AMQP_URL": client_url(project),
        "CREATORFLOW_TRACE_URL": f"http://127.0.0.1:{port['JAEGER_PORT']}/trace/{{trace_id}}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port['OTLP_PORT']}",
        "OTEL_RESOURCE_ATTRIBUTES": "host.id=compose,ip=127.0.0.1",  # as the containers: one clock
        "NO_PROXY": "127.0.0.1",
    }


def client_url(project: Project) -> str:
    """The broker's address for clients on this machine."""
    told = ("exec", "--no-TTY", "--index", "1", "orchestrator", "cat", "/run/client/amqp-password")
    return f"amqp://client:{project.run(*told).strip()}@127.0.0.1:{project.environment['AMQP_PORT']}/"


def _both_wait(project: Project, running: dict[str, subprocess.Popen[str]]) -> bool:
    """Both are open, and for a while nothing has changed: all else is done."""
    for saga, child in running.items():
        if child.poll() is not None:
            raise StackFailure(f"request {saga} is not waited for any more: {_said(child)}")
    return project.sql(STILL) == f"{len(FILES)}|t" and project.sql("SELECT count(*) FROM outbox") == "0"


def _said(child: subprocess.Popen[str]) -> str:
    """The end of what a command that has ended printed."""
    return f"exit code {child.returncode}: {child.communicate()[0].strip()[-500:]}"


def _ended(saga: str, child: subprocess.Popen[str]) -> Ended:
    try:
        out, _ = child.communicate(timeout=FINISH_S + 30)
    except subprocess.TimeoutExpired:
        raise StackFailure(f"request {saga} has not ended in {FINISH_S} s") from None
    if child.returncode:
        raise StackFailure(f"request {saga}: exit code {child.returncode}: {out.strip()[-500:]}")
    lines: tuple[dict[str, Any], ...] = tuple(json.loads(line) for line in out.splitlines())
    return Ended(saga, workers(lines), lines)


def workers(lines: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Whose work has succeeded, by the lines that `submit --json` prints."""
    events = (event for line in lines for event in line.get("events", ()))
    return frozenset(event["agent"] for event in events if event["event"] == "step_succeeded")
