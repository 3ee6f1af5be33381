"""Submits the two example requests by this machine's command line. While both are open, a specialist is paused and both
orchestrators are killed: the first is back before the second goes, so that it completes the requests."""

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
"""A specialist that works on both requests: while it is paused, neither can end."""
STILL = "SELECT count(*), now() - max(updated_at) > interval '2 s' FROM saga"
"""The number of requests, and true if none has changed for so long that all earlier messages and traces are sent."""
FINISH_S = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that has ended, by what its client printed."""

    saga: str
    agents: frozenset[str]
    """The agents that worked on it, by its history."""
    lines: tuple[dict[str, Any], ...]
    """The JSON lines."""


def submit_under_failures(project: Project, say: Say) -> list[Ended]:
    """Run both requests to their ends. Raises StackFailure, TimeoutError, Unavailable."""
    (specialist,), (stays, goes) = project.of(PAUSED), project.of("orchestrator")
    with _paused(specialist):
        say(f"{PAUSED} is paused")
        with _submitted(project) as running:
            for saga, file in zip(running, FILES, strict=True):
                say(f"{file} is submitted as {saga}")
            until(lambda: _both_wait(project, running), 60, "both requests wait for the paused specialist", every=0.5)
            docker("kill", goes.id)
            say("one of the two orchestrators is killed, with both requests open")
            start(goes)
            docker("kill", stays.id)
            say("it is back, and the other one is killed")
            docker("unpause", specialist.id)
            say(f"{PAUSED} is resumed")
            ended = [_ended(saga, child) for saga, child in running.items()]
    say(f"{len(ended)} requests have succeeded, on the orchestrator that was killed first")
    start(stays)
    say("the other one is back")
    return ended


def start(container: Container) -> None:
    """Start a stopped container of a service, and wait until it is ready. Raises TimeoutError, Unavailable."""
    docker("start", container.id)
    until(lambda: _is_ready(container), 60, f"the {container.service} is ready again", every=0.5)


def _is_ready(container: Container) -> bool:
    """Run the container's health check, which itself runs every ten seconds only."""
    ask = ["docker", "exec", container.id, "python", "-I", "-m", "creatorflow.health", "ready"]
    return not subprocess.run(ask, capture_output=True, timeout=30, check=False).returncode


@contextmanager
def _paused(container: Container) -> Iterator[None]:
    docker("pause", container.id)
    try:
        yield
    finally:
        if docker("inspect", "--format", "{{.State.Paused}}", container.id) == "true":
            docker("unpause", container.id)


@contextmanager
def _submitted(project: Project) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Submit both requests; yields request ids with the commands that wait for the results."""
    running: dict[str, subprocess.Popen[str]] = {}
    try:
        for file in FILES:
            saga = str(uuid4())
            arguments = (f"@{EXAMPLES / file}", "--id", saga, "--timeout", str(FINISH_S), "--json")
            running[saga] = subprocess.Popen(
                [str(BIN / "creatorflow"), "submit", *arguments],
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
    """The environment in which this machine's command line uses the project as the broker user `client`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CREATORFLOW_", "OTEL_"))}
    port = project.environment
    return {
        **kept,
        "CREATORFLOW_AMQP_URL": client_url(project),
        "CREATORFLOW_TRACE_URL": f"http://127.0.0.1:{port['JAEGER_PORT']}/trace/{{trace_id}}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port['OTLP_PORT']}",
        "OTEL_RESOURCE_ATTRIBUTES": "host.id=compose,ip=127.0.0.1",  # as in the containers: one clock
        "NO_PROXY": "127.0.0.1",
    }


def client_url(project: Project) -> str:
    """The broker's address for clients on this machine."""
    read_password = ("exec", "--no-TTY", "--index", "1", "orchestrator", "cat", "/run/client/amqp-password")
    return f"amqp://client:{project.run(*read_password).strip()}@127.0.0.1:{project.environment['AMQP_PORT']}/"


def _both_wait(project: Project, running: dict[str, subprocess.Popen[str]]) -> bool:
    """True if both requests are open and have not changed for a while: all other work is done."""
    for saga, child in running.items():
        if child.poll() is not None:
            raise StackFailure(f"the client of request {saga} has ended: {_output_end(child)}")
    return project.sql(STILL) == f"{len(FILES)}|t" and project.sql("SELECT count(*) FROM outbox") == "0"


def _output_end(child: subprocess.Popen[str]) -> str:
    """The exit code of a command that has ended, and the end of its output."""
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
    """The agents whose steps have succeeded, by the lines that `submit --json` prints."""
    events = (event for line in lines for event in line.get("events", ()))
    return frozenset(event["agent"] for event in events if event["event"] == "step_succeeded")
