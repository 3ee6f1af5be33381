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
LONG_RUNNING_AGENTS = (sys.executable, "-m", "tests.system.long_running_agents")
COMMAND = (sys.executable, "-c", "from creatorflow.cli.app import main; main()")
SPECIALISTS = (sys.executable, "-m", "creatorflow_specialists", "all")
ROOT = Path(__file__).parents[2]
SILENCE_S = 5.0
"""Seconds without a heartbeat until a claim is void: ten times the agents' interval, for busy machines."""
ORCHESTRATOR_FAULTS = (
    "plan_mid:kill",
    "after_commit:kill:1",
    "after_commit:kill:3",
    "after_publish:kill:1",
    "after_publish:kill:2",
    "before_ack:kill:1",
    "before_ack:kill:3",
)
"""Fault points at which an orchestrator is killed: around planning, commit, publish and acknowledgement."""


@dataclass
class Process:
    """A child process of the test with its log file."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path

    def wait_for_end(self) -> int:
        """Waits for its end; returns its exit code (negative: the signal)."""
        until(lambda: self.child.poll() is not None, f"the end of {self.name} ({self.tail()})")
        return self.child.returncode

    def wait_for_log(self, text: str) -> None:
        """Waits until its log contains the text. Raises `AssertionError` if the process ends before."""
        until(lambda: self._has(text), f"{text!r} in the log of {self.name} ({self.tail()})")

    def _has(self, text: str) -> bool:
        return text in self.log.read_text(errors="replace") or self._ended()

    def _ended(self) -> bool:
        if self.child.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.child.returncode}: {self.tail()}")
        return False

    def tail(self) -> str:
        """The last 1500 characters of its log."""
        return self.log.read_text(errors="replace")[-1500:]

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal, if the process runs, and waits for its end."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        self.child.wait(patient())


@dataclass
class System:
    """Starts processes on one virtual host and one store; all files are in `folder`."""

    broker_url: str
    folder: Path
    store_url: str | None = None
    processes: list[Process] = field(default_factory=list)

    def orchestrator(self, fault: str = "", **settings: str) -> Process:
        """Starts an orchestrator and waits until it runs; claims are valid for `SILENCE_S` without a heartbeat."""
        process = self.start_orchestrator(fault, **settings)
        process.wait_for_log("orchestrator_started")
        return process

    def start_orchestrator(self, fault: str = "", **settings: str) -> Process:
        """Starts an orchestrator without waiting for it."""
        store = self.store_url or f"sqlite:///{self.database}"
        silence = f"{patient(SILENCE_S):g}"
        more = {"CREATORFLOW_STORE_URL": store, "CREATORFLOW_SILENCE_S": silence, "CREATORFLOW_FAULT": fault}
        return self.start("orchestrator", ORCHESTRATOR, more | settings)

    def agents(self, *names: str, fault: str = "", work_s: float = 0.05, claim_after_s: float = 0.5) -> Process:
        """Starts a process of agents with these names."""
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
        process.wait_for_log("agents_ready")
        return process

    def own_agents(self, file: Path) -> Process:
        """Starts the agents of a file with `creatorflow agent run`."""
        process = self.start("agents", (*COMMAND, "agent", "run", str(file)), {})
        process.wait_for_log("agents_ready")
        return process

    def specialists(self) -> Process:
        """Starts all real specialists in one process."""
        process = self.start("specialists", SPECIALISTS, {})
        process.wait_for_log("agents_ready")
        return process

    def long_running_agents(self, *names: str, spool: bool = True, **settings: str | float) -> Process:
        """Starts a process of `long_running_agents` with these names and settings."""
        env = {"AGENTS": ",".join(names), "LOG": str(self.run_log)} | {
            key: str(value) for key, value in settings.items()
        }
        folder = self.folder / "spool"
        folder.mkdir(exist_ok=True)
        process = self.start(
            "agents", LONG_RUNNING_AGENTS, env | ({"CREATORFLOW_STATE_DIR": str(folder)} if spool else {})
        )
        process.wait_for_log("agents_ready")
        return process

    @property
    def run_log(self) -> Path:
        """The file in which the long-running agents record their runs."""
        return self.folder / "words"

    def run_times(self, event: str) -> dict[str, list[float]]:
        """The times of an event (`begun`, `ended`, `stopped`) in the runs of long-running agents, by step."""
        times: dict[str, list[float]] = {}
        for line in self.run_log.read_text().splitlines() if self.run_log.exists() else ():
            recorded, step, _, time = line.split()
            if recorded == event:
                times.setdefault(step, []).append(float(time))
        return times

    @property
    def database(self) -> Path:
        """The SQLite store."""
        return self.folder / "orchestrator.db"

    @property
    def runs(self) -> Path:
        """The file in which the agents record their runs."""
        return self.folder / "runs"

    def run_counts(self) -> Counter[str]:
        """The number of runs that agents have begun, by step."""
        if not self.runs.exists():
            return Counter()
        return Counter(line.split()[1] for line in self.runs.read_text().splitlines())

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """Runs a query on the store; returns every value as text or None. Blocks; not for a running event loop."""
        if self.store_url is None:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
                rows: Sequence[Sequence[Any]] = connection.execute(sql).fetchall()
        else:
            rows = asyncio.run(_fetched(self.store_url, sql))
        return [tuple(None if value is None else str(value) for value in row) for row in rows]

    def rows(self, table: str) -> int:
        """The number of rows of a table of the SQLite store."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names

    def stop(self) -> None:
        """Kills the processes that still run."""
        for process in self.processes:
            process.end()

    def start(self, name: str, command: tuple[str, ...], settings: Mapping[str, str]) -> Process:
        """Starts a process on this broker with these settings, without the empty ones."""
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
        rows: Sequence[Sequence[Any]] = await connection.fetch(sql)
        return rows
    finally:
        await connection.close()
