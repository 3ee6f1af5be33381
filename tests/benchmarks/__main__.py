"""`make bench`: five no-work steps, at 1 and at 50 requests at once, the system beside the floor; one JSON line.

Then every pattern with agents that sleep: a line on stderr with its wall time over its critical path. Before all, on
stderr, how well the labelled requests are read, by stratum.

Both sides have two processes, a coordinator and its agents, on the same broker; rounds are interleaved, and a number
is the median of its rounds. The system (`ours`) runs with all features: quorum queues, persistent and confirmed
messages, durable state, step events and spans.

With --smoke it only checks that everything still runs: one round, a few requests, and no limit is enforced.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aio_pika
from creatorflow_contracts import topology

from ops.local.broker import Broker
from ops.local.wait import until
from tests import labelled_reading
from tests.benchmarks import patterns
from tests.benchmarks.load import Load, Round
from tests.servers.broker import broker_for_tests

ROUNDS = 3
COUNTS = {1: 40, 50: 600}
SMOKE = {1: 5, 50: 50}
COUNTED = 20
SIDES = ("ours", "floor")


class Processes:
    """The processes of one side, and the processor time they have used."""

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, arguments: list[str], ready: str, log: Path, env: Mapping[str, str]) -> str:
        """Starts a Python process and waits for a line of its log that contains `ready`; returns the line."""
        with log.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", *arguments], stderr=out, stdout=out, env={**os.environ, **env}
            )
        self._children.append(child)

        def ready_line() -> str:
            if child.poll() is not None:
                raise RuntimeError(f"{arguments} ended: {log.read_text()[-2000:]}")
            return next((line for line in log.read_text().splitlines() if ready in line), "")

        return until(ready_line, 60, f"{ready!r} from {arguments[0]}")

    def cpu_seconds(self) -> float:
        """The user and system time of all processes so far, in seconds."""
        tick = os.sysconf("SC_CLK_TCK")
        fields = [Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split() for child in self._children]
        return sum(int(field[11]) + int(field[12]) for field in fields) / tick

    def end(self) -> None:
        """Kills the processes."""
        for child in self._children:
            child.kill()
            child.wait()


@contextmanager
def sides(url: str, folder: Path) -> Iterator[dict[str, Processes]]:
    """Runs both sides."""
    ours, floor, sink = Processes(), Processes(), Processes()
    try:
        port = sink.start(["tests.benchmarks.sink"], "sink ready", folder / "sink.log", {}).split()[-1]
        env = {
            "CREATORFLOW_AMQP_URL": url,
            "CREATORFLOW_LOG_LEVEL": "INFO",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        }
        serve = ["creatorflow_orchestrator", "serve"]
        store = {"CREATORFLOW_STORE_URL": f"sqlite:///{folder / 'bench.db'}"}
        ours.start(serve, "orchestrator_started", folder / "orchestrator.log", env | store)
        ours.start(["tests.benchmarks.agents"], "agents_ready", folder / "agents.log", env)
        floor.start(["tests.benchmarks.floor", "coordinator"], "floor ready", folder / "coordinator.log", env)
        floor.start(["tests.benchmarks.floor", "workers"], "floor ready", folder / "workers.log", env)
        yield {"ours": ours, "floor": floor}
    finally:
        for processes in (ours, floor, sink):
            processes.end()


async def measure(
    url: str, running: Mapping[str, Processes], counts: Mapping[int, int], rounds_each: int
) -> dict[str, Any]:
    """Measures all rounds, interleaved; `counts` is the number of requests by the number at once."""
    loads = {side: Load(url, side) for side in SIDES}
    for load in loads.values():
        await load.open()
        await load.round(20, 10)  # warm up
    messages = {side: await _messages(url, loads[side], side) for side in SIDES}
    report: dict[str, Any] = {}
    for at_once, count in counts.items():
        rounds: dict[str, list[Round]] = {side: [] for side in SIDES}
        for _ in range(rounds_each):
            for side in SIDES:
                before = running[side].cpu_seconds()
                done = await loads[side].round(count, at_once)
                done.cpu_seconds = running[side].cpu_seconds() - before
                rounds[side].append(done)
        medians = {side: _medians(rounds[side], messages[side]) for side in SIDES}
        ratios = [ours.rate / floor.rate for ours, floor in zip(rounds["ours"], rounds["floor"], strict=True)]
        report[f"c{at_once}"] = {**medians, "ratio": round(statistics.median(ratios), 3)}
    for load in loads.values():
        await load.close()
    return report


async def _messages(url: str, load: Load, side: str) -> float:
    """Counts the messages of a request with a queue bound to all exchanges; adds one for the reply."""
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    queue = await channel.declare_queue(exclusive=True)
    exchanges = (
        ["floor"]
        if side == "floor"
        else [exchange.name for exchange in topology.EXCHANGES if exchange.name != topology.CONTROL]
    )
    for exchange in exchanges:
        await queue.bind(exchange, "#")
    await load.round(COUNTED, 5)
    await asyncio.sleep(1)  # the last events
    counted = (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count or 0
    await connection.close()
    return counted / COUNTED + 1


def _medians(rounds: list[Round], messages: float) -> dict[str, float]:
    """Returns the medians of the rounds, by name."""

    def middle(values: list[float], digits: int = 1) -> float:
        return round(statistics.median(values), digits)

    def percentile(part: float) -> float:
        return middle(
            [run.latencies[min(len(run.latencies) - 1, int(len(run.latencies) * part))] * 1000 for run in rounds]
        )

    return {
        "requests_per_s": middle([run.rate for run in rounds]),
        "p50_ms": percentile(0.5),
        "p95_ms": percentile(0.95),
        "p99_ms": percentile(0.99),
        "cpu_ms": middle([run.cpu_seconds * 1000 / len(run.latencies) for run in rounds], 2),
        "messages": round(messages, 1),
    }


@contextmanager
def system_with_sleepers(url: str, folder: Path) -> Iterator[None]:
    """Runs an orchestrator and agents that sleep."""
    ours = Processes()
    env = {"CREATORFLOW_AMQP_URL": url, "CREATORFLOW_STORE_URL": f"sqlite:///{folder / 'patterns.db'}"}
    try:
        ours.start(["creatorflow_orchestrator", "serve"], "orchestrator_started", folder / "patterns.log", env)
        ours.start(["tests.benchmarks.sleepers"], "agents_ready", folder / "sleepers.log", env)
        yield
    finally:
        ours.end()


def measure_patterns(broker: Broker, folder: Path, judged: bool) -> dict[str, Any]:
    """Measures wall time over critical path by pattern; with `judged`, marks patterns over the limit."""
    url = broker.new_vhost()
    try:
        with system_with_sleepers(url, folder):
            report = asyncio.run(patterns.measure(url))
    finally:
        broker.drop_vhost(url)
    for name, result in report.items():
        verdict = (
            ""
            if result["within"] or not judged
            else f": MORE than {patterns.RATIO} times and {patterns.SLACK_S * 1000:.0f} ms"
        )
        critical = result["critical_path_ms"]
        line = f"{name:13} {result['wall_ms']:5} ms, critical path {critical} ms, ratio {result['ratio']}"
        print(f"{line}{verdict}", file=sys.stderr)
    return report


def measure_reading() -> dict[str, dict[str, float]]:
    """Reads the labelled requests that nothing was learned from; returns the figures by stratum."""
    figures = labelled_reading.by_stratum(map(labelled_reading.outcome, labelled_reading.PARTS["held_out"]))
    each_ask = labelled_reading.by_stratum(map(labelled_reading.asks_outcome, labelled_reading.ASK_LABELS))
    print(labelled_reading.table(figures), labelled_reading.asks_table(each_ask), sep="\n\n", file=sys.stderr)
    return {
        name: {
            "agents": round(found["agents"].f1, 3),
            "exclusions": round(found["exclusions"].recall, 3),
            "facts": round(found["facts"].f1, 3),
            "asks": round(found["asks"].f1, 3),
            **{f"{measure}, fresh": round(score.f1, 3) for measure, score in each_ask.get(name, {}).items()},
        }
        for name, found in figures.items()
    }


def main() -> None:
    """Prints the lines; exits with 1 if a pattern takes longer than it may, unless with --smoke."""
    smoke = "--smoke" in sys.argv[1:]
    counts, rounds = (SMOKE, 1) if smoke else (COUNTS, ROUNDS)
    reading = measure_reading()
    with broker_for_tests(os.environ) as broker, tempfile.TemporaryDirectory(prefix="creatorflow-bench-") as folder:
        url = broker.new_vhost()
        try:
            with sides(url, Path(folder)) as running:
                report = asyncio.run(measure(url, running, counts, rounds))
        finally:
            broker.drop_vhost(url)
        report["patterns"] = measure_patterns(broker, Path(folder), judged=not smoke)
        print(json.dumps({**report, "reading": reading, "broker": ".".join(map(str, broker.version))}))
    if not smoke and not all(result["within"] for result in report["patterns"].values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
