"""Publishing: many callers, one channel, pipelined confirms.

Rules for this file: it knows no client. Callers hand in messages; one task takes what is there, writes it in one piece
and goes on, so that whoever publishes while a batch is on its way rides in the next. A message that makes the broker
close the channel takes everything in flight with it (RELIABILITY, fact 5): those are sent again one at a time, which
finds the guilty one and delivers the others; whoever receives one of them twice knows its id.
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
"""Messages in flight. The client looks through all of them for every merged confirm, so more is not faster."""
CHUNK_MESSAGES = 256
CHUNK_BYTES = 1024 * 1024

log = get_logger(__name__)


class SendingChannel(Protocol):
    """What a publisher needs of a channel."""

    closed: asyncio.Future[BusError]

    @property
    def is_open(self) -> bool: ...
    async def write(self, sendings: Sequence[PublishAttempt]) -> None: ...
    async def close(self) -> None: ...


class _Batch:
    """The results of one `publish_all`, complete when none is missing."""

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
    """One message of a batch, from the caller's hand to the broker's word."""

    __slots__ = ("batch", "index", "outgoing", "settled", "written")

    def __init__(self, batch: _Batch, index: int, outgoing: OutgoingMessage) -> None:
        self.batch = batch
        self.index = index
        self.outgoing = outgoing
        self.settled = False
        self.written = False

    def settle(self, error: BusError | None) -> None:
        if not self.settled:
            self.settled = True
            self.batch.set(self.index, error)


class _Life:
    """A channel and what is in flight on it."""

    __slots__ = ("channel", "in_flight", "unanswered")

    def __init__(self, channel: SendingChannel) -> None:
        self.channel = channel
        self.in_flight: dict[PublishAttempt, None] = {}
        self.unanswered = 0
        """Messages whose callers wait no longer, and that the client still keeps in its table."""


class PublishAttempt:
    """One publish of an entry, under its own message id (RELIABILITY, fact 2)."""

    __slots__ = ("_life", "_publisher", "entry", "message_id", "outgoing")

    def __init__(self, publisher: Publisher, life: _Life, entry: _Entry, message_id: str) -> None:
        self._publisher = publisher
        self._life = life
        self.entry = entry
        self.outgoing = entry.outgoing
        self.message_id = message_id

    def settle(self, error: BusError | None) -> None:
        """The broker's word on it; nothing when nobody waits for it any more."""
        if self in self._life.in_flight:
            del self._life.in_flight[self]
            self.entry.settle(error)
            self._publisher.wake()


class Publisher:
    """Publishes for a whole process over one channel, which it opens again whenever it is gone."""

    def __init__(self, open_channel: Callable[[], Awaitable[SendingChannel]]) -> None:
        self._open_channel = open_channel
        self._life: _Life | None = None
        self._waiting: deque[_Entry] = deque()
        self._alone: deque[_Entry] = deque()
        self._wake = asyncio.Event()
        self._ids = itertools.count()
        self._prefix = secrets.token_hex(8)
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def publish_all(self, messages: Sequence[OutgoingMessage], timeout: float) -> list[BusError | None]:
        """Publish all of them; for each, in order, None or why not. Returns within `timeout` seconds."""
        if self._task is None:
            raise BusUnavailable("the bus is closed")
        batch = _Batch(len(messages), asyncio.get_running_loop())
        entries = [_Entry(batch, index, message) for index, message in enumerate(messages)]
        for entry in entries:
            try:
                entry.outgoing.check()
            except MessageRefused as error:
                entry.settle(error)
        self._waiting.extend(entry for entry in entries if not entry.settled)
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
        """Begin; needs a running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="bus-publisher")

    async def close(self) -> None:
        """Stop; what is not confirmed fails as BusUnavailable."""
        task, self._task = self._task, None
        if task is not None:
            await end_tasks(task)
        life, self._life = self._life, None
        in_flight = [sending.entry for sending in life.in_flight] if life is not None else []
        _give_up((*self._waiting, *self._alone, *in_flight), "the bus is closed")
        if life is not None:
            await _quietly(life.channel)
        await asyncio.gather(*self._closing)

    def renew(self) -> None:
        """Give the channel up; the next publish opens another."""
        life, self._life = self._life, None
        if life is not None:
            _give_up([sending.entry for sending in life.in_flight], "its channel was given up")
            closing = asyncio.get_running_loop().create_task(_quietly(life.channel))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def wake(self) -> None:
        """There may be something to do, or room to do it."""
        self._wake.set()

    def _abandon(self, entries: Iterable[_Entry], why: str) -> None:
        """Their caller waits no longer: they make room. When too many stay without the broker's word the channel is
        given up, because the client looks through all of them for every merged confirm."""
        _give_up(entries, why)
        life = self._life
        if life is not None:
            late = [sending for sending in life.in_flight if sending.entry.settled]
            for sending in late:
                del life.in_flight[sending]
            life.unanswered += len(late)
            if life.unanswered >= WINDOW:
                self.renew()
        self._wake.set()

    # -- the one task -----------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting or self._alone:
                life = await self._open_life()
                if not (chunk := self._take()):
                    break
                with suppress(BusError):  # what is lost with the channel is decided when that is closed
                    await self._write(life, chunk)

    def _take(self) -> list[_Entry]:
        """What can go now: one suspect while nothing else is in flight, else as many as the window allows."""
        while self._alone and self._alone[0].settled:
            self._alone.popleft()
        in_flight = len(self._life.in_flight) if self._life is not None else 0
        if self._alone:
            return [] if in_flight else [self._alone.popleft()]
        chunk: list[_Entry] = []
        room, size = min(WINDOW - in_flight, CHUNK_MESSAGES), 0
        while self._waiting and len(chunk) < room and size < CHUNK_BYTES:
            entry = self._waiting.popleft()
            if not entry.settled:
                chunk.append(entry)
                size += len(entry.outgoing.body)
        return chunk

    async def _open_life(self) -> _Life:
        """The channel, or another one; until there is one, callers may give up, and what they gave up is not sent."""
        life = self._life
        if life is None or not life.channel.is_open:
            channel: SendingChannel = await retrying(BROKER, BusError, self._no_channel)(self._open_channel)
            life = self._life = _Life(channel)
            channel.closed.add_done_callback(partial(self._on_closed, life))
        return life

    def _no_channel(self, error: BaseException, pause: float) -> None:
        log.debug("publish_channel_awaited", reason=str(error), next_try_s=pause)

    async def _write(self, life: _Life, chunk: list[_Entry]) -> None:
        sendings = [PublishAttempt(self, life, entry, f"{self._prefix}-{next(self._ids)}") for entry in chunk]
        for sending in sendings:
            sending.entry.written = True
            if sending.outgoing.named is not None:
                sending.outgoing.named(sending.message_id)
            life.in_flight[sending] = None
        await life.channel.write(sendings)

    def _on_closed(self, life: _Life, closed: asyncio.Future[BusError]) -> None:
        """The channel is gone with everything in flight: lost with the connection, or closed for one of them."""
        error, lost = closed.result(), [sending.entry for sending in life.in_flight]
        life.in_flight.clear()
        if not isinstance(error, ChannelFailed):
            _give_up(lost, str(error))
        elif len(lost) == 1 and not life.unanswered:
            refused = MessageRefused(f"{lost[0].outgoing.type} makes the broker close the channel: {error}")
            refused.__cause__ = error
            lost[0].settle(refused)
        else:
            self._alone.extend(entry for entry in lost if not entry.settled)
        self._wake.set()


def _give_up(entries: Iterable[_Entry], why: str) -> None:
    for entry in entries:
        if not entry.settled:
            entry.settle(BusUnavailable(f"{entry.outgoing.type}: {why}", may_have_arrived=entry.written))


async def _quietly(channel: SendingChannel) -> None:
    try:
        await channel.close()
    except BusError:
        return
