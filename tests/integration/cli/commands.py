"""The command line as a person or a script starts it: a process of its own."""

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
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """stdout, one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Commands:
    """Runs `creatorflow` against one broker, in one folder."""

    broker_url: str
    folder: Path

    def run(self, *arguments: str, stdin: str = "") -> Ended:
        """Run a command to its end."""
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
        """Start a command."""
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
        """All that a command draws on a terminal of its own, to its end; `typed` has been typed already."""
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
        """A file in the commands' folder."""
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
