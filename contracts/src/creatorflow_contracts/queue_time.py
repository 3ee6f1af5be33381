"""How long a message has waited: its sender writes the time into a header, for AMQP's own timestamp has whole seconds.

The header is a stranger's word, good for telemetry and for nothing else.
"""

from __future__ import annotations

from .ingress import Delivery

SENT_AT = "sent-at-ms"
"""Header: when this publish was made, in milliseconds since 1970-01-01 UTC, an integer."""
CLOCKS_DIFFER_MS = 60_000
"""So far may a sender's clock be ahead of ours."""
LONGEST_MS = 8 * 24 * 3600 * 1000
"""A day more than the longest deadline; nothing of ours waits longer."""


def waited_ms(delivery: Delivery, now: float) -> int | None:
    """Milliseconds from its publish until `now` (Unix time in seconds), the time with earlier consumers included.

    None where nobody can say: no such header, one that cannot be meant, or a dead letter, which has waited elsewhere.
    """
    sent = delivery.headers.get(SENT_AT)
    if type(sent) is not int or "x-first-death-reason" in delivery.headers:
        return None
    waited = int(now * 1000) - sent
    return max(waited, 0) if -CLOCKS_DIFFER_MS <= waited <= LONGEST_MS else None
