import io
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from creatorflow.cli.app import main


def leave(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def nobody() -> str:
    """A broker's URL where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"amqp://guest:s3cret@127.0.0.1:{held.getsockname()[1]}/"


@pytest.mark.parametrize(
    "arguments",
    [
        ["submit"],
        ["nonsense"],
        ["submit", "x", "--nonsense"],
        ["submit", "x", "--timeout", "-1"],
        ["submit", "x", "--timeout", "soon"],
        ["submit", "x", "--deadline", "soon"],
        ["submit", "x", "--tag", "team"],
        ["submit", "x", "--id", "42"],
        ["submit", "x", "--url", "http://x"],
        ["submit", "x", "--plan", "/no/such/plan.json"],
        ["submit", "x", "--out", "/dev/null/x"],
        ["submit", "@/no/such/request"],
        ["watch", "42"],
        ["result", "42"],
        ["cancel"],
        ["list", "--limit", "0"],
    ],
)
def test_a_command_that_cannot_be_understood_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(*arguments) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err != ""


def test_no_broker_ends_with_3_and_says_what_to_do(nobody: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("submit", "Build orders", "--url", nobody) == 3
    told = capsys.readouterr()
    assert "make up" in told.err and "s3cret" not in told.err and told.out == ""


@pytest.mark.parametrize("command", [["submit", "x"], ["plan", "x"], ["list"], ["agents"]])
def test_with_json_an_error_is_one_problem_on_stdout(
    command: list[str], nobody: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(*command, "--json", "--url", nobody) == 3
    told = capsys.readouterr()
    (line,) = told.out.splitlines()
    assert json.loads(line)["code"] == "BROKER_UNAVAILABLE" and told.err == ""


def test_an_empty_request_is_refused_before_it_is_sent(nobody: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("submit", "  \n", "--json", "--url", nobody) == 5
    assert json.loads(capsys.readouterr().out)["code"] == "REQUEST_EMPTY"


@pytest.mark.parametrize(
    ("name", "value"),
    [("CREATORFLOW_AMQP_URL", "localhost"), ("CREATORFLOW_AMPQ_URL", "x"), ("CREATORFLOW_LOG_LEVEL", "LOUD")],
)
def test_an_environment_that_cannot_be_meant_ends_with_78_and_names_the_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert leave("list") == 78
    assert name in capsys.readouterr().err


def test_a_request_from_standard_input_is_read(
    nobody: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    assert leave("submit", "-", "--url", nobody) == 2
    assert "UTF-8" in capsys.readouterr().err


def test_nothing_is_written_when_nothing_can_be_sent(nobody: str, tmp_path: Path) -> None:
    assert leave("submit", "x", "--out", str(tmp_path / "out"), "--url", nobody) == 3
    assert list((tmp_path / "out").iterdir()) == []


def test_help_ends_with_0_and_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("--help") == 0
    told = capsys.readouterr().out
    for word in ("submit", "plan", "watch", "result", "list", "cancel", "agents", "doctor", "agent", "78", "130"):
        assert f" {word} " in told


def test_help_loads_neither_the_brokers_client_nor_the_messages() -> None:
    probe = (
        "import sys\nfrom creatorflow.cli.app import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'aio_pika', 'creatorflow_contracts.v1.event', 'opentelemetry.sdk', 'structlog'}\n"
        "sys.stderr.write(' '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr == ""
