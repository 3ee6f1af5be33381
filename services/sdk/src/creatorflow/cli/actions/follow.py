"""Follows a run's events to the end: drawn live, told in lines, or passed on as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from creatorflow_contracts.v1.event import SagaEvent, SagaEvents

from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.text import repairs
from creatorflow.cli.views.event_lines import line
from creatorflow.cli.views.live_tree import picture
from creatorflow.cli.views.run_state import FINAL, RunState, fold
from creatorflow.client import NotFinished

if TYPE_CHECKING:
    from creatorflow_contracts.v1.event import SagaStatus

HINT = "Ctrl-C stops watching, not the request"


def goes_on(saga: UUID) -> tuple[str, ...]:
    """What is said to who stops watching."""
    return (
        "the request goes on",
        f"follow it with: creatorflow watch {saga}",
        f"stop it with:   creatorflow cancel {saga}",
    )


class Watcher:
    """Where a run stands, kept up to date and shown."""

    def __init__(
        self, printer: Printer, saga: UUID, request: str = "", *, since: int = 0, parked: Iterable[str] = ()
    ) -> None:
        """`parked` are the steps that rested at event number `since`; how others before it are repaired is no news."""
        self.board = RunState(str(saga), request=request)
        self._printer = printer
        self._saga = saga
        self._since, self._parked = since, frozenset(parked)

    async def follow(self, events: AsyncGenerator[SagaEvent, None], timeout: float | None) -> None:
        """To the final event. Raises NotFinished after `timeout` seconds; the request goes on."""
        try:
            async with asyncio.timeout(timeout), aclosing(events):
                await self._show(events)
        except TimeoutError:
            raise NotFinished(f"not finished within {timeout:g} s; it goes on", self._saga) from None

    async def _show(self, events: AsyncGenerator[SagaEvent, None]) -> None:
        if not self._printer.draws:
            await self._consume(events)
            return
        with self._printer.drawing(self._picture):
            await self._consume(events)

    def _picture(self, height: int) -> Any:
        return picture(self.board, datetime.now(UTC), hint=HINT, height=height)

    async def _consume(self, events: AsyncGenerator[SagaEvent, None]) -> None:
        async for event in events:
            self.board = fold(self.board, event)
            self._tell(event)

    def _tell(self, event: SagaEvent) -> None:
        if self._printer.as_json:
            self._printer.message(SagaEvents(correlation_id=self._saga, status=self._status(event), events=(event,)))
        elif not self._printer.draws and (told := line(event)) is not None:
            self._printer.note(told)
            if event.event == "step_parked" and (event.seq > self._since or event.step in self._parked):
                for repair in repairs(self._saga, event.step or ""):
                    self._printer.note(repair)

    def _status(self, event: SagaEvent) -> SagaStatus:
        if event.event in FINAL:
            return cast("SagaStatus", event.event)
        return "compensating" if self.board.status == "compensating" else "running"
