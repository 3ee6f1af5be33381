"""Wrong files, values and brokers: one problem, the documented exit code, no traceback, and an end."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ops.local.broker import Broker
from ops.local.broker.model import BrokerUrl
from tests.system.processes import System
from tests.waiting import patient

from .commands import COMMAND, Commands, Ended

SAGA = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"
PLAN = '{"steps": [{"id": "database", "agent": "database-specialist"}]}'


@pytest.fixture
def cli(shared_system: System, tmp_path: Path) -> Commands:
    return Commands(shared_system.broker_url, tmp_path)


def assert_one_problem(ended: Ended, code: int) -> None:
    assert ended.code == code, ended.err
    assert ended.err.count("error: ") == 1 and "\n  next: " in ended.err
    assert "Traceback" not in ended.err and ended.out == ""


# -- files ----------------------------------------------------------------------------------------------

READERS = {
    "the request": ("submit", "@{}"),
    "the plan": ("submit", "x", "--plan", "{}"),
    "a plan to preview": ("plan", "--plan", "{}"),
    "an output": ("step", "complete", SAGA, "orders", "--output", "{}"),
    "a body": ("quarantine", "redrive", SAGA, "--body", "{}"),
}
FILES = ("folder", "/dev/zero", "sparse", "no-writer", "loop", "listening", "not-there/x", "/proc/self/mem")


@pytest.fixture
def unusual_files(tmp_path: Path) -> Iterator[Path]:
    """A folder, a pipe without a writer, a sparse gigabyte, a link to itself, a socket."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "no-writer")
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(10**9)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "listening"))
        yield tmp_path


@pytest.mark.parametrize("input_kind", READERS)
def test_a_file_without_text_is_refused_by_name_without_waiting(
    cli: Commands, unusual_files: Path, input_kind: str
) -> None:
    for file in FILES:
        ended = cli.run(*(word.replace("{}", file) for word in READERS[input_kind]))
        assert_one_problem(ended, 2)
        assert file in ended.err or "longer than" in ended.err


def test_a_pipe_with_a_writer_is_read_to_its_end(cli: Commands) -> None:
    os.mkfifo(cli.folder / "plan")
    writing = threading.Thread(target=(cli.folder / "plan").write_text, args=(PLAN,))
    writing.start()
    ended = cli.run("plan", "--plan", "plan", "--json")
    writing.join(30)
    assert (ended.code, ended.lines[0]["steps"][0]["id"]) == (0, "database")


@pytest.mark.parametrize("name", ["plan", "plan.json", "plan.yaml"])
def test_a_byte_order_mark_is_ignored(cli: Commands, name: str) -> None:
    (cli.folder / name).write_bytes(b"\xef\xbb\xbf" + PLAN.encode())
    assert cli.run("plan", "--plan", name, "--json").code == 0


@pytest.mark.parametrize("name", ["plan.json", "plan.yaml", "plan.toml"])
def test_utf_16_is_refused_with_what_to_do(cli: Commands, name: str) -> None:
    (cli.folder / name).write_bytes(PLAN.encode("utf-16"))
    ended = cli.run("plan", "--plan", name)
    assert_one_problem(ended, 2)
    assert "save it as UTF-8" in ended.err


def test_a_file_that_is_no_python_file_is_refused_as_an_agent(cli: Commands) -> None:
    (cli.folder / "agent.txt").write_text("x = 1")
    ended = cli.run("agent", "run", "agent.txt")
    assert ended.code == 78 and "agent.txt: no such Python file" in ended.err and "Traceback" not in ended.err


# -- values ----------------------------------------------------------------------------------------------

VALUES = (
    ("submit", "x", "--id", ""),
    ("submit", "x", "--url", ""),
    ("submit", "x", "--timeout", "nan"),
    ("submit", "x", "--deadline", "99999999999999d"),
    ("history", SAGA, "--after", str(2**63)),
    ("list", "--limit", "99999999999999999999"),
    ("watch", ""),
    ("result", SAGA + "0"),
    ("step", "retry", SAGA, ""),
    ("quarantine", "redrive", SAGA, "--rate", "nan"),
    ("quarantine", "show", *(str(UUID(int=number)) for number in range(1200))),
    ("prune", "--older-than", "99999999999999999d"),
    ("doctor", "--management", "ftp://x"),
    ("doctor", "--management", "http://[::1"),
    ("doctor", "--management", "http://127.0.0.1:99999"),
)


@pytest.mark.parametrize("arguments", VALUES, ids=lambda arguments: " ".join(arguments)[:60])
def test_an_invalid_value_exits_with_2_and_nothing_is_sent(cli: Commands, arguments: tuple[str, ...]) -> None:
    ended = cli.run(*arguments)
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert len(re.findall(r"error: |Error", ended.err)) == 1 and "Traceback" not in ended.err


# -- the broker ----------------------------------------------------------------------------------------------


@pytest.fixture
def http_port() -> Iterator[int]:
    """The port of a server that does not speak AMQP."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            try:
                while True:
                    caller, _ = server.accept()
                    with caller:
                        caller.recv(8)
                        caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            except OSError:
                pass  # the server is closed

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


COMMANDS = (("list",), ("doctor",), ("submit", "x"))


def faulty_url(url: BrokerUrl, http_port: int, fault: str) -> tuple[str, int]:
    """Returns a URL with a fault, and the exit code for it."""
    plain = f"amqp://{url.user}:{url.password}@{url.host}:{url.port}"
    return {
        "no server": (f"amqp://{url.user}:{url.password}@127.0.0.1:1/", 3),
        "no such host": (f"amqp://{url.user}:{url.password}@no-such-host.invalid/", 3),
        "not AMQP": (f"amqp://{url.user}:{url.password}@127.0.0.1:{http_port}/", 3),
        "wrong password": (f"amqp://{url.user}:wrong@{url.host}:{url.port}/{url.vhost}", 78),
        "no such virtual host": (f"{plain}/nosuch", 78),
        "a virtual host of 300 characters": (f"{plain}/{'x' * 300}", 78),
        "TLS on a plain port": (f"{plain}/{url.vhost}".replace("amqp:", "amqps:"), 78),
        "an authority that is no file": (f"{plain}/?cafile=/no/such/file".replace("amqp:", "amqps:"), 78),
    }[fault]


@pytest.mark.parametrize(
    "fault",
    [
        "no server",
        "no such host",
        "not AMQP",
        "wrong password",
        "no such virtual host",
        "a virtual host of 300 characters",
        "TLS on a plain port",
        "an authority that is no file",
    ],
)
def test_an_unusable_broker_is_reported_once_and_without_its_password(
    cli: Commands, broker: Broker, http_port: int, fault: str
) -> None:
    url = BrokerUrl.parse(cli.broker_url)
    address, code = faulty_url(url, http_port, fault)
    for command in COMMANDS:
        ended = cli.run(*command, "--url", address)
        assert_one_problem(ended, code)
        assert url.password not in ended.err and ":wrong@" not in ended.err


# -- the terminal ----------------------------------------------------------------------------------------------

SCREENS: dict[str, dict[str, Any]] = {
    "20 columns wide": {"COLUMNS": "20"},
    "of no width": {"COLUMNS": "0"},
    "of a width that is no number": {"COLUMNS": "wide"},
    "dumb": {"TERM": "dumb"},
    "of no name": {"TERM": ""},
    "without colours": {"NO_COLOR": "1"},
    "in a locale of ASCII": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_request_is_followed_and_listed_on_any_terminal(cli: Commands, screen: str) -> None:
    cli.file("plan.json", PLAN)
    for command in (("submit", "x", "--plan", "plan.json"), ("list",), ("agents",), ("plan", "--plan", "plan.json")):
        drawn = cli.on_a_terminal(*command, **SCREENS[screen])
        assert "Traceback" not in drawn and "error:" not in drawn, drawn
        if screen in ("dumb", "without colours"):
            assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", drawn), "no colour"


@pytest.mark.parametrize("command", ["list", "agents", "quarantine list --ids", "list --json", "agents --json"])
def test_a_pipe_that_is_closed_early_causes_no_message(cli: Commands, command: str) -> None:
    cli.run("submit", "x", "--no-wait", "--plan", cli.file("plan.json", PLAN))
    whole = f"{' '.join(map(repr, COMMAND))} {command}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {whole} | head -c 1"],
        capture_output=True,
        env={**os.environ, "CREATORFLOW_AMQP_URL": cli.broker_url},
        cwd=cli.folder,
        timeout=patient(),
        check=False,
    )
    assert done.returncode == 0 and b"Traceback" not in done.stderr and b"error" not in done.stderr
