"""Cancels that arrived before their request: they wait for it, for a few seconds."""

from __future__ import annotations

from collections.abc import Callable

from creatorflow_orchestrator.shell.batch.work_queue import ReceivedMessage

PATIENCE_S = 3.0
AT_MOST = 50
"""Commands that wait at once: a quarter of the prefetch."""


class EarlyCommands:
    """Keeps the commands that wait, with the time at which the wait of each began; in memory only."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[ReceivedMessage, float] = {}

    def may_wait(self, item: ReceivedMessage) -> bool:
        """True while the item may wait longer. Called again for it until it is False, or until `forget`."""
        now = self._monotonic()
        self._since = {waiting: since for waiting, since in self._since.items() if not waiting.incoming.void}
        if item not in self._since and len(self._since) >= AT_MOST:
            return False
        if now - self._since.setdefault(item, now) < PATIENCE_S:
            return True
        self.forget(item)
        return False

    def forget(self, item: ReceivedMessage) -> None:
        """Drop an item whose saga exists now, or that waits no longer."""
        self._since.pop(item, None)
