"""A submitted request: its events, its state, its result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.event import SagaEvent, SagaState
from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_contracts.v1.request import CancelRequest, Query, RequestSubmitted

from .connection import ClientConnection
from .errors import BrokerUnavailable, NoAnswer, NotFinished, UnknownRequest, refusal_of_request
from .event_stream import ANSWER_TIMEOUT, QUIET, EventStream
from .replies import Outcome


class Run:
    """A submitted request. Its client must be open."""

    def __init__(self, link: ClientConnection, request: RequestSubmitted, *, quiet: float = QUIET) -> None:
        self._link = link
        self._quiet = quiet
        self._pending = link.replies.pending(request.correlation_id)
        self.request = request
        """The message that was submitted."""
        self.trace_id: str | None = None
        """The trace of the request, 32 hex digits, for use in the address of a trace viewer; the services' settings
        decide if it is recorded. None if the caller's own trace is not sampled."""

    @property
    def id(self) -> UUID:
        """The request id, by which any client can follow the request."""
        return self.request.correlation_id

    async def events(self, after: int = 0) -> AsyncGenerator[SagaEvent, None]:
        """The events after number `after`, in order, up to the final one; may be called any number of times.

        Raises RequestRefused, NoOrchestrator.
        """
        stream = EventStream(self._link, self.id, after=after, patient=True, quiet=self._quiet)
        async with aclosing(stream.events()) as events:
            while (event := await self._next(events)) is not None:
                yield event
        self._pending.ended.set()

    async def _next(self, events: AsyncGenerator[SagaEvent, None]) -> SagaEvent | None:
        """Wait for the next event, or raise the refusal that comes first."""
        following = asyncio.ensure_future(anext(events, None))
        try:
            await asyncio.wait((following, self._pending.outcome), return_when=asyncio.FIRST_COMPLETED)
            if self._pending.outcome.done():
                _raise_refusal(self._pending.outcome.result())
            return await following
        finally:
            if not following.done():
                following.cancel()
                await asyncio.wait((following,))

    async def result(self, timeout: float | None = None) -> SynthesizedResult:
        """Wait for the result, also if the request failed or was cancelled (`status`, `reason`).

        Raises NotFinished after `timeout` seconds (the request goes on), RequestRefused.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    await self._news()
                    outcome = self._pending.outcome.result() if self._pending.outcome.done() else await self._query()
                    _raise_refusal(outcome)
                    if isinstance(outcome, SynthesizedResult):
                        return outcome
        except TimeoutError:
            raise NotFinished(f"not finished within {timeout:g} s; it goes on", self.id) from None

    async def _news(self) -> None:
        """Wait for the reply, or until the result is to be queried: the request has ended, the client has reconnected,
        or `quiet` seconds have passed."""
        signs: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(sign) for sign in (self._link.reconnected(), self._pending.ended.wait())
        ]
        awaited: list[asyncio.Future[Any]] = [self._pending.outcome, *signs]
        try:
            await asyncio.wait(awaited, timeout=self._quiet, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._pending.ended.clear()
            for sign in signs:
                sign.cancel()

    async def _query(self) -> SynthesizedResult | None:
        """Query the result. A request that the orchestrator does not know is sent again: the same id runs once, and a
        refusal whose reply was lost is sent again."""
        try:
            answer = await self._link.ask(Query(ask="result", correlation_id=self.id), ANSWER_TIMEOUT)
        except UnknownRequest:
            await self._link.submit(self.request)
            return None
        except (NoAnswer, BrokerUnavailable):
            return None
        return answer.result

    async def state(self, timeout: float = ANSWER_TIMEOUT) -> SagaState:
        """The current state. Raises UnknownRequest until the orchestrator has accepted the request, NoAnswer."""
        answer = await self._link.ask(Query(ask="state", correlation_id=self.id), timeout)
        if answer.state is None:
            raise NoAnswer("the answer contains no state", self._link.where, self.id)
        return answer.state

    async def cancel(self, reason: str = "", timeout: float = ANSWER_TIMEOUT) -> SagaState | None:
        """Cancel it: open steps are cancelled, finished steps are kept. Returns its state, if the answer has it.

        Raises UnknownRequest, NoAnswer.
        """
        return (await self._link.cancel(CancelRequest(correlation_id=self.id, reason=reason), timeout)).state


def _raise_refusal(outcome: Outcome | None) -> None:
    if isinstance(outcome, Problem):
        raise refusal_of_request(outcome)
