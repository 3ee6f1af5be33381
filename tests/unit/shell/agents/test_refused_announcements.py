"""A refused announcement is answered to its agent and listed by its name."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from creatorflow.bus import IncomingMessage, OutgoingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.v1.work import AnnouncementRefused
from creatorflow_orchestrator.shell.agents import registry as module
from creatorflow_orchestrator.shell.agents.refused_announcements import KEPT_S
from creatorflow_orchestrator.shell.agents.registry import AgentRegistry
from creatorflow_orchestrator.shell.environment import Environment

CARD = {"name": "gift-agent", "group": "custom", "summary": "Wraps.", "expertise": [], "domains": []}


class Announcer:
    """The agent registry of an orchestrator, and the messages it sends."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.now = 0.0
        self.agents = AgentRegistry(
            load_cards(), lambda *_: None, Environment(monotonic=lambda: self.now), send=self.sent.extend
        )

    def announce(self, name: str = "gift-agent", key: str | None = None, **card: Any) -> None:
        own = {**CARD, "name": name, **card}
        body = {"contract": "agent-announced.v1", "agent": name, "instance": "one", "card": own}
        delivery = Delivery(json.dumps(body).encode(), topology.CONTROL, key or f"control.announce.{name}.v1")
        self.agents.take(IncomingMessage(delivery, "control", 1, cast(Any, None)))

    def refused(self) -> list[tuple[str, str, str]]:
        return [(refusal.name, refusal.code, refusal.where) for refusal in self.agents.refused()]


def test_a_refused_card_is_answered_to_its_agent_and_listed_by_name() -> None:
    announcer = Announcer()
    announcer.announce(summary=5)
    assert announcer.refused() == [("gift-agent", "FIELD_INVALID", "card.summary")]
    (answer,) = announcer.sent
    assert (answer.exchange, answer.routing_key) == ("creatorflow.control", "control.refused.gift-agent.v1")
    message = admit(Delivery(answer.body, answer.exchange, answer.routing_key, type=answer.type))
    assert isinstance(message, AnnouncementRefused)
    assert (message.agent, message.where) == ("gift-agent", "card.summary")
    assert "correct the fields" in message.hint


def test_a_valid_card_clears_an_earlier_refusal() -> None:
    announcer = Announcer()
    announcer.announce(summary=5)
    announcer.announce()
    assert announcer.refused() == []
    assert "gift-agent" in {agent.card.name for agent in announcer.agents.live()}


def test_the_agent_is_named_by_the_routing_key_and_not_by_the_body() -> None:
    announcer = Announcer()
    announcer.announce("gift-agent", key="control.announce.other-agent.v1")
    assert announcer.refused() == [("other-agent", "SENDER_NOT_ALLOWED", "routing_key")]
    assert [message.routing_key for message in announcer.sent] == ["control.refused.other-agent.v1"]


def test_an_invalid_agent_name_is_listed_and_cannot_be_answered() -> None:
    announcer = Announcer()
    announcer.announce("Gift Agent")
    announcer.announce("all")
    assert [name for name, _, _ in announcer.refused()] == ["Gift Agent", "all"]
    assert announcer.sent == []


def test_an_agent_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_AGENTS", 11)
    announcer = Announcer()
    announcer.announce()
    assert announcer.refused() == [("gift-agent", "TOO_MANY_AGENTS", "agent")]
    assert len(announcer.sent) == 1


def test_the_latest_hundred_refusals_of_the_last_hour_are_kept() -> None:
    announcer = Announcer()
    for number in range(103):
        announcer.announce(f"agent-{number}", summary=5)
    assert [name for name, _, _ in announcer.refused()] == [f"agent-{number}" for number in range(3, 103)]
    announcer.now += KEPT_S + 1
    assert announcer.refused() == []
