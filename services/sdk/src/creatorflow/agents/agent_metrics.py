"""Metrics of the agents of a process: tasks by outcome, their duration, tasks in work, queue times."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable

from opentelemetry.metrics import Meter, NoOpMeter

from creatorflow.bus import IncomingMessage
from creatorflow.metrics import DURATIONS, BufferedCounter, QueueTimes, gauge

SUCCEEDED = "succeeded"
CANCELLED = "cancelled"
HANDED_BACK = "handed_back"
"""Received, and returned for another instance, because this one stops."""


class AgentMetrics:
    """Counts the tasks of a process; without a meter it does nothing."""

    def __init__(self, meter: Meter | None) -> None:
        self._meter = meter or NoOpMeter("creatorflow")
        description = "Tasks that ended in this process, by agent and outcome"
        self._tasks = BufferedCounter(self._meter, "creatorflow.tasks", "{task}", description, "agent", "outcome")
        self._durations = self._meter.create_histogram(
            "creatorflow.task.duration",
            "s",
            "From the start of a task's work to its answer, by agent",
            explicit_bucket_boundaries_advisory=DURATIONS,
        )
        self._waits = QueueTimes(self._meter)

    def watch(self, agents: Iterable[str], in_work: Callable[[], Iterable[str]]) -> None:
        """Add a gauge of these agents' open tasks; `in_work` returns the agent of each task, from any thread."""
        names = tuple(agents)

        def read() -> Iterable[tuple[float, dict[str, str]]]:
            open_tasks = Counter(in_work())
            return [(open_tasks[name], {"agent": name}) for name in names]

        gauge(self._meter, "creatorflow.open_tasks", "{task}", "Tasks in work at this moment, by agent", read)

    def begun(self, incoming: IncomingMessage) -> None:
        """Record that the processing of a delivery begins."""
        self._waits.record(incoming.queue, incoming.delivery, time.time())

    def ended(self, agent: str, outcome: str, took_s: float | None = None) -> None:
        """Count an ended task; `took_s` is its duration if there is an answer."""
        self._tasks.add(1, agent, outcome)
        if took_s is not None:
            self._durations.record(took_s, {"agent": agent})
