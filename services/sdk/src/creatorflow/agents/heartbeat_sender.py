"""Announcements and heartbeats of one instance: transient messages, which are lost while the broker is unavailable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from creatorflow_contracts.topology import CONTROL, control_key
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.work import AgentAnnounced, AgentHeartbeat, TaskProgress

from creatorflow.asyncio_tasks import end_tasks
from creatorflow.bus import Bus, BusError, OutgoingMessage
from creatorflow.logs import get_logger

from .agent import Agent

PUBLISH_TIMEOUT = 5.0
FAREWELL_S = 0.5
TASKS_PER_HEARTBEAT = 1000
"""Largest number of tasks in one heartbeat, as in its contract."""

log = get_logger(__name__)


class HeartbeatSender:
    """Publishes what an instance reports of itself. `in_work` gives the tasks that an agent has in work."""

    def __init__(
        self,
        bus: Bus,
        agents: Mapping[str, Agent],
        instance: str,
        in_work: Callable[[str], tuple[TaskProgress, ...]],
    ) -> None:
        self._bus = bus
        self._agents = agents
        self._instance = instance
        self._in_work = in_work
        self._announcing: set[asyncio.Task[None]] = set()

    def announce(self) -> None:
        """Begin to announce all agents, after a connect or when discovered."""
        task = asyncio.ensure_future(self._publish([self._announcement(agent) for agent in self._agents.values()]))
        self._announcing.add(task)
        task.add_done_callback(self._announcing.discard)

    async def run(self, interval_s: float) -> None:
        """Publish the heartbeats of all agents every `interval_s` seconds, until cancelled."""
        while True:
            await asyncio.sleep(interval_s)
            await self._publish([heartbeat for name in self._agents for heartbeat in self._heartbeats(name)])

    async def farewell(self) -> None:
        """Announce that the instance leaves; takes at most `FAREWELL_S` seconds."""
        messages = [self._announcement(agent, leaving=True) for agent in self._agents.values()]
        await self._publish(messages, timeout=FAREWELL_S)

    async def close(self) -> None:
        """End announcements that are still being published."""
        await end_tasks(*self._announcing)

    async def _publish(self, messages: Sequence[OutgoingMessage], timeout: float = PUBLISH_TIMEOUT) -> None:
        try:
            await self._bus.publish_all(messages, timeout=timeout)
        except BusError as error:
            log.debug("transient_not_published", reason=str(error))

    def _announcement(self, agent: Agent, *, leaving: bool = False) -> OutgoingMessage:
        announcement = AgentAnnounced(agent=agent.name, instance=self._instance, card=agent.card, leaving=leaving)
        return _transient(control_key("announce", agent.name), announcement)

    def _heartbeats(self, name: str) -> list[OutgoingMessage]:
        """Return the heartbeats that name every task in work; a task that is not named would count as silent."""
        tasks = self._in_work(name)
        parts = [tasks[at : at + TASKS_PER_HEARTBEAT] for at in range(0, len(tasks), TASKS_PER_HEARTBEAT)] or [()]
        beats = (AgentHeartbeat(agent=name, instance=self._instance, tasks=part) for part in parts)
        return [_transient(control_key("heartbeat", name), beat) for beat in beats]


def _transient(key: str, message: Message) -> OutgoingMessage:
    return OutgoingMessage(CONTROL, key, message.to_json(), message.contract, persistent=False, mandatory=False)
