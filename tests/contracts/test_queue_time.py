"""The time that a message spent in its queue, from a header in which any client may write anything."""

from __future__ import annotations

import pytest
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.queue_time import LONGEST_MS, SENT_AT, waited_ms

NOW = 1_800_000_000.5
NOW_MS = 1_800_000_000_500


@pytest.mark.parametrize(
    ("sent", "waited"),
    [
        (NOW_MS - 250, 250),
        (NOW_MS, 0),
        (NOW_MS + 900, 0),
        (NOW_MS + 60_001, None),
        (NOW_MS - LONGEST_MS, LONGEST_MS),
        (NOW_MS - LONGEST_MS - 1, None),
        (-(1 << 63), None),
        (1 << 200, None),
        (0, None),
        (True, None),
        (float(NOW_MS), None),
        (float("nan"), None),
        (str(NOW_MS), None),
        (b"1", None),
        ([NOW_MS], None),
        (None, None),
    ],
)
def test_the_queue_time_is_a_plain_duration_or_unknown(sent: object, waited: int | None) -> None:
    assert waited_ms(Delivery(b"", headers={SENT_AT: sent}), NOW) == waited


def test_the_queue_time_is_unknown_without_the_header() -> None:
    assert waited_ms(Delivery(b""), NOW) is None


def test_a_dead_letter_has_no_queue_time() -> None:
    headers = {SENT_AT: NOW_MS - 5000, "x-first-death-reason": "expired"}
    assert waited_ms(Delivery(b"", headers=headers), NOW) is None
