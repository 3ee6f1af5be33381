"""Telemetry costs nothing but telemetry: requests finish, services stop and commands end without it,
whether its backend is unset, away, silent, slow or broken, or the port for figures is somebody else's."""

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

from .backends import DRIPPING, SILENT, backend, nobody
from .counted import counted_agent, plan
from .processes import Process, System
from .test_configuration import refused

BIN = Path(sys.executable).parent
STATES = {"refuses": None, "says nothing": SILENT, "drips": DRIPPING, "says 500": 500}
AN_HOUR = {"OTEL_EXPORTER_OTLP_TIMEOUT": "3600"}
"""For one export: only who does not wait for it ends within a test."""
SEEN = """
import atexit, json, sys, threading
from {module} import main
marks = ("opentelemetry.sdk", "opentelemetry.exporter", "prometheus_client", "requests")
def tell():
    loaded = [name for name in sys.modules if name.startswith(marks)]
    threads = [each.name for each in threading.enumerate() if "Otel" in each.name or "metrics" in each.name]
    print("SEEN " + json.dumps([loaded, threads]), flush=True)
atexit.register(tell)
main()
"""


@pytest.fixture(params=STATES)
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address for OTEL_EXPORTER_OTLP_ENDPOINT whose owner is in no state to take anything."""
    status = STATES[request.param]
    with nullcontext() if status is None else backend(status) as server:
        yield nobody() if server is None else server.url


def command(system: System, *arguments: str, endpoint: str = "") -> str:
    """Run the command line; what it printed. It succeeds, and says nothing of telemetry."""
    reported = {"CREATORFLOW_AMQP_URL": system.broker_url, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    env = {**os.environ, **reported, **AN_HOUR}
    done = subprocess.run(
        [BIN / "creatorflow", *arguments], env=env, capture_output=True, text=True, check=False, timeout=patient()
    )
    assert done.returncode == 0, done.stderr
    assert "opentelemetry" not in (done.stdout + done.stderr).lower()
    return done.stdout


def ends(process: Process) -> None:
    """Ask it to stop: it ends by itself, and says that all is well."""
    process.child.send_signal(signal.SIGTERM)
    assert process.died() == 0, process.tail()


def complaints(process: Process) -> list[dict[str, object]]:
    """What its libraries have said, each as a line of ours."""
    reported = [json.loads(line) for line in process.log.read_text().splitlines()]
    return [each for each in reported if each["action"] == "library"]


def test_a_backend_that_takes_nothing_costs_no_request_and_holds_up_no_stop_and_no_command(
    system: System, endpoint: str, tmp_path: Path
) -> None:
    reported = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **AN_HOUR}
    services = [system.orchestrator(**reported), counted_agent(system, **reported)]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan("quick")))
    for _ in range(3):
        command(system, "submit", "count me", "--plan", str(file), endpoint=endpoint)
    assert command(system, "list", "--json", endpoint=endpoint).count('"completed"') == 3
    for service in services:
        ends(service)
        assert len(complaints(service)) <= 1, service.tail()


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("creatorflow_orchestrator.__main__", ["serve"]),
        ("creatorflow_specialists.__main__", ["database-specialist"]),
    ],
)
def test_without_telemetry_a_service_loads_none_of_it_and_starts_no_thread_for_it(
    system: System, module: str, arguments: list[str]
) -> None:
    program = (sys.executable, "-c", SEEN.format(module=module), *arguments)
    process = system.start("seen", program, {"CREATORFLOW_STORE_URL": f"sqlite:///{system.database}"})
    process.said("agents_ready" if "specialists" in module else "orchestrator_started")
    ends(process)
    assert "SEEN [[], []]" in process.log.read_text()


def test_without_telemetry_a_command_loads_none_of_it_and_starts_no_thread_for_it(system: System) -> None:
    system.orchestrator()
    program = (sys.executable, "-c", SEEN.format(module="creatorflow.cli.app"), "list")
    process = system.start("seen", program, {})
    assert process.died() == 0
    assert "SEEN [[], []]" in process.log.read_text()


def test_with_telemetry_the_same_look_finds_it(system: System) -> None:
    """So that the tests above can fail."""
    program = (sys.executable, "-c", SEEN.format(module="creatorflow_specialists.__main__"), "database-specialist")
    reported = {"OTEL_EXPORTER_OTLP_ENDPOINT": nobody(), "CREATORFLOW_METRICS_PORT": "0"}
    process = system.start("seen", program, reported)
    process.said("agents_ready")
    ends(process)
    seen = next(line for line in process.log.read_text().splitlines() if line.startswith("SEEN "))
    loaded, threads = json.loads(seen.removeprefix("SEEN "))
    assert {"prometheus_client", "opentelemetry.sdk.trace", "opentelemetry.sdk.metrics"} <= set(loaded)
    assert threads


def test_a_port_for_figures_that_another_process_holds_costs_the_figures_alone(system: System) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        process = system.orchestrator(CREATORFLOW_METRICS_PORT=str(port))
    said = [line for line in process.log.read_text().splitlines() if "metrics_" in line]
    assert len(said) == 1
    line = json.loads(said[0])
    assert (line["action"], line["level"], line["port"]) == ("metrics_unserved", "warning", port)
    assert "CREATORFLOW_METRICS_PORT" in line["hint"]
    ends(process)


@pytest.mark.parametrize("value", ["http", "70000", "-1"])
def test_a_port_for_figures_that_is_none_is_refused_by_its_name(system: System, value: str) -> None:
    assert "CREATORFLOW_METRICS_PORT" in refused(system, CREATORFLOW_METRICS_PORT=value)
