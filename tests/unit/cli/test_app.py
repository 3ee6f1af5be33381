import importlib.metadata
import io
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from creatorflow.cli.app import main

from tests.waiting import patient

SAGA = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"


def leave(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def dead_url() -> str:
    """Return a broker URL on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"amqp://guest:s3cret@127.0.0.1:{listener.getsockname()[1]}/"


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
        ["result", SAGA, "--agent", "Database!"],
        ["result", SAGA, "--agent", "database-specialist", "--out", "/dev/null/x"],
        ["cancel"],
        ["list", "--limit", "0"],
        ["list", "--plans", "--runs"],
        ["list", "--status", "parked"],
        ["list", "--since", "soon"],
        ["history", "3f0"],
        ["plan", "-"],
        ["plan"],
        ["submit", "x", "--deadline", "0001-01-01"],
        ["submit", "x", "--plan", "\udcff"],
        ["agents", "--url", "amqp://\udcff/"],
        ["cancel", SAGA, "--reason", "a\udcff"],
        ["cancel", SAGA, "--reason", "x" * 5000],
        ["step", "skip", SAGA, "orders", "--reason", "a\udcff"],
        ["quarantine", "list", "--code", "a\udcff"],
        ["submit", "x", "--on-failure", "explode"],
        ["history", "42"],
        ["history", SAGA, "--after", "-1"],
        ["step", "retry", SAGA],
        ["step", "retry", "42", "orders"],
        ["step", "retry", SAGA, "Orders!"],
        ["step", "retry", SAGA, "orders", "--agent", "task.#"],
        ["step", "skip", SAGA, "orders", "--reason", "x" * 5000],
        ["step", "complete", SAGA, "orders"],
        ["step", "complete", SAGA, "orders", "--output", "/no/such/file"],
        ["step", "complete", SAGA, "orders", "--output", "/"],
        ["step", "complete", SAGA, "orders", "--output", "/dev/null"],
        ["step", "complete", SAGA, "orders", "--output", "/dev/zero"],
        ["prune", "--older-than", "soon"],
        ["prune", "--older-than", "4000d"],
        ["quarantine", "list", "--kind", "nonsense"],
        ["quarantine", "list", "--request", "42"],
        ["quarantine", "list", "--code", ""],
        ["quarantine", "list", "--ids", "--limit", "0"],
        ["quarantine", "show", "42"],
        ["quarantine", "redrive"],
        ["quarantine", "redrive", "42"],
        ["quarantine", "redrive", SAGA, "--all"],
        ["quarantine", "redrive", SAGA, "--rate", "0"],
        ["quarantine", "redrive", "--all", "--body", "/dev/null"],
        ["quarantine", "redrive", SAGA, "--body", "/no/such/file"],
        ["quarantine", "redrive", SAGA, "--body", "/dev/zero"],
        ["quarantine", "drop"],
        ["quarantine", "drop", "--limit", "5", "--yes"],
    ],
)
def test_an_invalid_command_line_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert leave(*arguments) == 2
    readouterr = capsys.readouterr()
    assert readouterr.out == "" and readouterr.err != ""


def test_no_broker_exits_with_3_and_a_hint(dead_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("submit", "Build orders", "--url", dead_url) == 3
    readouterr = capsys.readouterr()
    assert "make up" in readouterr.err and "s3cret" not in readouterr.err and readouterr.out == ""


@pytest.mark.parametrize(
    "command",
    [
        ["submit", "x"],
        ["plan", "x"],
        ["list"],
        ["agents"],
        ["history", SAGA],
        ["step", "skip", SAGA, "orders"],
        ["quarantine", "list"],
        ["quarantine", "show", SAGA],
        ["quarantine", "redrive", SAGA],
        ["quarantine", "drop", "--all", "--yes"],
        ["prune"],
    ],
)
def test_with_json_an_error_is_one_problem_on_stdout(
    command: list[str], dead_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(*command, "--json", "--url", dead_url) == 3
    readouterr = capsys.readouterr()
    (line,) = readouterr.out.splitlines()
    assert json.loads(line)["code"] == "BROKER_UNAVAILABLE" and readouterr.err == ""


def test_an_empty_request_is_refused_before_it_is_sent(dead_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("submit", "  \n", "--json", "--url", dead_url) == 5
    assert json.loads(capsys.readouterr().out)["code"] == "REQUEST_EMPTY"


@pytest.mark.parametrize(
    ("name", "value"),
    [("CREATORFLOW_AMQP_URL", "localhost"), ("CREATORFLOW_AMPQ_URL", "x"), ("CREATORFLOW_LOG_LEVEL", "LOUD")],
)
def test_an_invalid_environment_exits_with_78_and_names_the_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert leave("list") == 78
    assert name in capsys.readouterr().err


def test_a_request_from_standard_input_is_read(
    dead_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    assert leave("submit", "-", "--url", dead_url) == 2
    assert "UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["submit", "plan"])
def test_a_pasted_list_is_a_request_and_a_misspelt_option_is_not(
    command: str, dead_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave(command, "- print postage\n- show a dashboard", "--json", "--url", dead_url) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "BROKER_UNAVAILABLE"
    assert leave(command, "Build orders", "--jsn", "--url", dead_url) == 2


@pytest.mark.parametrize("shell", ["submit < request.txt", "plan < request.txt", "submit - < request.txt"])
def test_a_file_can_be_piped_in(shell: str, dead_url: str, tmp_path: Path) -> None:
    (tmp_path / "request.txt").write_text("Build orders")
    done = ended(f"cd {tmp_path}; creatorflow {shell.replace(' ', f' --url {dead_url} ', 1)}")
    assert done.returncode == 3 and "no broker answers" in done.stderr


@pytest.mark.parametrize("shell", ["submit < /dev/null", "plan - < /dev/null", "submit <&-", "plan <&-"])
def test_without_a_request_the_error_explains_how_to_give_one(shell: str) -> None:
    done = ended(f"creatorflow {shell}")
    assert done.returncode == 2 and "Traceback" not in done.stderr and "\n  next: " in done.stderr


def test_nothing_is_written_when_nothing_can_be_sent(dead_url: str, tmp_path: Path) -> None:
    assert leave("submit", "x", "--out", str(tmp_path / "out"), "--url", dead_url) == 3
    assert list((tmp_path / "out").iterdir()) == []


def test_help_exits_with_0_and_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("--help") == 0
    printed = capsys.readouterr().out
    for word in (
        "submit",
        "plan",
        "watch",
        "result",
        "list",
        "cancel",
        "agents",
        "doctor",
        "agent",
        "history",
        "step",
        "quarantine",
        "prune",
        "70",
        "75",
        "78",
        "130",
    ):
        assert f" {word} " in printed


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("creatorflow", [sys.executable, "-c", "from creatorflow.cli.app import main; main()"]),
        ("creatorflow-orchestrator", [sys.executable, "-m", "creatorflow_orchestrator"]),
        ("creatorflow-specialists", [sys.executable, "-m", "creatorflow_specialists"]),
    ],
)
def test_each_command_prints_the_installed_version(package: str, command: list[str]) -> None:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=patient(), check=True)
    assert done.stdout == f"{package} {importlib.metadata.version(package)}\n"


def test_help_loads_neither_the_broker_client_nor_the_messages() -> None:
    probe = (
        "import sys\nfrom creatorflow.cli.app import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'aio_pika', 'creatorflow_contracts.v1.event', 'opentelemetry.sdk', 'structlog'}\n"
        "sys.stderr.write(' '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_the_schema_of_a_plan_needs_no_broker_and_no_request(dead_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("plan", "--schema", "--url", dead_url) == 0
    assert json.loads(capsys.readouterr().out)["required"] == ["steps"]


def ended(shell: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in a shell; `$CREATORFLOW` is the command."""
    command = f"{sys.executable} -c 'from creatorflow.cli.app import main; main()'"
    return subprocess.run(
        ["sh", "-c", f"creatorflow() {{ {command} \"$@\"; }}; {shell}"],
        capture_output=True, text=True, check=False, timeout=patient(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        ("creatorflow plan --schema >&-", 0),
        ("creatorflow plan --schema 2>&-", 0),
        ("creatorflow plan --schema > /dev/full", 1),
        ("LC_ALL=C PYTHONIOENCODING=ascii creatorflow plan --schema", 0),
        ("creatorflow list --url nonsense >&- 2>&-", 2),
        ("creatorflow submit - <&-", 2),
        (f"creatorflow step complete {SAGA} orders --output - <&-", 2),
        (f"creatorflow quarantine redrive {SAGA} --body - <&-", 2),
    ],
)
def test_a_closed_output_stream_gives_no_traceback(shell: str, code: int) -> None:
    done = ended(shell)
    assert done.returncode == code and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_a_defect_is_a_problem_too_and_reveals_no_contents(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr("creatorflow.cli.actions.ask_state.list_requests", broken)
    assert leave("list", "--json") == 70
    printed = capsys.readouterr().out
    assert json.loads(printed)["code"] == "DEFECT" and "s3cret" not in printed


def test_a_reader_that_leaves_early_is_not_an_error() -> None:
    done = ended("creatorflow plan --schema | head -1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")
