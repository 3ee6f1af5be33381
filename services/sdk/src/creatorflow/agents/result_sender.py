"""Delivery of finished results to the broker: stored, sent until confirmed, then removed."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from uuid import UUID

from creatorflow_contracts.topology import RESULTS, result_key

from creatorflow.asyncio_tasks import end_tasks
from creatorflow.backoff import RESULTS as PAUSES
from creatorflow.backoff import repeating
from creatorflow.bus import Bus, BusError, BusUnavailable, OutgoingMessage, publish_traced
from creatorflow.fault_injection import FaultReached, fault
from creatorflow.logs import get_logger, trace_of
from creatorflow.tracecontext import SPAN, another_process, number

from .spool import MemorySpool, Spool, SpooledResult

CONTRACT = "agent-result.v1"

log = get_logger(__name__)


class ResultSender:
    """Sends spooled results; `confirmed` is called with the tasks whose results the broker has confirmed."""

    def __init__(
        self, bus: Bus, spool: Spool, agents: frozenset[str], confirmed: Callable[[Sequence[UUID]], None]
    ) -> None:
        self._bus = bus
        self._spool = spool
        self._confirmed = confirmed
        self._waiting = {item.task_id: _left(item) for item in spool if item.agent in agents}
        self._tried: set[UUID] = set()
        """Those of the results that were sent before and not confirmed."""
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._again = asyncio.Event()
        self._wake.set()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="agent-results")

    def __contains__(self, task_id: UUID) -> bool:
        return task_id in self._waiting

    async def submit(self, item: SpooledResult) -> None:
        """Store a result and queue it for sending; returns when it is stored."""
        await self._store(item)
        self._waiting[item.task_id] = item
        self._empty.clear()
        self._wake.set()

    def try_again(self) -> None:
        """End the present pause, because there is a new connection."""
        self._again.set()
        self._wake.set()

    async def flush(self, timeout: float) -> bool:
        """Wait until everything is confirmed, at most `timeout` seconds. Returns True if it is."""
        try:
            async with asyncio.timeout(timeout):
                await self._empty.wait()  # what was confirmed is removed from the spool by then
        except TimeoutError:
            log.warning("results_left", count=len(self._waiting))
        return not self._waiting

    async def close(self) -> None:
        """Stop sending."""
        await end_tasks(self._task)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await repeating(PAUSES, self._pause)(self._send_all)
            self._empty.set()

    async def _send_all(self) -> bool:
        """Send all results once. Returns True if all were confirmed."""
        items = list(self._waiting.values())
        self._again.clear()
        errors = await self._publish(items)
        arrived = [item for item, error in zip(items, errors, strict=True) if error is None]
        self._arrived(arrived)
        for item, error in zip(items, errors, strict=True):
            if error is not None:
                log.warning("result_not_confirmed", **_names(item), reason=str(error))
        for item in arrived:
            await self._remove(item)
        return not any(errors)

    def _arrived(self, items: list[SpooledResult]) -> None:
        """Report these as confirmed and stop sending them, without a pause between the two: a delivery that came in
        between would wait for a confirmation that never comes again, and hold its slot for ever.
        """
        for item in items:
            del self._waiting[item.task_id]
            self._tried.discard(item.task_id)
        self._confirmed([item.task_id for item in items])

    async def _publish(self, items: list[SpooledResult]) -> list[BusError | None]:
        try:
            fault("before_result")
            spans = [self._span_id(item) for item in items]
            return await publish_traced(self._bus, [_message(item) for item in items], span_ids=spans)
        except BusError as error:
            return [error for _ in items]
        except FaultReached:
            return [BusUnavailable("a fault point") for _ in items]

    def _span_id(self, item: SpooledResult) -> int:
        """Return the id of the span of its first publish, chosen when it was spooled; 0 for later publishes."""
        if item.task_id in self._tried:
            return 0
        self._tried.add(item.task_id)
        return number(item.headers, SPAN)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            return

    async def _store(self, item: SpooledResult) -> None:
        try:
            if isinstance(self._spool, MemorySpool):
                self._spool.put(item)
            else:
                await asyncio.to_thread(self._spool.put, item)
        except OSError as error:
            log.error("result_not_stored", **_names(item), reason=error.strerror)

    async def _remove(self, item: SpooledResult) -> None:
        try:
            if isinstance(self._spool, MemorySpool):
                self._spool.remove(item.task_id)
            else:
                await asyncio.to_thread(self._spool.remove, item.task_id)
        except OSError as error:
            log.error("result_not_removed", **_names(item), reason=error.strerror)


def _left(item: SpooledResult) -> SpooledResult:
    """Return a result that an earlier process spooled, with the headers that another process continues."""
    return dataclasses.replace(item, headers=another_process(item.headers))


def _message(item: SpooledResult) -> OutgoingMessage:
    return OutgoingMessage(
        RESULTS,
        result_key(item.agent),
        item.body,
        CONTRACT,
        correlation_id=str(item.correlation_id),
        headers=item.headers,
    )


def _names(item: SpooledResult) -> dict[str, str]:
    return {
        "agent": item.agent,
        "correlation_id": str(item.correlation_id),
        "task_id": str(item.task_id),
        **trace_of(item.headers),
    }
