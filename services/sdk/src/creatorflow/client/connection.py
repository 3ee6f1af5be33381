"""The client's connection: publishes messages until the broker confirms, repeats questions until they are answered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar
from uuid import UUID, uuid4

from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.operate import PruneAnswer, PruneCommand, QuarantineAnswer, QuarantineCommand
from creatorflow_contracts.v1.request import CancelRequest, Query, RequestSubmitted, StepCommand

from creatorflow.backoff import BROKER, retrying
from creatorflow.bus import (
    REPLY_QUEUE,
    BrokerRefused,
    Bus,
    BusUnavailable,
    Consumer,
    IncomingMessage,
    MessageRefused,
    Nacked,
    NotFound,
    OutgoingMessage,
    Unroutable,
    carried_by,
)
from creatorflow.telemetry import end, start_send
from creatorflow.tracecontext import trace_seen

from .errors import (
    BrokerConfiguration,
    BrokerUnavailable,
    ClientError,
    NoAnswer,
    NoOrchestrator,
    OrchestratorBusy,
    refusal_of_question,
)
from .replies import CANCEL, PRUNE, QUARANTINE, STEP, Answer, Question, Replies

SEND_PATIENCE: Final = 30.0
"""Seconds within which the broker must confirm a message, reconnects included."""

A = TypeVar("A", QueryAnswer, QuarantineAnswer, PruneAnswer)
Asked = Query | CancelRequest | StepCommand | QuarantineCommand | PruneCommand


class ClientConnection:
    """Sends messages to the exchange `creatorflow.requests` over one bus, and awaits the replies."""

    def __init__(self, url: str, name: str, patience: float) -> None:
        self.replies = Replies()
        self._url = url
        self._reconnect = asyncio.Event()
        self._bus = Bus.connect(url, name=name, patience=patience, on_connect=self._connected)
        self._quarantine_lock = asyncio.Lock()
        self._locks: defaultdict[Question, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def where(self) -> str:
        """The broker's address, without its password."""
        return address(self._url)

    async def open(self) -> None:
        """Connect. Raises BrokerUnavailable, BrokerConfiguration."""
        with self._mapped():
            await self._bus.open()
            await self._bus.consume_replies(self.replies.sink)

    async def close(self) -> None:
        """Disconnect."""
        await self._bus.close()

    def _connected(self) -> None:
        """Wake up all who wait for a reply: it was lost with the old connection, so they ask again."""
        reconnect, self._reconnect = self._reconnect, asyncio.Event()
        reconnect.set()

    async def reconnected(self) -> None:
        """Wait for the next reconnect."""
        await self._reconnect.wait()

    async def submit(self, request: RequestSubmitted) -> str | None:
        """Send a request; returns when the broker has confirmed it. It may be sent again with the same id.

        The request's trace begins here, or continues the caller's. Returns the trace id; None if the caller's trace is
        not sampled.
        """
        saga, key = str(request.correlation_id), topology.submit_key()
        return await self._send_traced(
            OutgoingMessage(topology.REQUESTS, key, *_body(request), saga, reply_to=REPLY_QUEUE)
        )

    async def ask(self, query: Query, timeout: float) -> QueryAnswer:
        """Send `query` and await its answer. Raises NoAnswer after `timeout` seconds, UnknownRequest, Refused."""
        query = query.model_copy(update={"id": uuid4()})
        return await self._question((query.ask, query.correlation_id), query, "query", QueryAnswer, timeout)

    async def cancel(self, request: CancelRequest, timeout: float) -> QueryAnswer:
        """Send a cancel; returns the saga's state after it. Raises the errors of `ask`."""
        return await self._question((CANCEL, request.correlation_id), request, "cancel", QueryAnswer, timeout)

    async def command_step(self, command: StepCommand, timeout: float) -> QueryAnswer:
        """Send a step command; returns the saga's state after it. Raises the errors of `ask`."""
        return await self._question((STEP, command.correlation_id), command, "step", QueryAnswer, timeout)

    async def quarantine(self, command: QuarantineCommand, timeout: float) -> QuarantineAnswer:
        """Send a command to the quarantine, one at a time, and await its answer. Raises the errors of `ask`."""
        async with self._quarantine_lock:
            question = (QUARANTINE, command.correlation_id)
            return await self._question(question, command, "quarantine", QuarantineAnswer, timeout)

    async def prune(self, command: PruneCommand, timeout: float) -> PruneAnswer:
        """Prune sagas; the answer has their number. Raises the errors of `ask`."""
        return await self._question((PRUNE, None), command, "prune", PruneAnswer, timeout)

    async def listen(
        self, saga: UUID, sink: Callable[[IncomingMessage], None], on_subscribed: Callable[[], None]
    ) -> Consumer:
        """Subscribe to the events of one saga by a private queue; `on_subscribed` is called at every (re)connect."""
        return await self._bus.consume_private(
            sink,
            lambda queue: [topology.Binding(topology.EVENTS, queue, topology.events_pattern(saga))],
            on_subscribed=on_subscribed,
        )

    async def unlisten(self, consumer: Consumer) -> None:
        """End a subscription."""
        await self._bus.drop(consumer)

    async def _question(
        self, question: Question, message: Asked, command: topology.Command, kind: type[A], timeout: float
    ) -> A:
        about = str(question[1]) if question[1] else None
        durable = command == "cancel"
        outgoing = OutgoingMessage(
            topology.REQUESTS,
            topology.command_key(command),
            *_body(message),
            about,
            persistent=durable,
            expiration_ms=None if durable else int(timeout * 1000),
            reply_to=REPLY_QUEUE,
        )
        try:
            async with asyncio.timeout(timeout), self._locks[question]:
                send = self._send if isinstance(message, Query) else self._send_traced  # a query changes nothing
                query_id = message.id if isinstance(message, Query) else None
                answer = await self._await_answer(question, query_id, outgoing, send)
        except TimeoutError:
            raise NoAnswer(f"no answer to {question[0]!r} within {timeout:g} s", self.where, question[1]) from None
        finally:
            self._drop_lock(question)
        if isinstance(answer, Problem):
            raise refusal_of_question(answer)
        if not isinstance(answer, kind):
            raise NoAnswer(f"the answer to {question[0]!r} is of another kind", self.where, question[1])
        return answer

    async def _await_answer(
        self,
        question: Question,
        query_id: UUID | None,
        outgoing: OutgoingMessage,
        send: Callable[[OutgoingMessage], Awaitable[object]],
    ) -> Answer | Problem:
        """Send a question and await its answer; send it again after a reconnect."""
        while True:
            answer, lost = self.replies.answer_to(question, query_id), asyncio.ensure_future(self.reconnected())
            try:
                await send(outgoing)
                await asyncio.wait((answer, lost), return_when=asyncio.FIRST_COMPLETED)
                if answer.done():
                    return answer.result()
            finally:
                lost.cancel()
                self.replies.forget(question, query_id)

    def _drop_lock(self, question: Question) -> None:
        """Delete the lock of a question unless it is in use."""
        lock = self._locks.get(question)
        if lock is not None and not lock.locked():
            del self._locks[question]

    async def _send_traced(self, outgoing: OutgoingMessage) -> str | None:
        """Send as `_send` does, in a span that begins a trace or continues the caller's; returns the trace id."""
        span = start_send(
            outgoing.exchange,
            outgoing.routing_key,
            kept=None,
            conversation=outgoing.correlation_id,
            server=self._bus.server,
        )
        error: ClientError | None = None
        try:
            await self._send(carried_by(span, outgoing))
            return trace_seen(span, outgoing.correlation_id)
        except ClientError as raised:
            error = raised
            raise
        finally:
            end(span, error)

    async def _send(self, outgoing: OutgoingMessage) -> None:
        """Publish; while the broker is unavailable, try again: receivers ignore duplicates."""
        with self._mapped():
            async with asyncio.timeout(SEND_PATIENCE):
                await retrying(BROKER, BusUnavailable)(self._bus.publish, outgoing)

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Map the errors of the bus to those of the client."""
        try:
            yield
        except (BusUnavailable, TimeoutError) as error:
            raise BrokerUnavailable(f"no broker answers ({error or 'timed out'})", self.where) from error
        except BrokerRefused as error:
            raise BrokerConfiguration(str(error), self.where) from error
        except Unroutable as error:
            raise NoOrchestrator("there is no queue for requests at this broker", self.where) from error
        except Nacked as error:
            raise OrchestratorBusy("the queue of requests is full", self.where) from error
        except MessageRefused as error:
            raise self._refused(error) from error

    def _refused(self, error: MessageRefused) -> ClientError:
        if isinstance(error.__cause__, NotFound):
            return NoOrchestrator("there is no exchange for requests at this broker", self.where)
        return BrokerConfiguration(str(error), self.where)


def _body(message: Message) -> tuple[bytes, str]:
    return message.to_json(), message.contract


def address(url: str) -> str:
    """Strip user, password and the files for TLS from `url`."""
    scheme, sign, location = url.partition("?")[0].partition("://")
    return f"{scheme}://{location.rpartition('@')[2]}" if sign else "the broker's URL"
