"""The agents that are heard: announcements give their cards, heartbeats say what they work on. Kept in memory only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from creatorflow.bus import IncomingMessage, OutgoingMessage
from creatorflow.logs import get_logger
from creatorflow_contracts.codes import CODES
from creatorflow_contracts.ingress import admit
from creatorflow_contracts.problem import Problem, ProblemCode
from creatorflow_contracts.v1.card import AgentCard
from creatorflow_contracts.v1.event import LiveAgent, RefusedAgent
from creatorflow_contracts.v1.work import AgentAnnounced, AgentHeartbeat, TaskProgress

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.state.roster import CHECK_AFTER_MS, UNAVAILABLE_AFTER_MS, Roster, roster_of
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.translate.tasks import to_card

from .refused_announcements import RefusedAnnouncements, announced_name

NEVER = float("-inf")
MAX_AGENTS = 500
MAX_INSTANCES = 1_000
"""Of one agent, heard of late. One more is served like any other, and not counted."""
EXPECTED = frozenset({"agent-announced.v1", "agent-heartbeat.v1"})

log = get_logger(__name__)

Progress = Callable[[str, TaskProgress], None]


@dataclass(slots=True)
class _Known:
    card: AgentCard
    core: Card
    heard: dict[str, float] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)

    def hear(self, instance: str, now: float, gone_after_s: float) -> bool:
        """It lives; whether that is news. Those that are gone are forgotten: every start is a new instance."""
        for gone in [name for name, at in self.heard.items() if at < now - gone_after_s]:
            self.forget(gone)
        news = instance not in self.heard
        if news and len(self.heard) >= MAX_INSTANCES:
            return False
        self.heard[instance] = now
        return news

    def forget(self, instance: str) -> None:
        """It has left."""
        self.heard.pop(instance, None)
        self.tasks.pop(instance, None)


class AgentRegistry:
    """Cards known from the start and cards announced; which instances live."""

    def __init__(
        self,
        cards: Sequence[AgentCard],
        on_progress: Progress,
        environment: Environment,
        check_after_ms: int = CHECK_AFTER_MS,
        unavailable_after_ms: int = UNAVAILABLE_AFTER_MS,
        send: Callable[[list[OutgoingMessage]], None] = lambda _: None,
    ) -> None:
        """`on_progress` takes each task that a heartbeat names; `send` publishes answers to refused announcements."""
        self._monotonic = environment.monotonic
        self._gone_after_s = environment.gone_after_s
        self._refused = RefusedAnnouncements(send, environment)
        self._check_after_ms = check_after_ms
        self._unavailable_after_ms = unavailable_after_ms
        self._roster: Roster | None = None
        self._roster_until = 0.0
        self._known = {card.name: _Known(card, to_card(card)) for card in cards}
        self._on_progress = on_progress
        self._cards: tuple[Card, ...] | None = None
        self._listening_since = self._monotonic()

    def listening(self) -> None:
        """The control queue is there (again): silence counts from now."""
        self._listening_since = self._monotonic()

    def listening_ms(self) -> float:
        """For how long heartbeats could have been heard."""
        return (self._monotonic() - self._listening_since) * 1000

    def cards(self) -> tuple[Card, ...]:
        """Every known card: the eleven, and those that were announced."""
        if self._cards is None:
            self._cards = tuple(known.core for known in tuple(self._known.values()))  # a thread may ask
        return self._cards

    def roster(self, paused: Mapping[str, datetime]) -> Roster:
        """Who there is. Made anew when a card or a liveness has changed."""
        roster = self._roster
        if roster is None or self._monotonic() >= self._roster_until:
            last = {name: max(known.heard.values(), default=NEVER) for name, known in tuple(self._known.items())}
            gone = {name: at + self._gone_after_s for name, at in last.items()}
            ends = {name: at for name, at in gone.items() if at > self._monotonic()}
            roster = roster_of(self.cards(), ends, paused, self._check_after_ms, self._unavailable_after_ms)
            self._roster, self._roster_until = roster, min(ends.values(), default=float("inf"))
        elif roster.paused != paused:
            roster = self._roster = replace(roster, paused=dict(paused))
        return roster

    def live(self) -> list[LiveAgent]:
        """Every known agent and its living instances."""
        horizon = self._monotonic() - self._gone_after_s
        answer = []
        for known in self._known.values():
            instances = [name for name, at in known.heard.items() if at >= horizon]
            tasks = sum(known.tasks.get(name, 0) for name in instances)
            answer.append(LiveAgent(card=known.card, instances=tuple(sorted(instances)), open_tasks=tasks))
        return answer

    def refused(self) -> tuple[RefusedAgent, ...]:
        """Agents whose announcements were refused of late."""
        return self._refused.kept()

    def busy(self, agent: str, within_s: float) -> int:
        """How many instances of an agent were heard at their work in so many seconds."""
        known, horizon = self._known.get(agent), self._monotonic() - within_s
        return sum(at >= horizon and known.tasks.get(name, 0) > 0 for name, at in known.heard.items()) if known else 0

    def take(self, incoming: IncomingMessage) -> None:
        """A control message."""
        message = admit(incoming.delivery, EXPECTED)
        if isinstance(message, Problem):
            self._refuse(announced_name(incoming.delivery.routing_key), message)
        elif isinstance(message, AgentAnnounced):
            self._announced(message)
        elif isinstance(message, AgentHeartbeat):
            self._heartbeat(message)

    def _announced(self, message: AgentAnnounced) -> None:
        known = self._known.get(message.agent)
        if known is None or known.card != message.card:
            if known is None and len(self._known) >= MAX_AGENTS:
                self._refuse(message.agent, _too_many())
                return
            heard, tasks = (known.heard, known.tasks) if known else ({}, {})
            self._known[message.agent] = _Known(message.card, to_card(message.card), heard, tasks)
            self._cards = self._roster = None
            log.info("agent_announced", agent=message.agent, new=known is None)
        self._refused.forget(message.agent)
        if message.leaving:
            self._known[message.agent].forget(message.instance)
            self._roster = None
        elif self._known[message.agent].hear(message.instance, self._monotonic(), self._gone_after_s):
            self._roster = None

    def _refuse(self, agent: str | None, problem: Problem) -> None:
        """A control message that is not taken; an announcement (`agent` is whose) is answered."""
        if agent is None:
            log.warning("control_refused", code=problem.code, where=problem.where)
            return
        log.warning("announcement_refused", agent=agent, code=problem.code, where=problem.where, reason=problem.message)
        self._refused.add(agent, problem)

    def _heartbeat(self, message: AgentHeartbeat) -> None:
        known = self._known.get(message.agent)
        if known is not None:
            if known.hear(message.instance, self._monotonic(), self._gone_after_s):
                self._roster = None
            if message.instance in known.heard:
                known.tasks[message.instance] = len(message.tasks)
        for task in message.tasks:
            self._on_progress(message.agent, task)


def _too_many() -> Problem:
    entry = CODES[ProblemCode.TOO_MANY_AGENTS]
    return Problem(
        code=ProblemCode.TOO_MANY_AGENTS, message=f"{entry.when} ({MAX_AGENTS})", where="agent", hint=entry.hint
    )
