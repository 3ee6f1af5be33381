"""What the agents of a process have done, for its figures: tasks by how they ended, how long they took, what waits."""

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
"""Taken, and left for another instance, because this one stops."""


class AgentMetrics:
    """Counts; without a meter nobody does."""

    def __init__(self, meter: Meter | None) -> None:
        self._meter = meter or NoOpMeter("creatorflow")
        about = "Tasks that this process is done with, by agent and how they ended"
        self._tasks = BufferedCounter(self._meter, "creatorflow.tasks", "{task}", about, "agent", "outcome")
        self._durations = self._meter.create_histogram(
            "creatorflow.task.duration",
            "s",
            "From the start of a task's work to its answer, by agent",
            explicit_bucket_boundaries_advisory=DURATIONS,
        )
        self._waits = QueueTimes(self._meter)

    def watch(self, agents: Iterable[str], in_work: Callable[[], Iterable[str]]) -> None:
        """Have the open tasks of these agents counted; `in_work` names the agent of each, from any thread."""
        names = tuple(agents)

        def read() -> Iterable[tuple[float, dict[str, str]]]:
            open_tasks = Counter(in_work())
            return [(open_tasks[name], {"agent": name}) for name in names]

        gauge(self._meter, "creatorflow.open_tasks", "{task}", "Tasks in work at this moment, by agent", read)

    def begun(self, incoming: IncomingMessage) -> None:
        """A delivery is taken up."""
        self._waits.ended(incoming, time.time())

    def ended(self, agent: str, outcome: str, took_s: float | None = None) -> None:
        """A task is done with; `took_s` where it was worked on to an answer."""
        self._tasks.add(1, agent, outcome)
        if took_s is not None:
            self._durations.record(took_s, {"agent": agent})
