"""A project of `docker compose`: compose.yaml under a name of its own, on ports that are free."""

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
"""The first time images are pulled and built."""


class StackFailure(Exception):
    """Something was not as it must be; the text says what."""


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
    """The containers of one project. `environment` holds its ports and numbers, `files` what it is made of."""

    name: str
    environment: dict[str, str]
    files: tuple[str, ...]

    @classmethod
    def new(cls, name: str, *added: str) -> Project:
        """On ports that are free now; those that the environment names stay. `added` are files besides its first."""
        ports = {port: os.environ.get(port) or str(free_port()) for port in PORTS}
        return cls(name, {**ports, "ORCHESTRATORS": "2"}, ("compose.yaml", *added))

    def command(self, *arguments: str) -> list[str]:
        """The whole command line."""
        files = (word for file in self.files for word in ("--file", str(ROOT / file)))
        return ["docker", "compose", "--project-name", self.name, *files, *arguments]

    @property
    def base(self) -> Project:
        """The same project without what other files add to it."""
        return replace(self, files=self.files[:1])

    def run(self, *arguments: str, timeout: float = 120.0) -> str:
        """What the command printed. Raises StackFailure, with the end of what it complained of."""
        done = self.attempt(*arguments, timeout=timeout)
        if done.returncode:
            raise StackFailure(f"docker compose {' '.join(arguments[:3])}: {_end(done.stdout + done.stderr)}")
        return done.stdout

    def attempt(self, *arguments: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """The command, done, whether it failed or not. Raises StackFailure when it does not end in time."""
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
        """See that every image that is not built here is here, or can be pulled. Raises Unavailable."""
        named = self.run("config", "--images").split() + [os.environ.get(name) or BASES[name] for name in BASES]
        for image in sorted({name for name in named if not name.startswith(OURS)}):
            need_image(image, "stack")

    @property
    def env(self) -> dict[str, str]:
        """The environment of its commands."""
        return {**os.environ, **self.environment}

    def containers(self, keep: Callable[[Container], bool] = lambda _: True) -> list[Container]:
        """Those that are there, in the order of their services and numbers."""
        lines = self.run("ps", "--all", "--format", "json").splitlines()
        told = [each for line in lines for each in _listed(json.loads(line))]
        told.sort(key=lambda each: (each["Service"], each["Name"]))
        found = (Container(t["ID"], t["Service"], t["State"], t["Health"], int(t["ExitCode"])) for t in told)
        return [each for each in found if keep(each)]

    def of(self, service: str) -> list[Container]:
        """The containers of a service."""
        return self.containers(lambda each: each.service == service)

    def creatorflow(self, *arguments: str) -> tuple[str, ...]:
        """The arguments by which the command line runs beside the first orchestrator."""
        return ("exec", "--no-TTY", "--index", "1", "orchestrator", "creatorflow", *arguments)

    def sql(self, statement: str) -> str:
        """What the database answers, one row a line."""
        arguments = ("exec", "--no-TTY", "postgres", "psql", "-U", "creatorflow", "-tA", "-c", statement)
        return self.run(*arguments).strip()


def need_compose() -> None:
    """Raises Unavailable where there is no engine, or no compose."""
    docker("info", "--format", "{{.ServerVersion}}", timeout=10)
    docker("compose", "version", timeout=10)


def _listed(told: Any) -> list[dict[str, str]]:
    """Some versions print one object a line, others one list."""
    return told if isinstance(told, list) else [told]


def _end(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-3:]) or "failed"
