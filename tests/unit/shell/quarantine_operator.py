"""A house with someone who mends: what rests in quarantine is redriven and dropped by command."""

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

from .orchestrator_in_memory import House

QUEUES = {
    topology.submit_key(): topology.SUBMIT_QUEUE,
    topology.command_key("cancel"): topology.COMMANDS_QUEUE,
    topology.command_key("step"): topology.COMMANDS_QUEUE,
}


@dataclass
class Menders:
    """`mending` over a house; what it sends is published, and arrives when it is told to."""

    house: House

    def __post_init__(self) -> None:
        self.looked_again = 0
        redriving = RedrivePolicy(self.house.store, self.house.agents.cards)
        self.settling = QuarantineResolver(
            self.house.store, redriving, self._send, self._expect_untaken_rows, self.house.now
        )
        self.mending = OperatorCommands(None, self.house.store, self.settling, self.house.now)  # type: ignore[arg-type]
        self._sending: list[asyncio.Task[None]] = []

    def _send(self, rows: Sequence[OutboxRow]) -> None:
        self._sending.append(asyncio.create_task(self.house.relay.send(self.house.relay.take(rows))))

    def _expect_untaken_rows(self) -> None:
        self.looked_again += 1

    async def ask(self, action: str, *ids: UUID, body: object = None, **fields: Any) -> QuarantineAnswer:
        """Give a command; its answer. What it sends is published then."""
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            fields["body"] = base64.b64encode(raw).decode()
        command = QuarantineCommand(action=action, ids=ids, **fields)  # type: ignore[arg-type]
        answer = await self.mending.answer(command)
        await asyncio.gather(*self._sending)
        assert isinstance(answer, QuarantineAnswer), answer
        return answer

    async def one(self, action: str, row: UUID, **fields: Any) -> QuarantineOutcome:
        """Redrive or drop one message; what came of it."""
        (outcome,) = (await self.ask(action, row, **fields)).outcomes
        return outcome

    async def resting(self) -> list[QuarantineItem]:
        """What rests, the oldest first."""
        return list((await self.ask("list")).items)

    async def last(self) -> UUID:
        """What was quarantined last."""
        return (await self.resting())[-1].id

    def arrive(self, message: OutgoingMessage) -> None:
        """A message that was published reaches its queue."""
        queue = QUEUES.get(message.routing_key, topology.RESULTS_QUEUE)
        self.house.deliver(queue, message.body, message.routing_key, exchange=message.exchange)
