"""RabbitMQ's own `rabbitmq-server` as a private node: with its own ports, data, log and epmd, all on the loopback.

Debian's `rabbitmq-server` on PATH is a wrapper that switches to another user, who cannot read our folder: the script
under /usr/lib/rabbitmq is started instead. We start `epmd` ourselves, in the foreground, because one started by the
node keeps running when the node ends.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ops.local import processes
from ops.local.broker.management import Management
from ops.local.broker.model import Broker, BrokerUrl
from ops.local.broker.probe import wait_until_it_answers
from ops.local.console import Unavailable
from ops.local.ports import LOOPBACK, free_port
from ops.local.processes import Mark
from ops.local.wait import until

INSTALLED = Path("/usr/lib/rabbitmq/lib")


def find_sbin(installed: Path = INSTALLED) -> Path | None:
    """The folder with the scripts of the newest installed server."""
    scripts = sorted(installed.glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return scripts[-1].parent if scripts else None


def find_epmd() -> str | None:
    """Find Erlang's port mapper: on PATH or inside the installed runtime."""
    inside = sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
    return shutil.which("epmd") or (str(inside[-1]) if inside else None)


@dataclass(frozen=True, slots=True)
class Ports:
    """The node's ports on the loopback."""

    amqp: int
    web: int
    distribution: int
    epmd: int

    @classmethod
    def choose(cls, amqp: int = 0, web: int = 0) -> Ports:
        """Choose free ports; the first two as wanted, if they are free."""
        return cls(free_port(amqp), free_port(web), free_port(), free_port())


@dataclass(frozen=True, slots=True)
class PrivateNode:
    """A `Node` of a private server. All its files are in `folder`, whose path must contain no space."""

    folder: Path
    sbin: Path
    epmd_program: str
    ports: Ports
    user: str = "creatorflow"
    password: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)

    def environment(self) -> dict[str, str]:
        """The environment that makes the node private: the machine's own settings are not read (facts.md, fact 30)."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return {
            "LANG": "C.UTF-8",
            **kept,
            "HOME": str(self.folder / "home"),
            "RABBITMQ_NODENAME": f"creatorflow{self.ports.amqp}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_PID_FILE": str(self.folder / "node.pid"),
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "ERL_EPMD_ADDRESS": LOOPBACK,
        }

    def write_settings(self) -> None:
        """Write the folder and the files that the node reads."""
        for name in ("home", "data", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.local = {LOOPBACK}:{self.ports.amqp}\n"
            f"management.tcp.ip = {LOOPBACK}\nmanagement.tcp.port = {self.ports.web}\n"
            f"default_user = {self.user}\ndefault_pass = {self.password}\nlog.file.level = info\n"
        )
        (self.folder / "rabbitmq.conf").chmod(0o600)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "rabbitmq-env.conf").write_text("")

    def start(self) -> None:
        """Start epmd and the node, unless they are running; returns at once, `wait_until_it_answers` waits."""
        log = self.folder / "log" / "console.log"
        if not processes.alive(self._mark("epmd")):
            epmd = [self.epmd_program, "-port", str(self.ports.epmd), "-address", LOOPBACK]
            self._write_mark("epmd", processes.start(epmd, log, self.environment()))
        if not processes.alive(self._mark("server")):
            (self.folder / "node.pid").unlink(missing_ok=True)
            server = processes.start([str(self.sbin / "rabbitmq-server")], log, self.environment(), cwd=self.folder)
            self._write_mark("server", server)

    def stop(self) -> None:
        """Stop the node gracefully: SIGTERM goes to the Erlang process, as the script would run rabbitmqctl instead."""
        server = self._mark("server")
        node = self._node_mark()
        if node is not None and processes.send(node, signal.SIGTERM):
            until(lambda: not processes.alive(node), 120, "the end of the node")
        processes.stop(server, grace=60)

    def kill(self) -> None:
        """Send SIGKILL to the script and the Erlang process, which share a group."""
        node = self._node_mark()
        processes.kill(self._mark("server"))
        if node is not None:
            processes.send(node, signal.SIGKILL)
            until(lambda: not processes.alive(node), 60, "the end of the node")

    def freeze(self) -> None:
        """Send SIGSTOP to the Erlang process and its script."""
        processes.send(self._mark("server"), signal.SIGSTOP, group=True)

    def thaw(self) -> None:
        """Send SIGCONT to the Erlang process and its script."""
        processes.send(self._mark("server"), signal.SIGCONT, group=True)

    def remove(self) -> None:
        """End node and epmd, delete the folder."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end(self) -> None:
        """Kill the node and stop epmd; the folder is kept."""
        self.kill()
        processes.stop(self._mark("epmd"), grace=5)

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl ARGUMENTS`, return its output.

        Raises:
            Unavailable: it failed; the text has its last line.
        """
        done = subprocess.run(
            [str(self.sbin / "rabbitmqctl"), "--quiet", *arguments],
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=180,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"rabbitmqctl {arguments[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
        return done.stdout.strip()

    def broker(self) -> Broker:
        """Wait for the broker of a node that was started.

        Raises:
            Unavailable: it does not within a minute.
        """
        url = str(BrokerUrl("amqp", self.user, self.password, LOOPBACK, self.ports.amqp, "/"))
        management = Management(f"http://{LOOPBACK}:{self.ports.web}", self.user, self.password)
        wait_until_it_answers(url, runs=lambda: processes.alive(self._mark("server")))
        management.wait_until_it_answers()
        return Broker("server", url, management, self)

    def save(self, file: Path) -> None:
        """Write the file that `load` reads; only its owner can read it, as it contains the password."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self), default=str))

    @classmethod
    def load(cls, file: Path) -> PrivateNode:
        """Read the node that `save` wrote."""
        fields = json.loads(file.read_text())
        fields |= {"folder": Path(fields["folder"]), "sbin": Path(fields["sbin"]), "ports": Ports(**fields["ports"])}
        return cls(**fields)

    def _write_mark(self, name: str, mark: Mark) -> None:
        (self.folder / f"{name}.mark").write_text(str(mark))

    def _mark(self, name: str) -> Mark | None:
        try:
            return Mark.parse((self.folder / f"{name}.mark").read_text())
        except (OSError, ValueError):
            return None

    def _node_mark(self) -> Mark | None:
        """The mark of the Erlang process, if it is in our script's group; its pid file alone may be outdated."""
        server = self._mark("server")
        try:
            pid = int((self.folder / "node.pid").read_text())
            ours = server is not None and os.getpgid(pid) == server.pid
        except (OSError, ValueError):
            return None
        return processes.mark_of(pid) if ours else None


def new_folder(wanted: Path) -> Path:
    """Make an empty folder for a node: `wanted`, or a temporary one if its path contains a space."""
    if " " in str(wanted):
        return Path(tempfile.mkdtemp(prefix="creatorflow-rabbit-"))
    shutil.rmtree(wanted, ignore_errors=True)
    wanted.mkdir(parents=True, mode=0o700)
    return wanted


def new_node(folder: Path, ports: Ports) -> PrivateNode:
    """Make a node in `folder`, not yet started.

    Raises:
        Unavailable: no rabbitmq-server, or no epmd, on this machine.
    """
    sbin, epmd = find_sbin(), find_epmd()
    if sbin is None:
        raise Unavailable(f"no rabbitmq-server under {INSTALLED}")
    if epmd is None:
        raise Unavailable("rabbitmq-server is installed, Erlang's epmd is not")
    node = PrivateNode(folder, sbin, epmd, ports)
    node.write_settings()
    return node


def run(folder: Path, ports: Ports) -> Broker:
    """Start a new private node and wait for it; if that fails, its processes are ended.

    Raises:
        Unavailable: there is no server, or it does not answer.
    """
    node = new_node(folder, ports)
    try:
        node.start()
        return node.broker()
    except (OSError, Unavailable) as failure:
        node.end()
        raise Unavailable(f"rabbitmq-server did not start ({failure}); its log is in {folder / 'log'}") from failure
