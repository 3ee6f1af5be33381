"""The agent registry: cards from announcements, instances and tasks from heartbeats. Kept in memory only."""

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
"""Live instances of one agent. One more is served like any other, and not counted."""
EXPECTED = frozenset({"agent-announced.v1", "agent-heartbeat.v1"})

log = get_logger(__name__)

Progress = Callable[[str, TaskProgress], None]


@dataclass(slots=True)
class _Known:
    card: AgentCard
    core: Card
    last_seen: dict[str, float] = field(default_factory=dict)
    """Instance to the monotonic time of its last announcement or heartbeat."""
    tasks: dict[str, int] = field(default_factory=dict)
    """Instance to the number of tasks in its last heartbeat."""

    def see(self, instance: str, now: float, live_for_s: float) -> bool:
        """Record that an instance lives; True if it is new. Dead ones are forgotten: every start is a new instance."""
        for dead in [name for name, at in self.last_seen.items() if at < now - live_for_s]:
            self.forget(dead)
        is_new = instance not in self.last_seen
        if is_new and len(self.last_seen) >= MAX_INSTANCES:
            return False
        self.last_seen[instance] = now
        return is_new

    def forget(self, instance: str) -> None:
        """Forget an instance that has left."""
        self.last_seen.pop(instance, None)
        self.tasks.pop(instance, None)


class AgentRegistry:
    """Knows the built-in and the announced agent cards, and the live instances of each agent."""

    def __init__(
        self,
        cards: Sequence[AgentCard],
        on_progress: Progress,
        environment: Environment,
        check_after_ms: int = CHECK_AFTER_MS,
        unavailable_after_ms: int = UNAVAILABLE_AFTER_MS,
        send: Callable[[list[OutgoingMessage]], None] = lambda _: None,
    ) -> None:
        """Start with the built-in `cards`.

        `on_progress` takes each task that a heartbeat names; `send` publishes replies to refused announcements.
        """
        self._monotonic = environment.monotonic
        self._live_for_s = environment.live_for_s
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
        """Record that the control queue is subscribed (again): silence counts from now."""
        self._listening_since = self._monotonic()

    def listening_ms(self) -> float:
        """Return for how long heartbeats could have been received, in milliseconds."""
        return (self._monotonic() - self._listening_since) * 1000

    def cards(self) -> tuple[Card, ...]:
        """List every known card, built-in and announced."""
        if self._cards is None:
            self._cards = tuple(known.core for known in tuple(self._known.values()))  # a thread may call this
        return self._cards

    def roster(self, paused: Mapping[str, datetime]) -> Roster:
        """Return the roster of agents; it is rebuilt when a card or the liveness of an agent has changed."""
        roster = self._roster
        if roster is None or self._monotonic() >= self._roster_until:
            last = {name: max(known.last_seen.values(), default=NEVER) for name, known in tuple(self._known.items())}
            ends = {
                name: at + self._live_for_s for name, at in last.items() if at + self._live_for_s > self._monotonic()
            }
            roster = roster_of(self.cards(), ends, paused, self._check_after_ms, self._unavailable_after_ms)
            self._roster, self._roster_until = roster, min(ends.values(), default=float("inf"))
        elif roster.paused != paused:
            roster = self._roster = replace(roster, paused=dict(paused))
        return roster

    def live(self) -> list[LiveAgent]:
        """List every known agent with its live instances."""
        horizon = self._monotonic() - self._live_for_s
        agents = []
        for known in self._known.values():
            instances = [name for name, at in known.last_seen.items() if at >= horizon]
            tasks = sum(known.tasks.get(name, 0) for name in instances)
            agents.append(LiveAgent(card=known.card, instances=tuple(sorted(instances)), open_tasks=tasks))
        return agents

    def refused(self) -> tuple[RefusedAgent, ...]:
        """List the agents whose announcements were refused in the last hour."""
        return self._refused.kept()

    def busy(self, agent: str, within_s: float) -> int:
        """Count the instances of an agent whose heartbeats named tasks within the last `within_s` seconds."""
        known, horizon = self._known.get(agent), self._monotonic() - within_s
        return (
            sum(at >= horizon and known.tasks.get(name, 0) > 0 for name, at in known.last_seen.items()) if known else 0
        )

    def take(self, incoming: IncomingMessage) -> None:
        """Process a control message: an announcement or a heartbeat."""
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
            last_seen, tasks = (known.last_seen, known.tasks) if known else ({}, {})
            self._known[message.agent] = _Known(message.card, to_card(message.card), last_seen, tasks)
            self._cards = self._roster = None
            log.info("agent_announced", agent=message.agent, new=known is None)
        self._refused.forget(message.agent)
        if message.leaving:
            self._known[message.agent].forget(message.instance)
            self._roster = None
        elif self._known[message.agent].see(message.instance, self._monotonic(), self._live_for_s):
            self._roster = None

    def _refuse(self, agent: str | None, problem: Problem) -> None:
        """Refuse a control message; an announcement, whose agent is `agent`, gets a reply."""
        if agent is None:
            log.warning("control_refused", code=problem.code, where=problem.where)
            return
        log.warning("announcement_refused", agent=agent, code=problem.code, where=problem.where, reason=problem.message)
        self._refused.add(agent, problem)

    def _heartbeat(self, message: AgentHeartbeat) -> None:
        known = self._known.get(message.agent)
        if known is not None:
            if known.see(message.instance, self._monotonic(), self._live_for_s):
                self._roster = None
            if message.instance in known.last_seen:
                known.tasks[message.instance] = len(message.tasks)
        for task in message.tasks:
            self._on_progress(message.agent, task)


def _too_many() -> Problem:
    entry = CODES[ProblemCode.TOO_MANY_AGENTS]
    return Problem(
        code=ProblemCode.TOO_MANY_AGENTS, message=f"{entry.when} ({MAX_AGENTS})", where="agent", hint=entry.hint
    )
