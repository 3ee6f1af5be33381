"""Fault points: places where a test stops a process, to check that nothing is lost there.

`CREATORFLOW_FAULT=<point>:<kill|hang|raise>[:nth]` stops this process when it reaches the point for the nth time
(by default the first). It reports this on standard error, so that a test knows that the point was reached.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Literal, get_args

Point = Literal["after_commit", "after_publish", "before_ack", "plan_mid", "after_work", "before_result", "after_claim"]
POINTS = frozenset(get_args(Point))
ACTIONS = frozenset({"kill", "hang", "raise"})


class FaultReached(Exception):
    """Raised at a fault point whose action is `raise`."""


class FaultInvalid(ValueError):
    """CREATORFLOW_FAULT does not name a point and an action."""


@dataclass(slots=True)
class _Armed:
    point: str
    action: str
    remaining: int = field(default=1)


_armed: _Armed | None = None


def arm(text: str | None) -> None:
    """Read CREATORFLOW_FAULT's value at the start of a process. Raises `FaultInvalid`."""
    global _armed
    _armed = None if not text else _parse(text)


def fault(point: Point) -> None:
    """Stop here if the process was started with this point armed."""
    if _armed is None or _armed.point != point:
        return
    _armed.remaining -= 1
    if _armed.remaining == 0:
        _act(_armed)


def _parse(text: str) -> _Armed:
    point, _, remainder = text.partition(":")
    action, _, nth = remainder.partition(":")
    if point not in POINTS or action not in ACTIONS or (nth and not nth.isdigit()) or nth == "0":
        raise FaultInvalid(f"CREATORFLOW_FAULT is <{'|'.join(sorted(POINTS))}>:<kill|hang|raise>[:nth]")
    return _Armed(point, action, int(nth or 1))


def _act(armed: _Armed) -> None:
    print(f"fault reached: {armed.point}:{armed.action}", file=sys.stderr, flush=True)  # noqa: T201 - read by tests
    if armed.action == "raise":
        raise FaultReached(armed.point)
    if armed.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    while True:
        time.sleep(3600)
