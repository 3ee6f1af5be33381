"""When each saga is to be woken, in the world's own time."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from .timeline import Timeline


class Alarms:
    """One alarm a saga, the nearest."""

    def __init__(self, line: Timeline, ring: Callable[[UUID], None]) -> None:
        self._line = line
        self._ring = ring
        self._at: dict[UUID, int] = {}

    def set(self, saga_id: UUID, moment: int) -> None:
        """Ring then, or earlier if that was wanted before."""
        moment = max(moment, self._line.now)
        if self._at.get(saga_id, moment + 1) > moment:
            self._at[saga_id] = moment
            self._line.later(moment - self._line.now, self._come, saga_id, moment)

    def forget(self, saga_id: UUID) -> None:
        """Do not ring for it, until it is set anew."""
        self._at.pop(saga_id, None)

    def _come(self, saga_id: UUID, moment: int) -> None:
        if self._at.get(saga_id) == moment:
            del self._at[saga_id]
            self._ring(saga_id)
