"""Nobody waits long for the planning of other people's requests."""

from __future__ import annotations

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.shell.processing import batch_processor

from .orchestrator_in_memory import AGENT, House

STEP: dict[str, object] = {"id": "schema", "agent": AGENT, "description": "make the schema"}


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch has time for one request."""
    monkeypatch.setattr(batch_processor, "PLANNING_S", 0.0)


async def test_requests_left_over_by_a_batch_are_next_in_their_order(house: House) -> None:
    sagas = [house.submit(STEP) for _ in range(5)]
    await house.worker.process(await house.inbox.take())
    assert [row[0] for row in house.query("SELECT id FROM saga")] == [str(sagas[0])]
    await house.settle()
    assert [row[0] for row in house.query("SELECT id FROM saga ORDER BY created_at")] == [str(saga) for saga in sagas]
    assert sorted(house.channel.acked) == [1, 2, 3, 4, 5]
    assert len(house.bus.tasks()) == 5


async def test_a_command_does_not_wait_for_earlier_requests(house: House) -> None:
    running = house.submit(STEP)
    await house.settle()
    waiting = [house.submit(STEP) for _ in range(5)]
    cancel: dict[str, object] = {"contract": "cancel-request.v1", "correlation_id": str(running)}
    house.deliver(topology.COMMANDS_QUEUE, cancel, topology.command_key("cancel"))
    await house.worker.process(await house.inbox.take())
    assert house.status(running) == "cancelled"
    assert len(house.query("SELECT id FROM saga")) < 1 + len(waiting)


async def test_left_over_requests_stay_unacknowledged_and_survive_a_failed_batch(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = house.submit(STEP), house.submit(STEP)
    real = house.worker._processor._handler.handle
    failing = [first]

    def fail_once(item: object, work: object) -> None:
        if failing:
            failing.clear()
            raise RuntimeError("a defect")
        real(item, work)  # type: ignore[arg-type]

    monkeypatch.setattr(house.worker._processor._handler, "handle", fail_once)
    await house.settle()
    assert {house.status(first), house.status(second)} == {"running"}
    assert len(house.bus.tasks()) == 2
