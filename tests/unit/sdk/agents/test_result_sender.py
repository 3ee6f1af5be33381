"""Results in flight are known as such exactly until the broker has confirmed them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

from creatorflow.agents.result_sender import ResultSender
from creatorflow.agents.spool import FileSpool, SpooledResult
from creatorflow.bus import Bus, BusError, OutgoingMessage

from tests.waiting import in_time, patient

AGENT = "database-specialist"


class ConfirmingBus:
    """A bus whose broker confirms everything at once."""

    async def publish_all(self, messages: Sequence[OutgoingMessage], *, timeout: float = 0) -> list[BusError | None]:
        return [None] * len(messages)


async def test_a_confirmed_result_is_not_in_flight_while_its_file_is_being_removed(tmp_path: Path) -> None:
    """A task that is redelivered meanwhile is acknowledged: no second confirm will come for it."""
    spool, tasks = FileSpool(tmp_path), [uuid4() for _ in range(3)]
    for task in tasks:
        spool.put(SpooledResult(task, uuid4(), AGENT, b"{}", {}))
    confirmed: list[UUID] = []
    still_in_flight: list[UUID] = []
    removing = asyncio.Event()

    def on_confirmed(task_ids: Sequence[UUID]) -> None:
        confirmed.extend(task_ids)
        asyncio.get_running_loop().call_soon(check)

    def check() -> None:
        still_in_flight.extend(task for task in tasks if task in sender)
        removing.set()

    sender = ResultSender(cast(Bus, ConfirmingBus()), spool, frozenset([AGENT]), on_confirmed)
    await in_time(removing.wait())
    assert await sender.flush(patient())
    await sender.close()
    assert (sorted(confirmed), still_in_flight, list(spool)) == (sorted(tasks), [], [])
