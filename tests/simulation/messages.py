"""The messages of a simulated world, as bytes: tasks to agents, and everything that goes to orchestrators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from creatorflow.bus import OutgoingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.ingress import Delivery


@dataclass(frozen=True, slots=True)
class Letter:
    """A durable message for the orchestrators, and the queue that it goes to."""

    queue: str
    delivery: Delivery
    result_of: UUID | None = None
    """The attempt whose result it is."""


@dataclass(slots=True)
class Task:
    """A task in its agent's queue."""

    body: bytes
    content: Mapping[str, Any]
    id: UUID
    """The id of the attempt."""
    expires_in: int
    """Milliseconds after its publication."""
    deliveries: int = 0

    @classmethod
    def read(cls, message: OutgoingMessage) -> Task:
        """Reads a task that an orchestrator publishes."""
        content = json.loads(message.body)
        return cls(message.body, content, UUID(content["id"]), message.expiration_ms or 0)

    @property
    def timeout_ms(self) -> int:
        """Milliseconds from the start of work."""
        return int(self.content["timeout_ms"])

    @property
    def attempt(self) -> dict[str, Any]:
        """The fields by which other messages name the attempt."""
        return {
            "task_id": self.content["id"],
            "correlation_id": self.content["correlation_id"],
            "attempt": self.content["attempt"],
        }


def request(body: Mapping[str, Any]) -> Letter:
    """A person's request."""
    return _letter(topology.SUBMIT_QUEUE, topology.REQUESTS, topology.submit_key(), "request-submitted.v1", body)


def cancel(saga_id: UUID) -> Letter:
    """A person's cancel of a request."""
    body = {"correlation_id": str(saga_id), "reason": "enough"}
    return _letter(
        topology.COMMANDS_QUEUE, topology.REQUESTS, topology.command_key("cancel"), "cancel-request.v1", body
    )


def step_command(body: Mapping[str, Any]) -> Letter:
    """A person's step command."""
    return _letter(topology.COMMANDS_QUEUE, topology.REQUESTS, topology.command_key("step"), "step-command.v1", body)


def result(agent: str, body: Mapping[str, Any]) -> Letter:
    """An agent's result, or a forged one."""
    content = {"agent": agent, "instance": agent, **body}
    return _letter(topology.RESULTS_QUEUE, topology.RESULTS, topology.result_key(agent), "agent-result.v1", content)


def unreadable(letter: Letter) -> Letter:
    """The same message, truncated."""
    cut = Delivery(letter.delivery.body[:-5], letter.delivery.exchange, letter.delivery.routing_key)
    return Letter(letter.queue, cut, letter.result_of)


def claim(agent: str, instance: str, task: Task) -> Letter:
    """An instance's claim of a task."""
    body = {"agent": agent, "instance": instance, **task.attempt}
    return _letter(topology.RESULTS_QUEUE, topology.RESULTS, topology.claim_key(agent), "task-claimed.v1", body)


def dead_letter(task: Task, reason: str) -> Letter:
    """A task that the broker dead-letters, with the reason."""
    headers = {"x-first-death-reason": reason}
    delivery = Delivery(task.body, topology.DEAD_LETTERS, "", headers=headers)
    return Letter(topology.DEAD_LETTERS_QUEUE, delivery)


def heartbeat(agent: str, instance: str, task: Task) -> Delivery:
    """An instance's heartbeat to all orchestrators, about one task."""
    return _delivery("agent-heartbeat.v1", {"agent": agent, "instance": instance, "tasks": [task.attempt]})


def announcement(card: Mapping[str, Any], instance: str, leaving: bool) -> Delivery:
    """An instance's announcement to all orchestrators that it starts, or leaves."""
    body = {"agent": card["name"], "instance": instance, "card": card, "leaving": leaving}
    return _delivery("agent-announced.v1", body)


def _letter(queue: str, exchange: str, key: str, contract: str, body: Mapping[str, Any]) -> Letter:
    return Letter(queue, Delivery(json.dumps({"contract": contract, **body}).encode(), exchange, key))


def _delivery(contract: str, body: Mapping[str, Any]) -> Delivery:
    return Delivery(json.dumps({"contract": contract, **body}).encode(), topology.CONTROL)
