"""The broker of a simulated world: the orchestrators' queues, and each replica's bus."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from creatorflow.bus import BusError, BusUnavailable, IncomingMessage, MessageRefused, OutgoingMessage, Unroutable
from creatorflow_contracts import topology
from creatorflow_contracts.ingress import Delivery

from . import ending_rules
from .messages import Letter, Task

if TYPE_CHECKING:
    from .replicas import Replica
    from .world import World

SOON = 100
"""Milliseconds until the broker redelivers what a lost connection left unacknowledged."""


class Broker:
    """Queues that outlive their consumers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.waiting: deque[Letter] = deque()

    def arrive(self, letter: Letter) -> None:
        """Puts a message into its queue."""
        self.waiting.append(letter)
        self.deliver()

    def deliver(self) -> None:
        """Delivers queued messages, each to a random replica that runs."""
        while self.waiting and (up := self._world.replicas.up):
            self._world.rng.one(up).bus.take(self.waiting.popleft())

    def again(self, letters: Sequence[Letter]) -> None:
        """Redelivers messages that a lost connection left unacknowledged."""
        for letter in letters:
            count = letter.delivery.delivery_count + 1
            self.arrive(replace(letter, delivery=replace(letter.delivery, delivery_count=count, redelivered=True)))

    def control(self, delivery: Delivery) -> None:
        """Delivers a message to all running orchestrators."""
        for replica in self._world.replicas.up:
            replica.bus.take_control(delivery)


class Subscription:
    """A consumed queue; it ends with its replica."""

    async def stop(self) -> None:
        raise AssertionError("replicas of a simulation are killed")


class FakeBus:
    """The bus of a replica, as far as the wiring needs it. Acknowledges too: all queues share one channel."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._world = replica.world
        self._sinks: dict[str, Callable[[IncomingMessage], None]] = {}
        self.open: dict[int, Letter] = {}
        """Unacknowledged deliveries, by tag."""
        self._tags = 0
        self.user: str | None = None

    # consuming

    async def consume(self, queue: str, sink: Callable[[IncomingMessage], None], *, prefetch: int) -> Subscription:
        """Subscribes to a queue."""
        self._sinks[queue] = sink
        return Subscription()

    def take(self, letter: Letter) -> None:
        """Delivers a message."""
        self._tags += 1
        self.open[self._tags] = letter
        self._sinks[letter.queue](IncomingMessage(letter.delivery, letter.queue, self._tags, self))

    def take_control(self, delivery: Delivery) -> None:
        """Delivers a control message, which needs no acknowledgement."""
        self._replica.parts.agents.take(IncomingMessage(delivery, topology.CONTROL, 0, self))

    def disconnect(self) -> None:
        """Loses the connection."""
        letters, self.open = list(self.open.values()), {}
        self._world.timeline.later(SOON, self._world.broker.again, letters)

    def is_unanswered(self, tag: int) -> bool:
        """True while a delivery is unacknowledged."""
        return tag in self.open

    async def ack_many(self, tags: Sequence[int]) -> bool:
        """Acknowledges deliveries."""
        for tag in tags:
            letter = self.open.pop(tag, None)
            if letter is not None and letter.result_of is not None:
                ending_rules.check_committed_before_ack(self._world, letter.result_of)
        return True

    async def ack(self, tag: int) -> bool:
        """Acknowledges a delivery."""
        return await self.ack_many([tag])

    async def nack(self, tag: int, *, requeue: bool) -> bool:
        raise AssertionError("the orchestrator neither rejects nor requeues")

    # publishing

    async def publish_all(self, messages: Sequence[OutgoingMessage]) -> list[BusError | None]:
        """Sends messages. A confirm may be lost, and a process may die before it marks what it has sent."""
        errors = [self._publish(message) for message in messages]
        if any(message.persistent for message in messages) and self._world.rng.fault("orchestrator", 0.01):
            self._world.observe("fault crash_before_mark")
            if self._world.rng.maybe(0.5):
                await self._replica.kill()
            return [error or BusUnavailable("not confirmed in time", may_have_arrived=True) for error in errors]
        return errors

    def _publish(self, message: OutgoingMessage) -> BusError | None:
        world = self._world
        match message.exchange:
            case topology.TASKS:
                task = Task.read(message)
                agent = world.agents[task.content["agent"]]
                if not agent.exists:
                    world.observe("fate unroutable")
                    return Unroutable("no queue is bound")
                world.send(agent.arrive, task)
            case topology.CONTROL:
                world.on_control(message)
            case topology.REQUESTS | topology.RESULTS:
                if message.type == "request-submitted.v1" and world.rng.fault("network", 0.04):
                    world.observe("fault child_refused")
                    return MessageRefused("it cannot be sent")
                world.send(world.broker.arrive, _between_sagas(message))
            case topology.EVENTS | "":
                pass  # events and replies: nothing here reads them
            case other:
                raise AssertionError(f"nothing is published to {other}")
        return None

    async def consumer_count(self, queue: str) -> int:
        """The number of instances that consume an agent's queue."""
        if self._world.rng.fault("network", 0.2):
            self._world.observe("fault lost_count")
            raise BusUnavailable("no answer")
        agent = self._world.agents.get(queue.removeprefix(_AGENT_QUEUES))
        return 0 if agent is None else agent.present


_AGENT_QUEUES = topology.agent_queue("x").removesuffix("x")


def _between_sagas(message: OutgoingMessage) -> Letter:
    """A child's request or result, or a parent's cancel of its child."""
    queue = topology.RESULTS_QUEUE
    if message.exchange == topology.REQUESTS:
        is_request = message.routing_key == topology.submit_key()
        queue = topology.SUBMIT_QUEUE if is_request else topology.COMMANDS_QUEUE
    return Letter(queue, Delivery(message.body, message.exchange, message.routing_key, headers=message.headers))
