"""Announcements that were refused, by the name of their agent: kept for queries, and replied to their sender."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from creatorflow.bus import OutgoingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import RESERVED_AGENT_NAMES, is_name
from creatorflow_contracts.v1.event import RefusedAgent
from creatorflow_contracts.v1.work import AnnouncementRefused

from creatorflow_orchestrator.shell.batch.replies import transient
from creatorflow_orchestrator.shell.environment import Environment

MAX_KEPT = 100
KEPT_S = 3600.0
"""Since the last refusal: an agent that still runs announces itself, and is refused, after every restart of ours."""
_KEY = topology.control_key("announce", "x").partition("x")


@dataclass(frozen=True, slots=True)
class _Kept:
    agent: RefusedAgent
    until: float


class RefusedAnnouncements:
    """The latest refusal of each name, at most 100; in memory only. `send` publishes, and need not succeed."""

    def __init__(self, send: Callable[[list[OutgoingMessage]], None], environment: Environment) -> None:
        self._send = send
        self._now = environment.now
        self._monotonic = environment.monotonic
        self._kept: dict[str, _Kept] = {}

    def add(self, name: str, problem: Problem) -> None:
        """Keep a refusal, and send it to the agent of that name."""
        self._kept.pop(name, None)
        while len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        refused = RefusedAgent(
            name=name,
            at=self._now(),
            code=problem.code,
            message=problem.message,
            where=problem.where,
            hint=problem.hint,
        )
        self._kept[name] = _Kept(refused, self._monotonic() + KEPT_S)
        if is_name(name) and name not in RESERVED_AGENT_NAMES:
            self._send([_reply(refused)])

    def forget(self, name: str) -> None:
        """Forget the refusal of an agent whose announcement was accepted."""
        self._kept.pop(name, None)

    def kept(self) -> tuple[RefusedAgent, ...]:
        """List the agents refused in the last hour, the latest last."""
        return tuple(kept.agent for kept in self._kept.values() if kept.until > self._monotonic())


def announced_name(routing_key: str) -> str | None:
    """Return the agent that an announcement's routing key names, at most 64 characters; `None` for another key.

    The key and not the body: where agents have users of their own the broker vouches for it.
    """
    prefix, _, suffix = _KEY
    if not (routing_key.startswith(prefix) and routing_key.endswith(suffix)):
        return None
    return routing_key.removeprefix(prefix).removesuffix(suffix)[:64] or None


def _reply(refused: RefusedAgent) -> OutgoingMessage:
    message = AnnouncementRefused(
        agent=refused.name, code=refused.code, message=refused.message, where=refused.where, hint=refused.hint
    )
    return transient(topology.CONTROL, topology.control_key("refused", refused.name), message, None)
