"""Follows the events of a request to its end: drawn live, printed in lines, or as JSON."""

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
from creatorflow.cli.views.reading_lines import agents_by_ask, short_reading
from creatorflow.cli.views.run_state import FINAL, RunState, fold
from creatorflow.client import NotFinished

if TYPE_CHECKING:
    from creatorflow_contracts.v1.event import SagaStatus

HINT = "Ctrl-C stops watching, not the request"


def goes_on(saga: UUID) -> tuple[str, ...]:
    """The lines shown when a user stops watching: the request goes on, and the commands to follow or cancel it."""
    return (
        "the request goes on",
        f"follow it with: creatorflow watch {saga}",
        f"stop it with:   creatorflow cancel {saga}",
    )


class Watcher:
    """Keeps the state of a request up to date with its events, and shows it."""

    def __init__(
        self, printer: Printer, saga: UUID, request: str = "", *, since: int = 0, parked: Iterable[str] = ()
    ) -> None:
        """Make a watcher of `saga`.

        `parked` are the steps that are parked as of event number `since`; the step commands are not shown for steps
        that were parked before it and no longer are.
        """
        self.board = RunState(str(saga), request=request)
        self._printer = printer
        self._saga = saga
        self._since, self._parked = since, frozenset(parked)

    async def follow(self, events: AsyncGenerator[SagaEvent, None], timeout: float | None) -> None:
        """Show events up to the final one. Raises NotFinished after `timeout` seconds; the request goes on."""
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
            self._show_event(event)

    def _show_event(self, event: SagaEvent) -> None:
        if self._printer.as_json:
            self._printer.message(SagaEvents(correlation_id=self._saga, status=self._status(event), events=(event,)))
        elif not self._printer.draws and (text := line(event)) is not None:
            self._printer.note(text)
            if event.event == "planned" and self.board.reading:
                for part in short_reading(self.board.reading, self.board.notes, agents_by_ask(self.board.analysis)):
                    self._printer.note(f"  {part}")
            if event.event == "step_parked" and (event.seq > self._since or event.step in self._parked):
                for repair in repairs(self._saga, event.step or ""):
                    self._printer.note(repair)

    def _status(self, event: SagaEvent) -> SagaStatus:
        if event.event in FINAL:
            return cast("SagaStatus", event.event)
        return "compensating" if self.board.status == "compensating" else "running"
