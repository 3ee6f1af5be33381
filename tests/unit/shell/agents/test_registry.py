"""Available agents by announcements and heartbeats: live alternatives come first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest
from creatorflow.bus import IncomingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.work import AgentAnnounced, AgentHeartbeat, TaskProgress
from creatorflow_orchestrator.shell.agents.registry import AgentRegistry
from creatorflow_orchestrator.shell.environment import Environment

CARDS = {card.name: card for card in load_cards()}
NAME = "database-specialist"


class Clock:
    now = 1_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def agents(clock: Clock) -> AgentRegistry:
    return AgentRegistry(
        tuple(CARDS.values()), lambda *_: None, Environment(monotonic=lambda: clock.now), 1_500, 60_000
    )


def deliver(agents: AgentRegistry, message: Message) -> None:
    delivery = Delivery(message.to_json(), content_type="application/json")
    agents.take(IncomingMessage(delivery, topology.CONTROL, 1, cast(Any, None)))


def announced(name: str, *, leaving: bool = False) -> AgentAnnounced:
    return AgentAnnounced(agent=name, instance=f"{name}-1", card=CARDS[name], leaving=leaving)


def test_no_agent_is_available_before_the_first_announcement(agents: AgentRegistry) -> None:
    roster = agents.roster({})
    assert roster.live == frozenset()
    assert (roster.check_after_ms, roster.unavailable_after_ms) == (1_500, 60_000)


def test_a_live_agent_is_available_and_comes_first_among_the_alternatives(agents: AgentRegistry) -> None:
    before = agents.roster({}).alternatives[NAME]
    last = before[-1]
    deliver(agents, announced(last))
    roster = agents.roster({})
    assert roster.live == {last}
    assert roster.alternatives[NAME] == (last, *before[:-1])


def test_a_leaving_or_silent_agent_is_unavailable_at_once(agents: AgentRegistry, clock: Clock) -> None:
    deliver(agents, announced(NAME))
    deliver(agents, announced("ui-ux-specialist"))
    deliver(agents, announced(NAME, leaving=True))
    assert agents.roster({}).live == {"ui-ux-specialist"}
    clock.now += Environment().live_for_s + 1
    assert agents.roster({}).live == frozenset()
    deliver(agents, AgentHeartbeat(agent=NAME, instance="another"))
    assert agents.roster({}).live == {NAME}


def test_the_roster_is_rebuilt_only_after_a_change(agents: AgentRegistry, clock: Clock) -> None:
    deliver(agents, announced(NAME))
    first = agents.roster({})
    clock.now += Environment().live_for_s - 1
    deliver(agents, AgentHeartbeat(agent=NAME, instance=f"{NAME}-1"))
    assert agents.roster({}) is first
    clock.now += 2  # only the heartbeat proves that it is available
    assert agents.roster({}).live == {NAME}
    until = datetime(2026, 11, 22, tzinfo=UTC)
    assert agents.roster({NAME: until}).paused == {NAME: until}
    assert agents.roster({}).paused == {}


def test_a_working_instance_is_busy_until_it_falls_silent(agents: AgentRegistry, clock: Clock) -> None:
    task = TaskProgress(task_id=uuid4(), correlation_id=uuid4(), attempt=1)
    assert agents.busy(NAME, 45.0) == 0
    deliver(agents, AgentHeartbeat(agent=NAME, instance="idle"))
    deliver(agents, AgentHeartbeat(agent=NAME, instance="busy", tasks=(task,)))
    assert agents.busy(NAME, 45.0) == 1
    clock.now += 44
    assert agents.busy(NAME, 45.0) == 1
    clock.now += 2
    assert agents.busy(NAME, 45.0) == 0
