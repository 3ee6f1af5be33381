"""Events in order: none twice, none left out. Pure; asking for what is missing is the follower's part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from creatorflow_contracts.v1.event import SagaEvent

LIVE_ONLY: Final = frozenset({"step_progressed"})
"""Told live and kept nowhere: they carry the number of the last entry before them, and fill no gap. Every replica of
the orchestrator tells them, and each of them now and again."""
FINAL: Final = frozenset({"completed", "failed", "cancelled"})


class EventOrder:
    """Takes events as they come and gives them out as they happened. `last` is the number of the last one given."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.finished = False
        self._early: dict[int, SagaEvent] = {}
        self._told: dict[str | None, object] = {}

    @property
    def gap(self) -> bool:
        """Something is missing between the last event given out and those that came."""
        return bool(self._early)

    def take(self, events: Iterable[SagaEvent]) -> list[SagaEvent]:
        """The events that can be given out now."""
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
        """Whether it says anything else than the last one about its step."""
        said = (event.event, event.attempt, event.message, event.data)
        before, self._told[event.step] = self._told.get(event.step), said
        return said != before
