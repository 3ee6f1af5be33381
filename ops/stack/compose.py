"""A project of `docker compose`: compose.yaml under its own name, on free ports."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ops.local.docker import docker, need_image
from ops.local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("AMQP_PORT", "RABBITMQ_WEB_PORT", "POSTGRES_PORT", "JAEGER_PORT", "OTLP_PORT", "PROMETHEUS_PORT")
BASES = {"PYTHON_IMAGE": "python:3.13-slim", "UV_IMAGE": "ghcr.io/astral-sh/uv:0.13"}
OURS = "creatorflow/"
UP_S = 900.0
"""Seconds; at the first start, images are pulled and built."""


class StackFailure(Exception):
    """A check failed; the text names it."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a service."""

    id: str
    service: str
    state: str
    health: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Project:
    """One project. `environment` has its ports and the number of orchestrators, `files` are its compose files."""

    name: str
    environment: dict[str, str]
    files: tuple[str, ...]

    @classmethod
    def new(cls, name: str, *added: str) -> Project:
        """Make a project on free ports; those set in the environment are kept. `added` are further compose files."""
        ports = {port: os.environ.get(port) or str(free_port()) for port in PORTS}
        return cls(name, {**ports, "ORCHESTRATORS": "2"}, ("compose.yaml", *added))

    def command(self, *arguments: str) -> list[str]:
        """The whole command line of `docker compose ARGUMENTS`."""
        files = (argument for file in self.files for argument in ("--file", str(ROOT / file)))
        return ["docker", "compose", "--project-name", self.name, *files, *arguments]

    @property
    def base(self) -> Project:
        """The same project without the added files."""
        return replace(self, files=self.files[:1])

    def run(self, *arguments: str, timeout: float = 120.0) -> str:
        """Run a command, return its output. Raises StackFailure with the end of its output if it fails."""
        done = self.attempt(*arguments, timeout=timeout)
        if done.returncode:
            raise StackFailure(f"docker compose {' '.join(arguments[:3])}: {_end(done.stdout + done.stderr)}")
        return done.stdout

    def attempt(self, *arguments: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run a command, which may fail. Raises StackFailure if it does not end in time."""
        try:
            return subprocess.run(
                self.command(*arguments),
                env=self.env,
                capture_output=True,
                text=True,
                timeout=timeout,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StackFailure(f"docker compose {arguments[0]} gave no answer in {timeout:g} s") from None

    def need_images(self) -> None:
        """Pull the images that are not built here, unless they exist. Raises Unavailable."""
        named = self.run("config", "--images").split() + [os.environ.get(name) or BASES[name] for name in BASES]
        for image in sorted({name for name in named if not name.startswith(OURS)}):
            need_image(image, "stack")

    @property
    def env(self) -> dict[str, str]:
        """The environment of the project's commands."""
        return {**os.environ, **self.environment}

    def containers(self, keep: Callable[[Container], bool] = lambda _: True) -> list[Container]:
        """The existing containers, in the order of their services and numbers."""
        lines = self.run("ps", "--all", "--format", "json").splitlines()
        rows = [row for line in lines for row in _rows(json.loads(line))]
        rows.sort(key=lambda row: (row["Service"], row["Name"]))
        containers = (
            Container(row["ID"], row["Service"], row["State"], row["Health"], int(row["ExitCode"])) for row in rows
        )
        return [container for container in containers if keep(container)]

    def of(self, service: str) -> list[Container]:
        """The containers of a service."""
        return self.containers(lambda container: container.service == service)

    def creatorflow(self, *arguments: str) -> tuple[str, ...]:
        """The arguments that run the command line in the container of the first orchestrator."""
        return ("exec", "--no-TTY", "--index", "1", "orchestrator", "creatorflow", *arguments)

    def sql(self, statement: str) -> str:
        """Run a statement in the database; returns one line per row."""
        arguments = ("exec", "--no-TTY", "postgres", "psql", "-U", "creatorflow", "-tA", "-c", statement)
        return self.run(*arguments).strip()


def need_compose() -> None:
    """Check that there is a Docker engine with compose. Raises Unavailable."""
    docker("info", "--format", "{{.ServerVersion}}", timeout=10)
    docker("compose", "version", timeout=10)


def _rows(output: Any) -> list[dict[str, str]]:
    """The objects in a line of output: some versions print one object per line, others one list."""
    return output if isinstance(output, list) else [output]


def _end(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-3:]) or "failed"
