"""The system as real processes, for tests that kill them: an orchestrator and a process of agents on one broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from tests.waiting import patient, until

ORCHESTRATOR = (sys.executable, "-m", "creatorflow_orchestrator", "serve")
AGENTS = (sys.executable, "-m", "tests.system.agents_under_test")
LONG_AGENTS = (sys.executable, "-m", "tests.system.long_agents")
COMMAND = (sys.executable, "-c", "from creatorflow.cli.app import main; main()")
SPECIALISTS = (sys.executable, "-m", "creatorflow_specialists", "all")
ROOT = Path(__file__).parents[2]
SILENCE_S = 5.0
"""So long a claim is believed without a word of it, ten times what the agents let pass, for machines that are busy."""
ORCHESTRATOR_FAULTS = (
    "plan_mid:kill",
    "after_commit:kill:1",
    "after_commit:kill:3",
    "after_publish:kill:1",
    "after_publish:kill:2",
    "before_ack:kill:1",
    "before_ack:kill:3",
)
"""Where an orchestrator is killed: between planning, commit, publish and acknowledgement, the first time or later."""


@dataclass
class Process:
    """A child of the test; its log is a file."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path

    def died(self) -> int:
        """Wait for its end; its exit code (negative: the signal)."""
        until(lambda: self.child.poll() is not None, f"the end of {self.name} ({self.tail()})")
        return self.child.returncode

    def said(self, text: str) -> None:
        """Wait until its log has the text."""
        until(lambda: self._has(text), f"{text!r} in the log of {self.name} ({self.tail()})")

    def _has(self, text: str) -> bool:
        return text in self.log.read_text(errors="replace") or self._ended()

    def _ended(self) -> bool:
        if self.child.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.child.returncode}: {self.tail()}")
        return False

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-1500:]

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal it, if it lives, and wait for it."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        self.child.wait(patient())


@dataclass
class System:
    """Starts processes on one virtual host and one store; everything is in `folder`."""

    broker_url: str
    folder: Path
    store_url: str | None = None
    processes: list[Process] = field(default_factory=list)

    def orchestrator(self, fault: str = "", **settings: str) -> Process:
        """Start an orchestrator and wait until it has; claims are believed for `SILENCE_S` of silence."""
        process = self.start_orchestrator(fault, **settings)
        process.said("orchestrator_started")
        return process

    def start_orchestrator(self, fault: str = "", **settings: str) -> Process:
        """Start an orchestrator and do not wait for it."""
        store = self.store_url or f"sqlite:///{self.database}"
        silence = f"{patient(SILENCE_S):g}"
        more = {"CREATORFLOW_STORE_URL": store, "CREATORFLOW_SILENCE_S": silence, "CREATORFLOW_FAULT": fault}
        return self.start("orchestrator", ORCHESTRATOR, more | settings)

    def agents(self, *names: str, fault: str = "", work_s: float = 0.05, claim_after_s: float = 0.5) -> Process:
        """Start a process of agents of these names."""
        settings = {
            "AGENTS": ",".join(names),
            "RUNS": str(self.runs),
            "WORK_S": str(work_s),
            "CLAIM_AFTER_S": str(claim_after_s),
            "CREATORFLOW_FAULT": fault,
        }
        spool = self.folder / "spool"
        spool.mkdir(exist_ok=True)
        process = self.start("agents", AGENTS, settings | {"CREATORFLOW_STATE_DIR": str(spool)})
        process.said("agents_ready")
        return process

    def own_agents(self, file: Path) -> Process:
        """Start the agents of a file, as their author would."""
        process = self.start("agents", (*COMMAND, "agent", "run", str(file)), {})
        process.said("agents_ready")
        return process

    def specialists(self) -> Process:
        """Start all specialists as they are, in one process."""
        process = self.start("specialists", SPECIALISTS, {})
        process.said("agents_ready")
        return process

    def long_agents(self, *names: str, spool: bool = True, **settings: str | float) -> Process:
        """Start a process of agents of these names that work for long; `settings` are those of `long_agents`."""
        reported = {"AGENTS": ",".join(names), "LOG": str(self.words)} | {
            key: str(each) for key, each in settings.items()
        }
        folder = self.folder / "spool"
        folder.mkdir(exist_ok=True)
        process = self.start(
            "agents", LONG_AGENTS, reported | ({"CREATORFLOW_STATE_DIR": str(folder)} if spool else {})
        )
        process.said("agents_ready")
        return process

    @property
    def words(self) -> Path:
        """What the long agents wrote down."""
        return self.folder / "words"

    def said(self, word: str) -> dict[str, list[float]]:
        """Step to the moments at which its agents said that: begun, ended, stopped."""
        moments: dict[str, list[float]] = {}
        for line in self.words.read_text().splitlines() if self.words.exists() else ():
            what, step, _, at = line.split()
            if what == word:
                moments.setdefault(step, []).append(float(at))
        return moments

    @property
    def database(self) -> Path:
        """The SQLite store."""
        return self.folder / "orchestrator.db"

    @property
    def runs(self) -> Path:
        """What the agents wrote down."""
        return self.folder / "runs"

    def run_counts(self) -> Counter[str]:
        """Step to how often an agent has begun to work on it."""
        if not self.runs.exists():
            return Counter()
        return Counter(line.split()[1] for line in self.runs.read_text().splitlines())

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """What the store answers, every value as text or None. Blocks; not for a running event loop."""
        if self.store_url is None:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
                found: Sequence[Sequence[Any]] = connection.execute(sql).fetchall()
        else:
            found = asyncio.run(_fetched(self.store_url, sql))
        return [tuple(None if each is None else str(each) for each in row) for row in found]

    def rows(self, table: str) -> int:
        """How many rows a table of the SQLite store has."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names

    def stop(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            process.end()

    def start(self, name: str, command: tuple[str, ...], settings: Mapping[str, str]) -> Process:
        """Start any process on this broker, with these settings where they are not empty."""
        log = self.folder / f"{name}-{len(self.processes)}.log"
        env = {**os.environ, "CREATORFLOW_AMQP_URL": self.broker_url, **{k: v for k, v in settings.items() if v}}
        with log.open("wb") as out:
            child = subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        process = Process(name, child, log)
        self.processes.append(process)
        return process


async def _fetched(url: str, sql: str) -> Sequence[Sequence[Any]]:
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1), timeout=patient())
    try:
        found: Sequence[Sequence[Any]] = await connection.fetch(sql)
        return found
    finally:
        await connection.close()
