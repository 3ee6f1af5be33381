"""Publishing without a broker: the one sending task while the channel misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from creatorflow.bus import BusError, BusUnavailable, MessageRefused, OutgoingMessage
from creatorflow.bus.errors import ChannelFailed
from creatorflow.bus.publisher import CHUNK_MESSAGES, WINDOW, PublishAttempt, Publisher

from tests.waiting import in_time


class Line:
    """A channel whose other end is the test."""

    def __init__(self, answer: Callable[[Line, PublishAttempt], None] | None = None) -> None:
        self.closed: asyncio.Future[BusError] = asyncio.get_running_loop().create_future()
        self.written: list[list[PublishAttempt]] = []
        self._answer = answer

    @property
    def is_open(self) -> bool:
        return not self.closed.done()

    async def write(self, sendings: Sequence[PublishAttempt]) -> None:
        self.written.append(list(sendings))
        for sending in sendings:
            if self._answer is not None and self.is_open:
                self._answer(self, sending)

    async def close(self) -> None:
        self.end(BusUnavailable("closed"))

    def end(self, error: BusError) -> None:
        if not self.closed.done():
            self.closed.set_result(error)


async def turns() -> None:
    """Let every pending callback run."""
    for _ in range(50):
        await asyncio.sleep(0)


def message(key: str = "k") -> OutgoingMessage:
    return OutgoingMessage("e", key, b"{}", "test.v1")


def confirm(line: Line, sending: PublishAttempt) -> None:
    sending.complete(None)


class Lines:
    """Opens channels, one after another."""

    def __init__(self, answer: Callable[[Line, PublishAttempt], None] | None = confirm) -> None:
        self.answer = answer
        self.opened: list[Line] = []
        self.can_be_had = asyncio.Event()
        self.can_be_had.set()

    async def open(self) -> Line:
        await self.can_be_had.wait()
        self.opened.append(Line(self.answer))
        return self.opened[-1]


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
async def publisher(lines: Lines) -> AsyncIterator[Publisher]:
    publisher = Publisher(lines.open)
    publisher.start()
    yield publisher
    await publisher.close()


async def test_a_publish_is_written_without_delay(publisher: Publisher, lines: Lines) -> None:
    await asyncio.gather(*(publisher.publish_all([message()], 5) for _ in range(10)))
    assert [len(batch) for batch in lines.opened[0].written] == [10]


async def test_every_publish_has_its_own_message_id(publisher: Publisher, lines: Lines) -> None:
    repeated = message()
    await publisher.publish_all([repeated] * (3 * CHUNK_MESSAGES), 5)
    ids = [sending.message_id for batch in lines.opened[0].written for sending in batch]
    assert len(set(ids)) == len(ids) == 3 * CHUNK_MESSAGES


async def test_outcomes_come_in_the_order_of_the_messages(publisher: Publisher, lines: Lines) -> None:
    bad = BusError("bad")
    lines.answer = lambda _, sending: sending.complete(bad if sending.outgoing.routing_key == "bad" else None)
    results = await publisher.publish_all([message("bad" if n % 7 == 0 else "k") for n in range(600)], 5)
    assert results == [bad if n % 7 == 0 else None for n in range(600)]


async def test_at_most_one_window_is_in_flight(publisher: Publisher, lines: Lines) -> None:
    lines.answer = None
    publishing = asyncio.ensure_future(publisher.publish_all([message()] * (2 * WINDOW), 5))
    await turns()
    written = [sending for batch in lines.opened[0].written for sending in batch]
    assert len(written) == WINDOW
    lines.opened[0]._answer = confirm
    for sending in written:
        sending.complete(None)
    assert await publishing == [None] * (2 * WINDOW)


async def test_a_message_that_closes_the_channel_is_isolated_and_the_others_are_delivered(
    publisher: Publisher, lines: Lines
) -> None:
    def poisoned(line: Line, sending: PublishAttempt) -> None:
        if sending.outgoing.routing_key == "poison":
            line.end(ChannelFailed("no"))
        elif len(line.written[-1]) == 1:
            sending.complete(None)

    lines.answer = poisoned
    results = await publisher.publish_all([message("poison" if n == 5 else "k") for n in range(20)], 5)
    assert isinstance(results.pop(5), MessageRefused)
    assert results == [None] * 19


async def test_a_lost_connection_fails_messages_in_flight_with_an_unknown_outcome(
    publisher: Publisher, lines: Lines
) -> None:
    lines.answer = lambda line, _: line.end(BusUnavailable("lost"))
    (error,) = await publisher.publish_all([message()], 5)
    assert isinstance(error, BusUnavailable)
    assert error.may_have_arrived
    lines.answer = confirm
    assert await publisher.publish_all([message()], 5) == [None]
    assert len(lines.opened) == 2


async def test_a_late_confirm_is_ignored(publisher: Publisher, lines: Lines) -> None:
    lines.answer = None
    (error,) = await publisher.publish_all([message()], 0.05)
    assert isinstance(error, BusUnavailable)
    late = lines.opened[0].written[0][0]
    late.complete(None)
    lines.opened[0]._answer = confirm
    assert await publisher.publish_all([message()], 5) == [None]


async def test_an_unconfirmed_message_does_not_fill_the_window_for_ever(publisher: Publisher, lines: Lines) -> None:
    """One dead queue must not stop the publishing to all others."""
    lines.answer = None
    for _ in range(2):
        errors = await publisher.publish_all([message()] * WINDOW, 0.1)
        assert all(isinstance(error, BusUnavailable) for error in errors)
    lines.answer = confirm
    assert await publisher.publish_all([message()], 5) == [None]
    assert not lines.opened[0].is_open


async def test_a_valid_message_is_not_blamed_for_an_abandoned_one(publisher: Publisher, lines: Lines) -> None:
    lines.answer = None
    await publisher.publish_all([message("poison")], 0.05)
    publishing = asyncio.ensure_future(publisher.publish_all([message()], 5))
    await turns()
    lines.answer = confirm
    lines.opened[0].end(ChannelFailed("for the first"))
    assert await publishing == [None]


async def test_a_message_abandoned_without_a_channel_is_never_sent(publisher: Publisher, lines: Lines) -> None:
    lines.can_be_had.clear()
    (error,) = await publisher.publish_all([message("given up")], 0.05)
    assert isinstance(error, BusUnavailable)
    assert not error.may_have_arrived
    lines.can_be_had.set()
    assert await publisher.publish_all([message("k")], 5) == [None]
    assert [sending.outgoing.routing_key for batch in lines.opened[0].written for sending in batch] == ["k"]


async def test_closing_fails_messages_that_wait_for_a_channel(lines: Lines) -> None:
    lines.can_be_had.clear()
    publisher = Publisher(lines.open)
    publisher.start()
    publishing = asyncio.ensure_future(publisher.publish_all([message()], 60))
    await turns()
    await publisher.close()
    (error,) = await in_time(publishing)
    assert isinstance(error, BusUnavailable)
    assert not error.may_have_arrived


async def test_closing_fails_messages_that_wait_for_a_confirm(lines: Lines) -> None:
    lines.answer = None
    publisher = Publisher(lines.open)
    publisher.start()
    publishing = asyncio.ensure_future(publisher.publish_all([message()], 5))
    await turns()
    await publisher.close()
    (error,) = await publishing
    assert isinstance(error, BusUnavailable)
    with pytest.raises(BusUnavailable):
        await publisher.publish_all([message()], 5)
