"""An operator for the orchestrator in memory, who redrives and drops quarantined messages by command."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from creatorflow.bus import OutgoingMessage
from creatorflow_contracts import topology
from creatorflow_contracts.v1.operate import QuarantineAnswer, QuarantineCommand, QuarantineItem, QuarantineOutcome
from creatorflow_orchestrator.shell.operations.operator_commands import OperatorCommands
from creatorflow_orchestrator.shell.operations.redrive import QuarantineResolver
from creatorflow_orchestrator.shell.operations.redrive_policy import RedrivePolicy
from creatorflow_orchestrator.shell.store import OutboxRow

from .orchestrator_in_memory import InMemoryOrchestrator

QUEUES = {
    topology.submit_key(): topology.SUBMIT_QUEUE,
    topology.command_key("cancel"): topology.COMMANDS_QUEUE,
    topology.command_key("step"): topology.COMMANDS_QUEUE,
}


@dataclass
class QuarantineOperator:
    """Gives quarantine commands to an orchestrator. Redriven messages are published; `arrive` delivers them."""

    orchestrator: InMemoryOrchestrator

    def __post_init__(self) -> None:
        self.outbox_scans = 0
        policy = RedrivePolicy(self.orchestrator.store, self.orchestrator.agents.cards)
        self.resolver = QuarantineResolver(
            self.orchestrator.store, policy, self._send, self._request_outbox_scan, self.orchestrator.now
        )
        self.commands = OperatorCommands(None, self.orchestrator.store, self.resolver, self.orchestrator.now)  # type: ignore[arg-type]
        self._sending: list[asyncio.Task[None]] = []

    def _send(self, rows: Sequence[OutboxRow]) -> None:
        self._sending.append(asyncio.create_task(self.orchestrator.relay.send(self.orchestrator.relay.take(rows))))

    def _request_outbox_scan(self) -> None:
        self.outbox_scans += 1

    async def ask(self, action: str, *ids: UUID, body: object = None, **fields: Any) -> QuarantineAnswer:
        """Give a command, wait until its messages are published, and return its answer."""
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            fields["body"] = base64.b64encode(raw).decode()
        command = QuarantineCommand(action=action, ids=ids, **fields)  # type: ignore[arg-type]
        answer = await self.commands.answer(command)
        await asyncio.gather(*self._sending)
        assert isinstance(answer, QuarantineAnswer), answer
        return answer

    async def resolve(self, action: str, row: UUID, **fields: Any) -> QuarantineOutcome:
        """Redrive or drop one message and return the outcome."""
        (outcome,) = (await self.ask(action, row, **fields)).outcomes
        return outcome

    async def quarantined(self) -> list[QuarantineItem]:
        """Return the quarantined messages, the oldest first."""
        return list((await self.ask("list")).items)

    async def last(self) -> UUID:
        """Return the id of the message that was quarantined last."""
        return (await self.quarantined())[-1].id

    def arrive(self, message: OutgoingMessage) -> None:
        """Deliver a published message to its queue."""
        queue = QUEUES.get(message.routing_key, topology.RESULTS_QUEUE)
        self.orchestrator.deliver(queue, message.body, message.routing_key, exchange=message.exchange)
