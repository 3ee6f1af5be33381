"""`make bench`: five no-work steps, at 1 and at 50 requests at once, ours beside the floor; one JSON line.

Then every pattern with agents that sleep, a line on stderr each: its wall time over its critical path.

Both sides have two processes, a coordinator and its agents, on the same broker; rounds are interleaved, and a figure
is the median of its rounds. Ours does what it always does: quorum queues, persistent and confirmed messages, durable
state, step events and spans.

With --smoke it only shows that all of it still runs: once, a few requests, and no figure is judged.
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
        """Start a Python process and wait for its word; the line that has it."""
        with log.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", *arguments], stderr=out, stdout=out, env={**os.environ, **env}
            )
        self._children.append(child)

        def said() -> str:
            if child.poll() is not None:
                raise RuntimeError(f"{arguments} ended: {log.read_text()[-2000:]}")
            return next((line for line in log.read_text().splitlines() if ready in line), "")

        return until(said, 60, f"{ready!r} from {arguments[0]}")

    def cpu_seconds(self) -> float:
        """User and system time of all of them so far."""
        tick = os.sysconf("SC_CLK_TCK")
        fields = [Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split() for child in self._children]
        return sum(int(field[11]) + int(field[12]) for field in fields) / tick

    def end(self) -> None:
        """Kill them."""
        for child in self._children:
            child.kill()
            child.wait()


@contextmanager
def sides(url: str, folder: Path) -> Iterator[dict[str, Processes]]:
    """Both sides, running."""
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
        for each in (ours, floor, sink):
            each.end()


async def measure(
    url: str, running: Mapping[str, Processes], counts: Mapping[int, int], rounds_each: int
) -> dict[str, Any]:
    """All rounds, interleaved; `counts` is how many requests there are, by how many at once."""
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
        figures = {side: _figures(rounds[side], messages[side]) for side in SIDES}
        ratios = [ours.rate / floor.rate for ours, floor in zip(rounds["ours"], rounds["floor"], strict=True)]
        report[f"c{at_once}"] = {**figures, "ratio": round(statistics.median(ratios), 3)}
    for load in loads.values():
        await load.close()
    return report


async def _messages(url: str, load: Load, side: str) -> float:
    """Messages a request, counted by a queue bound to everything; the reply, which no exchange of ours sees, is one."""
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    queue = await channel.declare_queue(exclusive=True)
    exchanges = (
        ["floor"] if side == "floor" else [each.name for each in topology.EXCHANGES if each.name != topology.CONTROL]
    )
    for exchange in exchanges:
        await queue.bind(exchange, "#")
    await load.round(COUNTED, 5)
    await asyncio.sleep(1)  # the last events
    counted = (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count or 0
    await connection.close()
    return counted / COUNTED + 1


def _figures(rounds: list[Round], messages: float) -> dict[str, float]:
    """The median of the rounds."""

    def middle(values: list[float], digits: int = 1) -> float:
        return round(statistics.median(values), digits)

    def percentile(part: float) -> float:
        return middle(
            [each.latencies[min(len(each.latencies) - 1, int(len(each.latencies) * part))] * 1000 for each in rounds]
        )

    return {
        "requests_per_s": middle([each.rate for each in rounds]),
        "p50_ms": percentile(0.5),
        "p95_ms": percentile(0.95),
        "p99_ms": percentile(0.99),
        "cpu_ms": middle([each.cpu_seconds * 1000 / len(each.latencies) for each in rounds], 2),
        "messages": round(messages, 1),
    }


@contextmanager
def sleeping(url: str, folder: Path) -> Iterator[None]:
    """An orchestrator and agents that sleep."""
    ours = Processes()
    env = {"CREATORFLOW_AMQP_URL": url, "CREATORFLOW_STORE_URL": f"sqlite:///{folder / 'patterns.db'}"}
    try:
        ours.start(["creatorflow_orchestrator", "serve"], "orchestrator_started", folder / "patterns.log", env)
        ours.start(["tests.benchmarks.sleepers"], "agents_ready", folder / "sleepers.log", env)
        yield
    finally:
        ours.end()


def measure_patterns(broker: Broker, folder: Path, judged: bool) -> dict[str, Any]:
    """Wall time over critical path, by pattern; where it is `judged`, its line says what takes too long."""
    url = broker.new_vhost()
    try:
        with sleeping(url, folder):
            report = asyncio.run(patterns.measure(url))
    finally:
        broker.drop_vhost(url)
    for name, found in report.items():
        verdict = (
            ""
            if found["within"] or not judged
            else f": MORE than {patterns.RATIO} times and {patterns.SLACK_S * 1000:.0f} ms"
        )
        line = (
            f"{name:13} {found['wall_ms']:5} ms, critical path {found['critical_path_ms']} ms, ratio {found['ratio']}"
        )
        print(f"{line}{verdict}", file=sys.stderr)
    return report


def main() -> None:
    """Print the lines; exit code 1 where a pattern takes longer than it may, unless it is a smoke test."""
    smoke = "--smoke" in sys.argv[1:]
    counts, rounds = (SMOKE, 1) if smoke else (COUNTS, ROUNDS)
    with broker_for_tests(os.environ) as broker, tempfile.TemporaryDirectory(prefix="creatorflow-bench-") as folder:
        url = broker.new_vhost()
        try:
            with sides(url, Path(folder)) as running:
                report = asyncio.run(measure(url, running, counts, rounds))
        finally:
            broker.drop_vhost(url)
        report["patterns"] = measure_patterns(broker, Path(folder), judged=not smoke)
        print(json.dumps({**report, "broker": ".".join(map(str, broker.version))}))
    if not smoke and not all(found["within"] for found in report["patterns"].values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
