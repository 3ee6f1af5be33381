"""A failure of telemetry affects nothing else: requests finish, services stop and commands end without it,
if its backend is unset, unreachable, silent, slow or broken, or the metrics port is in use."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from tests.waiting import patient

from .metered_agent import plan, start_metered_agent
from .processes import Process, System
from .telemetry_backends import DRIPPING, SILENT, backend, closed_port_url
from .test_configuration import start_refused

BIN = Path(sys.executable).parent
STATES = {"refuses": None, "says nothing": SILENT, "drips": DRIPPING, "says 500": 500}
HOUR_TIMEOUT = {"OTEL_EXPORTER_OTLP_TIMEOUT": "3600"}
"""The timeout of one export: a process that waited for it would not end within a test."""
LIST_LOADED = """
import atexit, json, sys, threading
from {module} import main
marks = ("opentelemetry.sdk", "opentelemetry.exporter", "prometheus_client", "requests")
def print_loaded():
    loaded = [name for name in sys.modules if name.startswith(marks)]
    threads = [t.name for t in threading.enumerate() if "Otel" in t.name or "metrics" in t.name]
    print("SEEN " + json.dumps([loaded, threads]), flush=True)
atexit.register(print_loaded)
main()
"""


@pytest.fixture(params=STATES)
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """A URL for OTEL_EXPORTER_OTLP_ENDPOINT whose backend accepts nothing."""
    status = STATES[request.param]
    with nullcontext() if status is None else backend(status) as server:
        yield closed_port_url() if server is None else server.url


def command(system: System, *arguments: str, endpoint: str = "") -> str:
    """Runs the command line, which must succeed without a message about telemetry; returns its stdout."""
    settings = {"CREATORFLOW_AMQP_URL": system.broker_url, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    env = {**os.environ, **settings, **HOUR_TIMEOUT}
    done = subprocess.run(
        [BIN / "creatorflow", *arguments], env=env, capture_output=True, text=True, check=False, timeout=patient()
    )
    assert done.returncode == 0, done.stderr
    assert "opentelemetry" not in (done.stdout + done.stderr).lower()
    return done.stdout


def stop_cleanly(process: Process) -> None:
    """Sends SIGTERM and asserts that the process ends by itself with exit code 0."""
    process.child.send_signal(signal.SIGTERM)
    assert process.wait_for_end() == 0, process.tail()


def library_entries(process: Process) -> list[dict[str, object]]:
    """The log entries of its libraries."""
    entries = [json.loads(line) for line in process.log.read_text().splitlines()]
    return [entry for entry in entries if entry["action"] == "library"]


def test_a_failing_telemetry_backend_affects_no_request_and_delays_no_stop_and_no_command(
    system: System, endpoint: str, tmp_path: Path
) -> None:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **HOUR_TIMEOUT}
    services = [system.orchestrator(**settings), start_metered_agent(system, **settings)]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan("quick")))
    for _ in range(3):
        command(system, "submit", "count me", "--plan", str(file), endpoint=endpoint)
    assert command(system, "list", "--json", endpoint=endpoint).count('"completed"') == 3
    for service in services:
        stop_cleanly(service)
        assert len(library_entries(service)) <= 1, service.tail()


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("creatorflow_orchestrator.__main__", ["serve"]),
        ("creatorflow_specialists.__main__", ["database-specialist"]),
    ],
)
def test_without_telemetry_a_service_loads_no_telemetry_module_and_starts_no_thread_for_it(
    system: System, module: str, arguments: list[str]
) -> None:
    program = (sys.executable, "-c", LIST_LOADED.format(module=module), *arguments)
    process = system.start("seen", program, {"CREATORFLOW_STORE_URL": f"sqlite:///{system.database}"})
    process.wait_for_log("agents_ready" if "specialists" in module else "orchestrator_started")
    stop_cleanly(process)
    assert "SEEN [[], []]" in process.log.read_text()


def test_without_telemetry_a_command_loads_no_telemetry_module_and_starts_no_thread_for_it(system: System) -> None:
    system.orchestrator()
    program = (sys.executable, "-c", LIST_LOADED.format(module="creatorflow.cli.app"), "list")
    process = system.start("seen", program, {})
    assert process.wait_for_end() == 0
    assert "SEEN [[], []]" in process.log.read_text()


def test_with_telemetry_its_modules_and_threads_are_found(system: System) -> None:
    """Shows that the tests above can fail."""
    program = (
        sys.executable,
        "-c",
        LIST_LOADED.format(module="creatorflow_specialists.__main__"),
        "database-specialist",
    )
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": closed_port_url(), "CREATORFLOW_METRICS_PORT": "0"}
    process = system.start("seen", program, settings)
    process.wait_for_log("agents_ready")
    stop_cleanly(process)
    seen = next(line for line in process.log.read_text().splitlines() if line.startswith("SEEN "))
    loaded, threads = json.loads(seen.removeprefix("SEEN "))
    assert {"prometheus_client", "opentelemetry.sdk.trace", "opentelemetry.sdk.metrics"} <= set(loaded)
    assert threads


def test_a_metrics_port_in_use_disables_metrics_only(system: System) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        process = system.orchestrator(CREATORFLOW_METRICS_PORT=str(port))
    lines = [line for line in process.log.read_text().splitlines() if "metrics_" in line]
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert (line["action"], line["level"], line["port"]) == ("metrics_unserved", "warning", port)
    assert "CREATORFLOW_METRICS_PORT" in line["hint"]
    stop_cleanly(process)


@pytest.mark.parametrize("value", ["http", "70000", "-1"])
def test_an_invalid_metrics_port_is_refused_with_the_name_of_the_setting(system: System, value: str) -> None:
    assert "CREATORFLOW_METRICS_PORT" in start_refused(system, CREATORFLOW_METRICS_PORT=value)
