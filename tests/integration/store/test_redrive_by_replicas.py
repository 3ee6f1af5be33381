"""Two replicas on one database redrive the same messages: each is sent once."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.v1.operate import QuarantineCommand
from creatorflow_orchestrator.shell.environment import utc_now
from creatorflow_orchestrator.shell.operations.redrive import QuarantineResolver
from creatorflow_orchestrator.shell.operations.redrive_policy import RedrivePolicy
from creatorflow_orchestrator.shell.store import Changes, OutboxRow, QuarantineRow, Store
from creatorflow_orchestrator.translate.tasks import to_card

from .conftest import Opener
from .samples import quarantined_row

CARDS = tuple(to_card(card) for card in load_cards())


def request() -> QuarantineRow:
    plan = {"steps": [{"id": "one", "agent": "database-specialist"}]}
    body = {"contract": "request-submitted.v1", "correlation_id": str(uuid4()), "request": "do it", "plan": plan}
    return quarantined_row(kind="request", code="PROPERTY_MISMATCH", body=json.dumps(body).encode())


async def test_each_redriven_message_is_sent_once(shared_database: str, opener: Opener) -> None:
    stores = [await opener(shared_database) for _ in range(2)]
    async with stores[0].transaction() as tx:
        await tx.conclude(Changes(quarantined=tuple(request() for _ in range(100))))
    sent: list[OutboxRow] = []

    def resolver(store: Store) -> QuarantineResolver:
        policy = RedrivePolicy(store, lambda: CARDS)
        return QuarantineResolver(store, policy, sent.extend, lambda: None, utc_now)

    command = QuarantineCommand(action="redrive", code="PROPERTY_MISMATCH", limit=100)
    answers = await asyncio.gather(*(resolver(store).redrive(command) for store in stores * 2))
    done = [outcome.id for answer in answers for outcome in answer.outcomes if outcome.done]
    assert len(done) == len(set(done)) == len({row.body for row in sent}) == len(sent) == 100
    codes = {outcome.code for answer in answers for outcome in answer.outcomes if not outcome.done}
    assert codes <= {"REDRIVE_REFUSED"}
