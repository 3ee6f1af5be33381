"""The broker of a simulated world: the orchestrators' queues, and each replica's bus."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from creatorflow.bus import BusError, BusUnavailable, IncomingMessage, MessageRefused, OutgoingMessage, Unroutable
from creatorflow_contracts import topology
from creatorflow_contracts.ingress import Delivery

from . import rules_of_ends
from .messages import Letter, Task

if TYPE_CHECKING:
    from .replicas import Replica
    from .world import World

SOON = 100
"""Milliseconds until the broker delivers again what a lost connection leaves without an answer."""


class Broker:
    """Queues that live longer than who consumes them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.waiting: deque[Letter] = deque()

    def arrive(self, letter: Letter) -> None:
        """A message has come to its queue."""
        self.waiting.append(letter)
        self.deliver()

    def deliver(self) -> None:
        """Give what waits to whoever consumes; which replica gets it is left to chance."""
        while self.waiting and (up := self._world.replicas.up):
            self._world.chance.one(up).bus.take(self.waiting.popleft())

    def again(self, letters: Sequence[Letter]) -> None:
        """A connection is lost: what came by it and has no answer is delivered again."""
        for letter in letters:
            count = letter.delivery.delivery_count + 1
            self.arrive(replace(letter, delivery=replace(letter.delivery, delivery_count=count, redelivered=True)))

    def control(self, delivery: Delivery) -> None:
        """A message to all orchestrators that are there."""
        for replica in self._world.replicas.up:
            replica.bus.hear(delivery)


class Subscription:
    """A consumed queue; it ends with its replica."""

    async def stop(self) -> None:
        raise AssertionError("replicas of a simulation are killed")


class FakeBus:
    """A replica's bus: what the wiring needs of one. It acknowledges too: all queues share one channel."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._world = replica.world
        self._sinks: dict[str, Callable[[IncomingMessage], None]] = {}
        self.open: dict[int, Letter] = {}
        """Deliveries that have no answer yet."""
        self._tags = 0
        self.user: str | None = None

    # what comes in

    async def consume(self, queue: str, sink: Callable[[IncomingMessage], None], *, prefetch: int) -> Subscription:
        """Take deliveries of a queue."""
        self._sinks[queue] = sink
        return Subscription()

    def take(self, letter: Letter) -> None:
        """Deliver a message."""
        self._tags += 1
        self.open[self._tags] = letter
        self._sinks[letter.queue](IncomingMessage(letter.delivery, letter.queue, self._tags, self))

    def hear(self, delivery: Delivery) -> None:
        """Deliver a control message, which needs no answer."""
        self._replica.parts.agents.take(IncomingMessage(delivery, topology.CONTROL, 0, self))

    def lose(self) -> None:
        """The connection is gone."""
        letters, self.open = list(self.open.values()), {}
        self._world.line.later(SOON, self._world.broker.again, letters)

    def is_unanswered(self, tag: int) -> bool:
        """True while a delivery has no answer."""
        return tag in self.open

    async def ack_many(self, tags: Sequence[int]) -> bool:
        """Answer deliveries."""
        for tag in tags:
            letter = self.open.pop(tag, None)
            if letter is not None and letter.answers is not None:
                rules_of_ends.acknowledged(self._world, letter.answers)
        return True

    async def ack(self, tag: int) -> bool:
        """Answer one."""
        return await self.ack_many([tag])

    async def nack(self, tag: int, *, requeue: bool) -> bool:
        raise AssertionError("the orchestrator neither rejects nor requeues")

    # what goes out

    async def publish_all(self, messages: Sequence[OutgoingMessage]) -> list[BusError | None]:
        """Send messages on their way. A confirm may be lost, and a process may die before it marks what it has sent."""
        errors = [self._publish(message) for message in messages]
        if any(message.persistent for message in messages) and self._world.chance.fault("orchestrator", 0.01):
            self._world.saw("fault crash_before_mark")
            if self._world.chance.maybe(0.5):
                await self._replica.killed()
            return [error or BusUnavailable("not confirmed in time", may_have_arrived=True) for error in errors]
        return errors

    def _publish(self, message: OutgoingMessage) -> BusError | None:
        world = self._world
        match message.exchange:
            case topology.TASKS:
                task = Task.read(message)
                agent = world.agents[task.content["agent"]]
                if not agent.exists:
                    world.saw("fate unroutable")
                    return Unroutable("no queue is bound")
                world.send(agent.arrive, task)
            case topology.CONTROL:
                world.on_control(message)
            case topology.REQUESTS | topology.RESULTS:
                if message.type == "request-submitted.v1" and world.chance.fault("network", 0.04):
                    world.saw("fault child_refused")
                    return MessageRefused("it cannot be sent")
                world.send(world.broker.arrive, _between_sagas(message))
            case topology.EVENTS | "":
                pass  # news and replies: nobody here reads them
            case other:
                raise AssertionError(f"nothing is published to {other}")
        return None

    async def consumer_count(self, queue: str) -> int:
        """How many instances consume an agent's queue."""
        if self._world.chance.fault("network", 0.2):
            self._world.saw("fault lost_count")
            raise BusUnavailable("no answer")
        agent = self._world.agents.get(queue.removeprefix(_AGENT_QUEUES))
        return 0 if agent is None else agent.present


_AGENT_QUEUES = topology.agent_queue("x").removesuffix("x")


def _between_sagas(message: OutgoingMessage) -> Letter:
    """A child's request or answer, or a parent's word to its child."""
    queue = topology.RESULTS_QUEUE
    if message.exchange == topology.REQUESTS:
        is_request = message.routing_key == topology.submit_key()
        queue = topology.SUBMIT_QUEUE if is_request else topology.COMMANDS_QUEUE
    return Letter(queue, Delivery(message.body, message.exchange, message.routing_key, headers=message.headers))
