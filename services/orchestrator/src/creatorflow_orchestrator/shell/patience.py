"""Commands that may have overtaken the request that they are about: they are looked at again for a few seconds.

Requests have a queue of their own, and a cancel is sent after its request but may come before it. What waits stays
unacknowledged, so a crash loses nothing; and few may wait, for nobody else's commands may be held up by strangers'.
"""

from __future__ import annotations

from collections.abc import Callable

from .inbox import Received

PATIENCE_S = 3.0
AT_MOST = 50
"""Commands that wait, a quarter of what the broker hands over at once."""


class Patience:
    """Knows what waits, and since when."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[Received, float] = {}

    def has(self, item: Received) -> bool:
        """Whether the item may wait (longer). Asked again until it is not, or `forget` is told of it."""
        now = self._monotonic()
        self._since = {each: since for each, since in self._since.items() if not each.incoming.void}
        if item not in self._since and len(self._since) >= AT_MOST:
            return False
        if now - self._since.setdefault(item, now) < PATIENCE_S:
            return True
        self.forget(item)
        return False

    def forget(self, item: Received) -> None:
        """It has found its saga, or waits no longer."""
        self._since.pop(item, None)
