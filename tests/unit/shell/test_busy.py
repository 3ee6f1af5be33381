"""A saga in another replica's hands: what is about it waits, and nothing of it is settled meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from creatorflow_orchestrator.core.state.events import TaskFailed
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind
from creatorflow_orchestrator.shell.batch.work_queue import Batch, InternalEvent
from creatorflow_orchestrator.shell.store import Loaded, Transaction

from .orchestrator_in_memory import AGENT, House

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make it"}


async def test_an_unroutable_task_of_a_busy_saga_keeps_its_outbox_row_until_its_failure_is_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    saga_id = house.submit(STEP)
    await house.worker.process(await house.inbox.take())
    ((row_id,),) = house.query("SELECT id FROM outbox WHERE type = 'agent-task.v1'")
    (row,) = [each for each in await house.store.pending(10) if str(each.id) == row_id]
    event = TaskFailed(datetime.now(UTC), uuid4(), Failure(FailureKind.AGENT_UNAVAILABLE, "nobody"))
    real = Transaction.load

    async def busy(tx: Transaction, ids: object) -> Loaded:
        return Loaded({}, frozenset({saga_id}))

    monkeypatch.setattr(Transaction, "load", busy)
    await house.worker.process(Batch([InternalEvent(saga_id, event, row.id)]))
    assert house.query("SELECT count(*) FROM outbox WHERE id = ?", row_id) == [(1,)]
    monkeypatch.setattr(Transaction, "load", real)
    await house.worker.process(await house.inbox.take())
    assert house.query("SELECT count(*) FROM outbox WHERE id = ?", row_id) == [(0,)]


async def test_a_message_about_a_busy_saga_is_not_acknowledged_and_is_processed_again_despite_a_slow_broker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    saga_id = house.submit(STEP)
    await house.settle()
    tag = house.answer(house.result(house.bus.tasks()[0]))
    real = Transaction.load

    async def busy(tx: Transaction, ids: object) -> Loaded:
        return Loaded({}, frozenset({saga_id}))

    monkeypatch.setattr(Transaction, "load", busy)
    await house.worker.process(await house.inbox.take())
    assert tag not in house.channel.acked
    monkeypatch.setattr(Transaction, "load", real)
    await house.worker.process(await house.inbox.take())
    await house.settle()
    assert house.status(saga_id) == "completed"
    assert tag in house.channel.acked
