"""The PostgreSQL of the tests: given by URL, a container, or a server of this machine or from apt; in this order."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import asyncpg

from ops.local import apt, processes
from ops.local.console import Refused, Unavailable, say
from ops.local.docker import docker, need_image
from ops.local.ports import LOOPBACK, free_port
from ops.local.processes import Mark
from tests.servers.containers import publish, use_reaper_if_available
from tests.waiting import patient, until

IMAGE = "postgres:17"
INSTALLED = Path("/usr/lib/postgresql")
LOG = Path(__file__).resolve().parents[2] / ".local" / "logs" / "apt.log"
NONE = (
    "PostgreSQL: none is available: set CREATORFLOW_STORE_URL=postgresql+asyncpg://user:password@host/database (a user "
    "that may create databases), or start a Docker engine, or install postgresql (Debian: apt-get install postgresql)"
)
# tests do not include a crash of the machine; a crash of the server loses nothing without these
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off")


class PostgresNode(Protocol):
    """A server that tests may stop."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server: `url` is SQLAlchemy's, with the asyncpg driver; `node` is None when it was given by URL."""

    way: str
    url: str
    node: PostgresNode | None

    def new_database(self) -> str:
        """Creates an empty database; returns its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self._run(f'CREATE DATABASE "{name}"')
        return f"{self.url.rpartition('/')[0]}/{name}"

    def drop_database(self, url: str) -> None:
        """Drops the database of `url` and closes its connections."""
        self._run(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def start(self) -> None:
        """Starts the server again after `node.stop` or `node.kill`, and waits until it accepts logins."""
        if self.node is not None:
            self.node.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Waits until the server accepts logins.

        Raises:
            Unavailable: it does not in time.
        """

        def answers() -> bool:
            try:
                self._run("SELECT 1")
            except (OSError, asyncpg.PostgresError, TimeoutError):
                return False
            return True

        try:
            until(answers, "a login to PostgreSQL", every=0.1)
        except TimeoutError as failure:
            raise Unavailable("started, but accepted no login in time") from failure

    def _run(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url.replace("+asyncpg", "", 1), timeout=patient())
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:  # the test may run an event loop
            thread.submit(asyncio.run, run()).result()


def by_url(url: str | None) -> Postgres:
    """Returns the server of CREATORFLOW_STORE_URL, if its user may create databases.

    Raises:
        Unavailable: no PostgreSQL URL, no login, or no such right.
    """
    if not url or not url.startswith("postgresql"):
        raise Unavailable("CREATORFLOW_STORE_URL names no PostgreSQL")
    plain = "postgresql+asyncpg://" + url.partition("://")[2]
    server = Postgres("url", plain, None)
    try:
        server.drop_database(server.new_database())
    except (OSError, asyncpg.PostgresError, TimeoutError) as failure:
        raise Unavailable(f"no database of the tests' own could be made ({type(failure).__name__})") from failure
    return server


@dataclass(frozen=True, slots=True)
class PostgresContainerNode:
    """A container, named by its id."""

    name: str

    def start(self) -> None:
        docker("start", self.name)

    def stop(self) -> None:
        docker("stop", self.name)

    def kill(self) -> None:
        docker("kill", self.name)


def by_testcontainers(cleanup: ExitStack) -> Postgres:
    """Starts a container, on a port that outlives a restart.

    Raises:
        Unavailable: no engine, no image, or it does not answer.
    """
    need_image(IMAGE, "PostgreSQL")
    from testcontainers.community.postgres import PostgresContainer  # only where there is Docker

    use_reaper_if_available()
    password = secrets.token_hex(12)
    container = PostgresContainer(IMAGE, username="creatorflow", password=password, dbname="creatorflow")
    container.with_command(" ".join(("postgres", *FAST)))
    port = publish(container, 5432)
    try:
        container.start()
    except Exception as failure:  # the engine's client raises many: the next way is tried
        container.stop()
        raise Unavailable(f"{type(failure).__name__}: {failure}") from failure
    cleanup.callback(container.stop)
    url = f"postgresql+asyncpg://creatorflow:{password}@{container.get_container_host_ip()}:{port}/creatorflow"
    server = Postgres("docker", url, PostgresContainerNode(container.get_wrapped_container().id))
    server.wait_until_ready()
    return server


def find_programs(installed: Path = INSTALLED) -> Path | None:
    """Returns the folder of the newest installed server's programs, or None."""
    found = [path.parent for path in installed.glob("*/bin/postgres")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def unprivileged_user() -> str | None:
    """Returns the user to run PostgreSQL as, which refuses to run as root; None if this process is not root."""
    if os.geteuid():
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass
class PostgresProcess:
    """A server of this machine, with its data in `folder` and its port on the loopback."""

    programs: Path
    folder: Path
    port: int
    password: str
    mark: Mark | None = None

    def make(self) -> None:
        """Creates the data folder with initdb.

        Raises:
            Unavailable: it failed, with the last line of its output.
        """
        user = unprivileged_user()
        secret = self.folder / "password"
        secret.write_text(self.password)
        if user:
            for path in (self.folder, secret):
                shutil.chown(path, user)
        done = subprocess.run(
            [
                *(str(self.programs / "initdb"), "--pgdata", str(self.folder / "data"), "--username", "creatorflow"),
                *(
                    "--auth",
                    "scram-sha-256",
                    "--pwfile",
                    str(secret),
                    "--encoding",
                    "UTF8",
                    "--locale",
                    "C",
                    "--no-sync",
                ),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            user=user,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"initdb: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")

    def start(self) -> None:
        where = ("-c", f"listen_addresses={LOOPBACK}", "-c", f"unix_socket_directories={self.folder}")
        self.mark = processes.start(
            [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), *where, *FAST],
            self.folder / "log",
            {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            cwd=self.folder,
            user=unprivileged_user(),
        )

    def stop(self) -> None:
        """Shuts the server down fast, with SIGINT; SIGTERM would wait for all clients to disconnect."""
        if self.mark is not None and processes.send(self.mark, signal.SIGINT):
            until(lambda: not processes.alive(self.mark), "the end of PostgreSQL")

    def kill(self) -> None:
        processes.kill(self.mark)


def by_server(cleanup: ExitStack) -> Postgres:
    """Starts a server of this machine as an unprivileged user; installs it by apt if there is none.

    Raises:
        Unavailable: none is installed and none may be installed, or it does not start.
    """
    apt.need("postgresql", lambda: find_programs() is not None, LOG)
    programs = find_programs()
    if programs is None:
        raise Unavailable(f"no PostgreSQL server under {INSTALLED}")
    folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="creatorflow-postgres-")))
    node = PostgresProcess(programs, folder, free_port(), secrets.token_hex(12))
    node.make()
    cleanup.callback(node.kill)
    node.start()
    url = f"postgresql+asyncpg://creatorflow:{node.password}@{LOOPBACK}:{node.port}/postgres"
    server = Postgres("server", url, node)
    server.wait_until_ready()
    return server


@contextmanager
def postgres_for_tests(settings: Mapping[str, str]) -> Iterator[Postgres]:
    """Provides a server on which tests may create databases. LOCAL_POSTGRES=url, docker or server allows only that way.

    Raises:
        Refused: no server is available.
    """
    with ExitStack() as cleanup:
        ways: tuple[tuple[str, Callable[[], Postgres]], ...] = (
            ("url", lambda: by_url(settings.get("CREATORFLOW_STORE_URL"))),
            ("docker", lambda: by_testcontainers(cleanup)),
            ("server", lambda: by_server(cleanup)),
        )
        yield _first(ways, settings)


def _first(ways: tuple[tuple[str, Callable[[], Postgres]], ...], settings: Mapping[str, str]) -> Postgres:
    only = settings.get("LOCAL_POSTGRES", "")
    for name, way in ways:
        if only and name != only:
            continue
        try:
            return way()
        except Unavailable as reason:
            if name != "url" or settings.get("CREATORFLOW_STORE_URL"):
                say(f"PostgreSQL: {name}: {reason}; trying the next way")
    raise Refused(NONE)
