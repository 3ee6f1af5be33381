"""Publishing: many callers, one channel, pipelined confirms.

Rules for this file: it does not import the broker's client. Callers add messages; one task takes those that wait and
writes them in one piece, so that messages added meanwhile go into the next batch. A message that makes the broker close
the channel fails everything in flight (docs/facts.md, fact 5): those are sent again one at a time, which identifies the
message that caused it and delivers the others; receivers recognise duplicates by their id.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

from creatorflow.asyncio_tasks import end_tasks
from creatorflow.backoff import BROKER, retrying
from creatorflow.logs import get_logger

from .errors import BusError, BusUnavailable, ChannelFailed, MessageRefused
from .messages import OutgoingMessage

WINDOW = 1024
"""Limit of messages in flight. The client scans all of them for every merged confirm, so more is not faster."""
CHUNK_MESSAGES = 256
CHUNK_BYTES = 1024 * 1024

log = get_logger(__name__)


class SendingChannel(Protocol):
    """The interface of a channel that a publisher needs."""

    closed: asyncio.Future[BusError]

    @property
    def is_open(self) -> bool: ...
    async def write(self, attempts: Sequence[PublishAttempt]) -> None: ...
    async def close(self) -> None: ...


class _Batch:
    """The results of one `publish_all`; `done` is set when none is missing."""

    __slots__ = ("done", "left", "results")

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop) -> None:
        self.results: list[BusError | None] = [None] * size
        self.left = size
        self.done: asyncio.Future[None] = loop.create_future()

    def set(self, index: int, error: BusError | None) -> None:
        self.results[index] = error
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(None)


class _Entry:
    """One message of a batch, until the broker's answer."""

    __slots__ = ("batch", "completed", "index", "outgoing", "written")

    def __init__(self, batch: _Batch, index: int, outgoing: OutgoingMessage) -> None:
        self.batch = batch
        self.index = index
        self.outgoing = outgoing
        self.completed = False
        self.written = False

    def complete(self, error: BusError | None) -> None:
        if not self.completed:
            self.completed = True
            self.batch.set(self.index, error)


class _Session:
    """A channel with its messages in flight."""

    __slots__ = ("channel", "in_flight", "unanswered")

    def __init__(self, channel: SendingChannel) -> None:
        self.channel = channel
        self.in_flight: dict[PublishAttempt, None] = {}
        self.unanswered = 0
        """Messages whose callers wait no longer, and that are still in the client's table."""


class PublishAttempt:
    """One publish of an entry, with its own message id (docs/facts.md, fact 2)."""

    __slots__ = ("_publisher", "_session", "entry", "message_id", "outgoing")

    def __init__(self, publisher: Publisher, session: _Session, entry: _Entry, message_id: str) -> None:
        self._publisher = publisher
        self._session = session
        self.entry = entry
        self.outgoing = entry.outgoing
        self.message_id = message_id

    def complete(self, error: BusError | None) -> None:
        """Pass on the broker's answer; ignored if the caller waits no longer."""
        if self in self._session.in_flight:
            del self._session.in_flight[self]
            self.entry.complete(error)
            self._publisher.wake()


class Publisher:
    """Publishes for a whole process over one channel, and opens another after that is closed."""

    def __init__(self, open_channel: Callable[[], Awaitable[SendingChannel]]) -> None:
        self._open_channel = open_channel
        self._session: _Session | None = None
        self._waiting: deque[_Entry] = deque()
        self._suspects: deque[_Entry] = deque()
        self._wake = asyncio.Event()
        self._ids = itertools.count()
        self._prefix = secrets.token_hex(8)
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def publish_all(self, messages: Sequence[OutgoingMessage], timeout: float) -> list[BusError | None]:
        """Publish all messages within `timeout` seconds. Returns for each, in order, None or its error."""
        if self._task is None:
            raise BusUnavailable("the bus is closed")
        batch = _Batch(len(messages), asyncio.get_running_loop())
        entries = [_Entry(batch, index, message) for index, message in enumerate(messages)]
        for entry in entries:
            try:
                entry.outgoing.check()
            except MessageRefused as error:
                entry.complete(error)
        self._waiting.extend(entry for entry in entries if not entry.completed)
        self._wake.set()
        try:
            async with asyncio.timeout(timeout):
                if batch.left:
                    await batch.done
        except TimeoutError:
            self._abandon(entries, f"not confirmed within {timeout:g} s")
        except asyncio.CancelledError:
            self._abandon(entries, "the caller stopped waiting")
            raise
        return batch.results

    def start(self) -> None:
        """Start the task; needs a running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="bus-publisher")

    async def close(self) -> None:
        """Stop; unconfirmed messages fail as BusUnavailable."""
        task, self._task = self._task, None
        if task is not None:
            await end_tasks(task)
        session, self._session = self._session, None
        in_flight = [attempt.entry for attempt in session.in_flight] if session is not None else []
        _give_up((*self._waiting, *self._suspects, *in_flight), "the bus is closed")
        if session is not None:
            await _close_quietly(session.channel)
        await asyncio.gather(*self._closing)

    def renew(self) -> None:
        """Close the channel; the next publish opens another."""
        session, self._session = self._session, None
        if session is not None:
            _give_up([attempt.entry for attempt in session.in_flight], "its channel was given up")
            closing = asyncio.get_running_loop().create_task(_close_quietly(session.channel))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def wake(self) -> None:
        """Wake the task, because a message was added or one in flight was answered."""
        self._wake.set()

    def _abandon(self, entries: Iterable[_Entry], why: str) -> None:
        """Remove entries whose caller waits no longer. If too many stay unanswered, the channel is closed, because the
        client scans all of them for every merged confirm."""
        _give_up(entries, why)
        session = self._session
        if session is not None:
            late = [attempt for attempt in session.in_flight if attempt.entry.completed]
            for attempt in late:
                del session.in_flight[attempt]
            session.unanswered += len(late)
            if session.unanswered >= WINDOW:
                self.renew()
        self._wake.set()

    # -- the task ---------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting or self._suspects:
                session = await self._open_session()
                if not (chunk := self._take()):
                    break
                with suppress(BusError):  # `_on_closed` decides about the messages lost with the channel
                    await self._write(session, chunk)

    def _take(self) -> list[_Entry]:
        """Take the entries to write now: one suspect if nothing is in flight, else as many as the window allows."""
        while self._suspects and self._suspects[0].completed:
            self._suspects.popleft()
        in_flight = len(self._session.in_flight) if self._session is not None else 0
        if self._suspects:
            return [] if in_flight else [self._suspects.popleft()]
        chunk: list[_Entry] = []
        room, size = min(WINDOW - in_flight, CHUNK_MESSAGES), 0
        while self._waiting and len(chunk) < room and size < CHUNK_BYTES:
            entry = self._waiting.popleft()
            if not entry.completed:
                chunk.append(entry)
                size += len(entry.outgoing.body)
        return chunk

    async def _open_session(self) -> _Session:
        """Return the open channel or a new one. Entries that callers give up meanwhile are not sent."""
        session = self._session
        if session is None or not session.channel.is_open:
            channel: SendingChannel = await retrying(BROKER, BusError, self._no_channel)(self._open_channel)
            session = self._session = _Session(channel)
            channel.closed.add_done_callback(partial(self._on_closed, session))
        return session

    def _no_channel(self, error: BaseException, pause: float) -> None:
        log.debug("publish_channel_awaited", reason=str(error), next_try_s=pause)

    async def _write(self, session: _Session, chunk: list[_Entry]) -> None:
        attempts = [PublishAttempt(self, session, entry, f"{self._prefix}-{next(self._ids)}") for entry in chunk]
        for attempt in attempts:
            attempt.entry.written = True
            if attempt.outgoing.named is not None:
                attempt.outgoing.named(attempt.message_id)
            session.in_flight[attempt] = None
        await session.channel.write(attempts)

    def _on_closed(self, session: _Session, closed: asyncio.Future[BusError]) -> None:
        """Handle the messages in flight of a closed channel: lost with the connection, or closed because of one."""
        error, lost = closed.result(), [attempt.entry for attempt in session.in_flight]
        session.in_flight.clear()
        if not isinstance(error, ChannelFailed):
            _give_up(lost, str(error))
        elif len(lost) == 1 and not session.unanswered:
            refused = MessageRefused(f"{lost[0].outgoing.type} makes the broker close the channel: {error}")
            refused.__cause__ = error
            lost[0].complete(refused)
        else:
            self._suspects.extend(entry for entry in lost if not entry.completed)
        self._wake.set()


def _give_up(entries: Iterable[_Entry], why: str) -> None:
    for entry in entries:
        if not entry.completed:
            entry.complete(BusUnavailable(f"{entry.outgoing.type}: {why}", may_have_arrived=entry.written))


async def _close_quietly(channel: SendingChannel) -> None:
    try:
        await channel.close()
    except BusError:
        return
