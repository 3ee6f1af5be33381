"""The contents and the order of batches."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from creatorflow_contracts import topology
from creatorflow_orchestrator.core.state.events import Event, TaskFailed, TaskHeartbeat
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind
from creatorflow_orchestrator.shell.batch.work_queue import MAX_ITEMS, InternalEvent, ReceivedMessage, WorkQueue

from tests.unit.shell.orchestrator_in_memory import InMemoryOrchestrator

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def heartbeat(task: UUID, seconds: int = 0) -> InternalEvent:
    return InternalEvent(uuid4(), TaskHeartbeat(NOW + timedelta(seconds=seconds), task, "agent"))


def lost_delivery() -> InternalEvent:
    event: Event = TaskFailed(NOW, uuid4(), Failure(FailureKind.AGENT_UNAVAILABLE, "nobody"))
    return InternalEvent(uuid4(), event)


async def test_only_the_latest_heartbeat_of_a_task_is_kept_during_a_store_outage() -> None:
    work_queue, task = WorkQueue(), uuid4()
    for seconds in (10, 30, 20):
        work_queue.put(heartbeat(task, seconds))
    (item,) = (await work_queue.take()).items
    assert isinstance(item, InternalEvent)
    assert item.event.at == NOW + timedelta(seconds=30)


async def test_no_silence_limit_expires_while_a_heartbeat_waits() -> None:
    work_queue = WorkQueue()
    for _ in range(MAX_ITEMS + 1):
        work_queue.put(heartbeat(uuid4()))
    work_queue.mark_due()
    first, second = await work_queue.take(), await work_queue.take()
    assert (len(first.items), first.due) == (MAX_ITEMS, False)
    assert (len(second.items), second.due) == (1, True)


async def test_commands_precede_results_and_results_precede_requests(orchestrator: InMemoryOrchestrator) -> None:
    for queue in (topology.SUBMIT_QUEUE, topology.RESULTS_QUEUE, topology.COMMANDS_QUEUE):
        orchestrator.deliver(queue, b"")
    items = (await orchestrator.work_queue.take()).items
    assert [item.incoming.queue for item in items if isinstance(item, ReceivedMessage)] == [
        topology.COMMANDS_QUEUE,
        topology.RESULTS_QUEUE,
        topology.SUBMIT_QUEUE,
    ]


async def test_a_message_that_was_delivered_three_times_is_handled_alone(orchestrator: InMemoryOrchestrator) -> None:
    orchestrator.deliver(topology.SUBMIT_QUEUE, b"", delivery_count=3)
    orchestrator.deliver(topology.SUBMIT_QUEUE, b"")
    assert [len((await orchestrator.work_queue.take()).items) for _ in range(2)] == [1, 1]


async def test_an_item_handled_alone_waits_for_no_endless_load_and_delays_no_other(
    orchestrator: InMemoryOrchestrator,
) -> None:
    for _ in range(3):
        orchestrator.deliver(topology.RESULTS_QUEUE, b"", delivery_count=3)
    counts: list[set[int]] = []
    for _ in range(6):
        orchestrator.deliver(topology.RESULTS_QUEUE, b"")  # one more before each batch: the load never ends
        orchestrator.deliver(topology.SUBMIT_QUEUE, b"")
        items = (await orchestrator.work_queue.take()).items
        counts.append({item.incoming.delivery.delivery_count for item in items if isinstance(item, ReceivedMessage)})
    assert counts == [{0}, {3}, {0}, {3}, {0}, {3}]


async def test_a_message_that_was_delivered_ten_times_is_quarantined_unread(orchestrator: InMemoryOrchestrator) -> None:
    orchestrator.deliver(topology.SUBMIT_QUEUE, b"{", delivery_count=10)
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("request", "REDELIVERED_TOO_OFTEN")]


async def test_a_delivery_of_a_lost_channel_is_left_to_its_redelivery(orchestrator: InMemoryOrchestrator) -> None:
    orchestrator.channel.lost.add(orchestrator.deliver(topology.SUBMIT_QUEUE, b"not json"))
    orchestrator.deliver(topology.SUBMIT_QUEUE, b"")
    await orchestrator.process_all()
    assert orchestrator.quarantined() == [("request", "EMPTY_BODY")]


async def test_sent_marks_alone_start_a_batch_only_after_a_delay() -> None:
    work_queue, mark = WorkQueue(), uuid4()
    work_queue.mark_sent([mark])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(work_queue.take(), 0.01)
    assert (await work_queue.take()).sent == [mark]


async def test_an_unroutable_task_is_not_a_heartbeat_and_is_never_merged() -> None:
    work_queue = WorkQueue()
    for _ in range(3):
        work_queue.put(lost_delivery())
    assert len((await work_queue.take()).items) == 3
