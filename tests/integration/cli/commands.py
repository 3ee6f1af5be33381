"""Runs the command line in its own process, as a person or a script does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import patient

COMMAND = (sys.executable, "-c", "from creatorflow.cli.app import main; main()")


@dataclass
class Ended:
    """The exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON objects of stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Commands:
    """Runs `creatorflow` against one broker, in one folder."""

    broker_url: str
    folder: Path

    def run(self, *arguments: str, stdin: str = "") -> Ended:
        """Runs a command to its end."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=patient(),
            check=False,
            env=self._env(),
            cwd=self.folder,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts a command."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._env(),
            cwd=self.folder,
        )

    def on_a_terminal(self, *arguments: str, width: int = 110, typed: str = "", **settings: str) -> str:
        """Runs a command on its own terminal, with `typed` as input; returns all that it draws."""
        ours, theirs = os.openpty()
        os.set_inheritable(theirs, True)
        os.write(ours, typed.encode())
        env = self._env() | {"TERM": "xterm-256color", "COLUMNS": str(width), "LINES": "40"} | settings
        with subprocess.Popen(
            [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=self.folder
        ) as child:
            os.close(theirs)
            drawn = _all(ours)
            child.wait(patient())
        os.close(ours)
        return drawn

    def file(self, name: str, content: Any) -> str:
        """Writes a file into the commands' folder; returns its name."""
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / name).write_text(text)
        return name

    def _env(self) -> dict[str, str]:
        return {**os.environ, "CREATORFLOW_AMQP_URL": self.broker_url, "NO_COLOR": "1"}


def _all(descriptor: int) -> str:
    drawn = b""
    try:
        while chunk := os.read(descriptor, 65536):
            drawn += chunk
    except OSError:
        pass  # the terminal's other end is closed: the command has ended
    return drawn.decode(errors="replace")
