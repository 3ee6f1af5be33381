"""The queue time of a message: its sender writes the time into a header, for AMQP's own timestamp has whole seconds.

The header is not trusted: it serves telemetry and nothing else.
"""

from __future__ import annotations

from .ingress import Delivery

SENT_AT = "sent-at-ms"
"""Header: the time of the publish in milliseconds since 1970-01-01 UTC, an integer."""
CLOCKS_DIFFER_MS = 60_000
"""Milliseconds by which a sender's clock may be ahead of ours."""
LONGEST_MS = 8 * 24 * 3600 * 1000
"""A day more than the longest deadline; no message of ours waits longer."""


def waited_ms(delivery: Delivery, now: float) -> int | None:
    """Return the milliseconds from its publish until `now` (Unix time in seconds), earlier deliveries included.

    None where it is unknown: no such header, an implausible one, or a dead letter, which has waited elsewhere.
    """
    sent = delivery.headers.get(SENT_AT)
    if type(sent) is not int or "x-first-death-reason" in delivery.headers:
        return None
    waited = int(now * 1000) - sent
    return max(waited, 0) if -CLOCKS_DIFFER_MS <= waited <= LONGEST_MS else None
