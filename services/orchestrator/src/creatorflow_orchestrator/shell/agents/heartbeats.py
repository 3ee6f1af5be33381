"""The heartbeats of tasks in work: the time of the last one and the task's progress. Kept in memory only.

A heartbeat writes nothing while the end of the silence that it puts off is far. A task's saga gets an event at the
first heartbeat, when the progress changes, and again when half of the silence is over; it writes only then. Before a
silence counts as over, this log is read: a later heartbeat counts, to the second. Every replica receives every
heartbeat and keeps its own log, so none has to know which of the others lives; two of them write the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from creatorflow_contracts.v1.work import TaskProgress

from creatorflow_orchestrator.core.state.events import TaskHeartbeat
from creatorflow_orchestrator.shell.batch.work_queue import InternalEvent

MAX_TASKS = 100_000
SWEEP_EVERY = 1_000
"""Tasks of heartbeats between two sweeps for tasks that are long silent."""


@dataclass(slots=True)
class _Entry:
    agent: str
    last_at: datetime
    enqueued_at: datetime
    """The time of the last event for its saga."""
    progress: float | None
    note: str


class HeartbeatLog:
    """Logs the tasks that heartbeats name; `enqueue` takes the events for their sagas."""

    def __init__(self, silence_ms: int, enqueue: Callable[[InternalEvent], None], now: Callable[[], datetime]) -> None:
        self._silence_ms = silence_ms
        self._enqueue = enqueue
        self._now = now
        self._entries: dict[UUID, _Entry] = {}
        self._until_sweep = SWEEP_EVERY

    def record(self, agent: str, task: TaskProgress) -> None:
        """Log a task that a heartbeat of this agent names."""
        at = self._now()
        entry = self._entries.get(task.task_id)
        if entry is None or entry.agent != agent:
            if len(self._entries) < MAX_TASKS:
                self._entries[task.task_id] = _Entry(agent, at, at, task.progress, task.note)
        else:
            changed = (task.progress, task.note) != (entry.progress, entry.note)
            entry.last_at, entry.progress, entry.note = at, task.progress, task.note
            if not changed and at - entry.enqueued_at < self._half:
                return
            entry.enqueued_at = at
        self._enqueue(
            InternalEvent(task.correlation_id, TaskHeartbeat(at, task.task_id, agent, self._silence_ms), progress=task)
        )
        self._sweep(at)

    def last(self, task_id: UUID, agent: str) -> datetime | None:
        """Return the time of this agent's last heartbeat for the task; `None` if there was none, or long ago."""
        entry = self._entries.get(task_id)
        return None if entry is None or entry.agent != agent else entry.last_at

    def progress(self, task_id: UUID) -> tuple[float | None, str]:
        """Return the progress of a task (0 to 1; `None`: unknown) and the note that came with it."""
        entry = self._entries.get(task_id)
        return (None, "") if entry is None else (entry.progress, entry.note)

    def forget(self, task_id: UUID) -> None:
        """Forget a task that nobody waits for: its next heartbeat reaches its saga, which cancels it."""
        self._entries.pop(task_id, None)

    @property
    def _half(self) -> timedelta:
        return timedelta(milliseconds=self._silence_ms / 2)

    def _sweep(self, at: datetime) -> None:
        self._until_sweep -= 1
        if self._until_sweep <= 0:
            horizon = at - 4 * self._half
            entries = list(self._entries.items())  # a batch that is processed in a thread may forget one meanwhile
            self._entries = {task_id: entry for task_id, entry in entries if entry.last_at > horizon}
            self._until_sweep = SWEEP_EVERY
