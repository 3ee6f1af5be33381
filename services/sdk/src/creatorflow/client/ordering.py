"""Puts events in order: none twice, none missing. Pure; `EventStream` queries what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from creatorflow_contracts.v1.event import SagaEvent

LIVE_ONLY: Final = frozenset({"step_progressed"})
"""Events that are published live and not stored: they carry the number of the last stored event, and fill no gap. Every
replica of the orchestrator publishes them, and repeats them from time to time."""
FINAL: Final = frozenset({"completed", "failed", "cancelled"})


class EventOrder:
    """Takes events as they are received and returns them in order. `last` is the number of the last one returned."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.finished = False
        self._early: dict[int, SagaEvent] = {}
        self._latest: dict[str | None, object] = {}

    @property
    def gap(self) -> bool:
        """True if events are missing between the last one returned and those received."""
        return bool(self._early)

    def take(self, events: Iterable[SagaEvent]) -> list[SagaEvent]:
        """Add received events; return those that are next in order."""
        ready: list[SagaEvent] = []
        for event in events:
            if event.event in LIVE_ONLY:
                if not self._early and not self.finished and self._is_news(event):
                    ready.append(event)
            elif event.seq > self.last:
                self._early[event.seq] = event
            while (following := self._early.pop(self.last + 1, None)) is not None:
                self.last = following.seq
                self.finished = self.finished or following.event in FINAL
                ready.append(following)
        return ready

    def _is_news(self, event: SagaEvent) -> bool:
        """True if the event differs from the last one of its step."""
        content = (event.event, event.attempt, event.message, event.data)
        before, self._latest[event.step] = self._latest.get(event.step), content
        return content != before
