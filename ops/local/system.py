"""Starts and stops the whole system on one machine without containers: broker, orchestrator, specialists."""

from __future__ import annotations

import asyncio
import fcntl
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from creatorflow.bus import Bus
from creatorflow_contracts.topology import SUBMIT_QUEUE

from ops.local import paths
from ops.local.broker import Broker
from ops.local.broker.kept import KeptBroker
from ops.local.broker.users import ServiceUsers
from ops.local.console import Unavailable, say
from ops.local.services import Processes, Service, all_services

READY_SECONDS = 300.0


class NotReady(Exception):
    """A service ended at once or did not become ready; the text names it, with the last line of its log."""


@contextmanager
def alone() -> Iterator[None]:
    """Allow one of up, down and demo at a time in a clone.

    Raises:
        NotReady: another one is running.
    """
    paths.LOCAL.mkdir(parents=True, exist_ok=True)
    with (paths.LOCAL / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady("another make up, down or demo is running in this clone: wait for it to end") from None
        yield


@dataclass(frozen=True, slots=True)
class Stopped:
    """The services that `down` stopped; `broker` is true if it removed the broker too."""

    services: tuple[str, ...]
    broker: bool

    def lines(self, folder: Path) -> Iterator[str]:
        """The report in lines; logs and results are in `folder`."""
        if not self.services and not self.broker:
            yield "nothing was running"
            return
        yield f"stopped {', '.join(self.services) or 'no service: none was running'}"
        if self.broker:
            yield "stopped RabbitMQ; its messages and all stored requests are removed"
        else:
            yield "the broker of CREATORFLOW_AMQP_URL goes on, and the stored requests are kept for the next make up"
        yield f"logs and results stay in {folder}"


@dataclass(frozen=True)
class System:
    """The system of this clone. Its state is on disk, so that any later command finds it."""

    state: Path = paths.STATE
    logs: Path = paths.LOGS
    env_file: Path = paths.ENV_FILE
    services: tuple[Service, ...] = field(default_factory=lambda: all_services(SUBMIT_QUEUE))

    @property
    def processes(self) -> Processes:
        """The processes of the services."""
        return Processes(self.state, self.logs)

    @property
    def broker(self) -> KeptBroker:
        """The record of the broker."""
        return KeptBroker(self.state, self.logs)

    @property
    def users(self) -> ServiceUsers:
        """The broker users of the services."""
        return ServiceUsers(self.state / "users.json")

    def anything_runs(self) -> bool:
        """True if the process of any service is running."""
        return any(self.processes.runs(name) for name in self.processes.started())

    def up(self) -> Broker:
        """Start what is not running, and wait until every service is ready.

        Raises:
            Refused: no broker is available.
            NotReady: a service ended, or is not ready in time, or the broker refuses the users of the services.
        """
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        broker = self.broker.obtain()
        try:
            self.users.load_into(broker)
        except Unavailable as failure:
            raise NotReady(f"the broker refuses the users of the services: {failure}") from failure
        version = ".".join(map(str, broker.version))
        web = f", management at {broker.management.base}" if broker.management else ""
        say(f"up: RabbitMQ {version} ({broker.way}){web}")
        self._write_env(broker.url)
        started = [service.name for service in self.services if self.start(service, broker.url)]
        self.wait_until_ready(broker.url)
        say(f"up: just started: {', '.join(started) or 'nothing, all of it ran'}")
        say(f"up: the orchestrator and {len(self.services) - 1} agents take work; logs in {self.logs}")
        return broker

    def start(self, service: Service, url: str) -> bool:
        """Start one service unless it is running; returns True if it was started."""
        return self.processes.start(service, {"CREATORFLOW_AMQP_URL": self.users.url(service.name, url)})

    def service(self, name: str) -> Service:
        """The service of that name."""
        return next(service for service in self.services if service.name == name)

    def wait_until_ready(self, url: str, seconds: float = READY_SECONDS) -> None:
        """Return when every service is running and consumes its queue.

        Raises:
            NotReady: a service ended, or does not consume its queue within `seconds`.
        """
        asyncio.run(self._until_ready(url, seconds))

    async def _until_ready(self, url: str, seconds: float) -> None:
        waiting = list(self.services)
        deadline = time.monotonic() + seconds
        async with Bus.connect(url, name="creatorflow-local") as bus:
            while waiting:
                self._check_alive()
                waiting = [service for service in waiting if not await bus.consumer_count(service.queue)]
                if waiting and time.monotonic() > deadline:
                    names = ", ".join(service.name for service in waiting)
                    raise NotReady(f"not ready within {seconds:g} s: {names}")
                await asyncio.sleep(0.2 if waiting else 0)

    def _check_alive(self) -> None:
        for service in self.services:
            if not self.processes.runs(service.name):
                last = self.processes.last_line(service.name)
                raise NotReady(f"{service.name} ended: {last} (log: {self.processes.log(service.name)})")

    def down(self) -> Stopped:
        """Stop everything. Broker and stored state are removed together; if the broker is not ours, both are kept."""
        names = self.processes.started()
        stopped = Stopped(tuple(filter(self.processes.runs, names)), broker=self.broker.is_ours())
        self.processes.stop_all(names)
        self.broker.remove()
        self.env_file.unlink(missing_ok=True)
        shutil.rmtree(self.state if stopped.broker else self.state / "run", ignore_errors=True)
        return stopped

    def _write_env(self, url: str) -> None:
        self.env_file.touch(mode=0o600)
        self.env_file.write_text(f"export CREATORFLOW_AMQP_URL={shlex.quote(url)}\n")
