"""What goes into a batch, and in which order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.core.state.events import Event, TaskFailed, TaskHeartbeat
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind
from creatorflow_orchestrator.shell.batch.work_queue import MAX_ITEMS, InternalEvent, ReceivedMessage, WorkQueue

from tests.unit.shell.orchestrator_in_memory import House

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def heard(task: UUID, seconds: int = 0) -> InternalEvent:
    return InternalEvent(uuid4(), TaskHeartbeat(NOW + timedelta(seconds=seconds), task, "agent"))


def lost() -> InternalEvent:
    event: Event = TaskFailed(NOW, uuid4(), Failure(FailureKind.AGENT_UNAVAILABLE, "nobody"))
    return InternalEvent(uuid4(), event)


async def test_only_the_latest_heartbeat_of_a_task_is_kept_during_a_store_outage() -> None:
    inbox, task = WorkQueue(), uuid4()
    for seconds in (10, 30, 20):
        inbox.put(heard(task, seconds))
    (item,) = (await inbox.take()).items
    assert isinstance(item, InternalEvent)
    assert item.event.at == NOW + timedelta(seconds=30)


async def test_no_silence_limit_expires_while_a_heartbeat_waits() -> None:
    inbox = WorkQueue()
    for _ in range(MAX_ITEMS + 1):
        inbox.put(heard(uuid4()))
    inbox.mark_due()
    first, second = await inbox.take(), await inbox.take()
    assert (len(first.items), first.due) == (MAX_ITEMS, False)
    assert (len(second.items), second.due) == (1, True)


async def test_commands_precede_results_and_results_precede_requests(house: House) -> None:
    for queue in (topology.SUBMIT_QUEUE, topology.RESULTS_QUEUE, topology.COMMANDS_QUEUE):
        house.deliver(queue, b"")
    items = (await house.inbox.take()).items
    assert [item.incoming.queue for item in items if isinstance(item, ReceivedMessage)] == [
        topology.COMMANDS_QUEUE,
        topology.RESULTS_QUEUE,
        topology.SUBMIT_QUEUE,
    ]


async def test_a_message_that_was_delivered_three_times_is_handled_alone(house: House) -> None:
    house.deliver(topology.SUBMIT_QUEUE, b"", delivery_count=3)
    house.deliver(topology.SUBMIT_QUEUE, b"")
    assert [len((await house.inbox.take()).items) for _ in range(2)] == [1, 1]


async def test_an_item_handled_alone_waits_for_no_endless_load_and_delays_no_other(house: House) -> None:
    for _ in range(3):
        house.deliver(topology.RESULTS_QUEUE, b"", delivery_count=3)
    counts: list[set[int]] = []
    for _ in range(6):
        house.deliver(topology.RESULTS_QUEUE, b"")  # one more before each batch: the load never ends
        house.deliver(topology.SUBMIT_QUEUE, b"")
        items = (await house.inbox.take()).items
        counts.append({item.incoming.delivery.delivery_count for item in items if isinstance(item, ReceivedMessage)})
    assert counts == [{0}, {3}, {0}, {3}, {0}, {3}]


async def test_a_message_that_was_delivered_ten_times_is_quarantined_unread(house: House) -> None:
    house.deliver(topology.SUBMIT_QUEUE, b"{", delivery_count=10)
    await house.settle()
    assert house.quarantined() == [("request", "REDELIVERED_TOO_OFTEN")]


async def test_a_delivery_of_a_lost_channel_is_left_to_its_redelivery(house: House) -> None:
    house.channel.lost.add(house.deliver(topology.SUBMIT_QUEUE, b"not json"))
    house.deliver(topology.SUBMIT_QUEUE, b"")
    await house.settle()
    assert house.quarantined() == [("request", "EMPTY_BODY")]


async def test_sent_marks_alone_start_a_batch_only_after_a_delay() -> None:
    inbox, mark = WorkQueue(), uuid4()
    inbox.mark_sent([mark])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(inbox.take(), 0.01)
    assert (await inbox.take()).sent == [mark]


async def test_an_unroutable_task_is_not_a_heartbeat_and_is_never_merged() -> None:
    inbox = WorkQueue()
    for _ in range(3):
        inbox.put(lost())
    assert len((await inbox.take()).items) == 3
