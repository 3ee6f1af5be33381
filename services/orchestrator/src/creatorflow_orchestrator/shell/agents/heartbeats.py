"""What heartbeats say of the tasks in work: when each was last heard of, and how far it is. Kept in memory only.

A heartbeat writes nothing while the end of the silence that it puts off is far. A task's saga is asked at the first
word of it, when there is news of its progress, and again when half of the silence is over; it writes only then. Whoever
finds a silence over looks here first: what was heard since counts, to the second. Every replica hears every heartbeat
and keeps its own notes, so none has to know which of the others lives; what two of them write is the same.
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
"""Heartbeats' tasks between two looks for what is long silent."""


@dataclass(slots=True)
class _Note:
    agent: str
    heard_at: datetime
    asked_at: datetime
    """When its saga was asked last."""
    progress: float | None
    said: str


class HeartbeatLog:
    """Notes of the tasks that heartbeats name; `ask` has a task's saga look at it."""

    def __init__(self, silence_ms: int, ask: Callable[[InternalEvent], None], now: Callable[[], datetime]) -> None:
        self._silence_ms = silence_ms
        self._ask = ask
        self._now = now
        self._notes: dict[UUID, _Note] = {}
        self._until_sweep = SWEEP_EVERY

    def hear(self, agent: str, task: TaskProgress) -> None:
        """A heartbeat of this agent names a task."""
        at = self._now()
        note = self._notes.get(task.task_id)
        if note is None or note.agent != agent:
            if len(self._notes) < MAX_TASKS:
                self._notes[task.task_id] = _Note(agent, at, at, task.progress, task.note)
        else:
            news = (task.progress, task.note) != (note.progress, note.said)
            note.heard_at, note.progress, note.said = at, task.progress, task.note
            if not news and at - note.asked_at < self._half:
                return
            note.asked_at = at
        self._ask(
            InternalEvent(task.correlation_id, TaskHeartbeat(at, task.task_id, agent, self._silence_ms), progress=task)
        )
        self._sweep(at)

    def last(self, task_id: UUID, agent: str) -> datetime | None:
        """When this agent's task was last heard of; `None` if it was not, or long ago."""
        note = self._notes.get(task_id)
        return None if note is None or note.agent != agent else note.heard_at

    def progress(self, task_id: UUID) -> tuple[float | None, str]:
        """How far a task is (0 to 1; None: unknown), and what was noted with it."""
        note = self._notes.get(task_id)
        return (None, "") if note is None else (note.progress, note.said)

    def forget(self, task_id: UUID) -> None:
        """Nobody waits for this task any more: the next word of it is told so."""
        self._notes.pop(task_id, None)

    @property
    def _half(self) -> timedelta:
        return timedelta(milliseconds=self._silence_ms / 2)

    def _sweep(self, at: datetime) -> None:
        self._until_sweep -= 1
        if self._until_sweep <= 0:
            horizon = at - 4 * self._half
            notes = list(self._notes.items())  # a batch that is handled in a thread may forget one meanwhile
            self._notes = {task_id: note for task_id, note in notes if note.heard_at > horizon}
            self._until_sweep = SWEEP_EVERY
