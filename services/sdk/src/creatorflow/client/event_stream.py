"""Follows one request: live events, and queries for those that were missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final
from uuid import UUID

from creatorflow_contracts.ingress import admit
from creatorflow_contracts.v1.event import SagaEvent, SagaEvents
from creatorflow_contracts.v1.request import Query

from creatorflow.bus import IncomingMessage

from .connection import ClientConnection
from .errors import BrokerUnavailable, NoAnswer, UnknownRequest
from .ordering import EventOrder

EXPECTED: Final = frozenset({"saga-events.v1"})
PAGE: Final = 100
QUIET: Final = 15.0
"""Seconds without events after which the history is queried, in case that events were lost."""
ANSWER_TIMEOUT: Final = 10.0


class EventStream:
    """The events of one saga after number `after`, up to the final one.

    `patient`: the request was just submitted, so the orchestrator may not know it yet, or may not run yet.
    """

    def __init__(
        self, link: ClientConnection, saga: UUID, *, after: int = 0, patient: bool = False, quiet: float = QUIET
    ) -> None:
        self._link = link
        self._saga = saga
        self._patient = patient
        self._quiet = quiet
        self._ordering = EventOrder(after)
        self._received: asyncio.Queue[tuple[SagaEvent, ...] | None] = asyncio.Queue()

    async def events(self) -> AsyncGenerator[SagaEvent, None]:
        """The events in order, none twice, none missing. Raises UnknownRequest, NoOrchestrator, NoAnswer (at first)."""
        consumer = await self._link.listen(self._saga, self._sink, lambda: self._received.put_nowait(None))
        try:
            while not self._ordering.finished:
                async with aclosing(self._ready(await self._news())) as ready:
                    async for event in ready:
                        yield event
        finally:
            await self._link.unlisten(consumer)

    def _sink(self, incoming: IncomingMessage) -> None:
        message = admit(incoming.delivery, EXPECTED)
        if isinstance(message, SagaEvents) and message.correlation_id == self._saga:
            self._received.put_nowait(message.events)

    async def _news(self) -> tuple[SagaEvent, ...] | None:
        """Wait for live events; None if the history is to be queried: after a (re)connect or `quiet` seconds."""
        try:
            async with asyncio.timeout(self._quiet):
                return await self._received.get()
        except TimeoutError:
            return None

    async def _ready(self, news: tuple[SagaEvent, ...] | None) -> AsyncGenerator[SagaEvent, None]:
        for event in self._ordering.take(news or ()):
            yield event
        if news is None or self._ordering.gap:
            async with aclosing(self._missed()) as missed:
                async for event in missed:
                    yield event

    async def _missed(self) -> AsyncGenerator[SagaEvent, None]:
        more = True
        while more and not self._ordering.finished:
            last = self._ordering.last
            events, more = await self._history()
            for event in self._ordering.take(events):
                yield event
            more = more and self._ordering.last > last

    async def _history(self) -> tuple[tuple[SagaEvent, ...], bool]:
        query = Query(ask="history", correlation_id=self._saga, after_seq=self._ordering.last, limit=PAGE)
        try:
            answer = await self._link.ask(query, ANSWER_TIMEOUT)
        except (NoAnswer, BrokerUnavailable, UnknownRequest):
            if not self._patient:
                raise
            return (), False
        self._patient = True  # the request is known now: later failures are temporary
        return answer.events, answer.more
