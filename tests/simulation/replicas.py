"""The orchestrators of a simulated world: real parts, wired as in the service, in processes that die and restart.

No orchestrator code is here; here are the surroundings of a process: its clock, its store, its bus, and its end. The
core's `advance` is wrapped, and its transitions are checked against the rules when they are committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, ContextVar
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from creatorflow_orchestrator.core.errors import ImpossibleEvent
from creatorflow_orchestrator.core.saga.machine import advance
from creatorflow_orchestrator.core.state.commands import Command
from creatorflow_orchestrator.core.state.events import Event, RequestSubmitted
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.store import Applied, Changes
from creatorflow_orchestrator.wiring import ProcessingParts, wire

from .broker import FakeBus
from .database import Database, FakeStore
from .timeline import MINUTE, SECOND, clock_time
from .transition import Transition, Violation

if TYPE_CHECKING:
    from .world import World

POLL_S = 25.0
"""Seconds between two polls of the store; few enough for a day of virtual time."""
FOR_EVER = 1e9
"""Seconds. Instances announce themselves once, not every ten seconds; the death of one is known at once."""
_RUNNING: ContextVar[Replica | None] = ContextVar("replica", default=None)


class Replica:
    """Successive orchestrator processes on one machine with its clock."""

    parts: ProcessingParts
    bus: FakeBus

    def __init__(self, world: World, database: Database, name: str) -> None:
        self.world = world
        self.skew_ms = world.skew()
        self.up = False
        self.listening_since = 0
        self.owner = ""
        self.transitions: list[tuple[UUID, Transition]] = []
        """The transitions of the open database transaction."""
        self._database = database
        self._name = name
        self._lives = 0
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def clock(self) -> datetime:
        """The time of its clock."""
        return clock_time(self.world.timeline.now + self.world.jumped_ms + self.skew_ms)

    # start and end

    def start(self) -> None:
        """Starts a process."""
        self._lives += 1
        self.owner = f"{self._name}-{self._lives}"
        self.listening_since = self.world.disturbed_at = self.world.timeline.now
        context = Context()
        context.run(_RUNNING.set, self)
        context.run(self._begin)

    def _begin(self) -> None:
        world = self.world
        environment = Environment(self.clock, world.loop.time, world.rng.jitter, POLL_S, FOR_EVER)
        self.bus = FakeBus(self)
        store = FakeStore(self, self._database)
        cards = list(world.cards.values())
        self.parts = wire(self.bus, store, world.settings, environment, cards, {}, advance=self._advance)
        world.loop.create_task(self._run())

    async def _run(self) -> None:
        await self.parts.intake.start()
        self.up = True
        self.parts.on_subscribed()
        for part in (self.parts.worker.run(), *self.parts.loops(adopt_all=False)):
            self.world.loop.create_task(part)
        self.world.broker.deliver()

    async def kill(self) -> None:
        """Ends the process at this await: nothing after it in the process is done."""
        self.die()
        await asyncio.sleep(0)
        raise AssertionError("a killed process went on")

    def die(self) -> None:
        """Ends the process; another starts after a while."""
        self.up = False
        self.world.disturbed_at = self.world.timeline.now
        self.end()
        self.bus.disconnect()
        self.world.timeline.later(self.world.rng.skewed_ms(20 * SECOND, 20 * MINUTE), self.start)

    def end(self) -> None:
        """Ends the process for good."""
        for task in list(self._tasks):
            task.cancel()

    def began(self, task: asyncio.Task[Any]) -> None:
        """Registers a task of this process, which ends with the process."""
        self._tasks[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.world.fail(error)

    # transitions of the core

    def _advance(self, saga: Saga | None, event: Event, roster: Roster) -> tuple[Saga, tuple[Command, ...]]:
        """Calls the real `advance` and keeps the transition; circuits may be open that this process did not open."""
        paused = self.world.paused(event.at)
        if paused:
            roster = replace(roster, paused={**roster.paused, **paused})
        try:
            after, commands = advance(saga, event, roster)
        except ImpossibleEvent:
            raise
        except Exception as error:
            saga_id = None if saga is None else saga.id
            self.world.sagas.raised(saga_id, event, roster)
            self.world.fail(Violation("nothing_is_raised", f"{event}: {error!r}", saga_id))
            raise
        saga_id = event.saga_id if isinstance(event, RequestSubmitted) else after.id
        self.transitions.append((saga_id, Transition(event, roster, saga, after, commands)))
        return after, commands

    def committed(self, changes: Changes, applied: Applied) -> None:
        """Checks the committed transitions, but for sagas that another replica has inserted first."""
        lost = {row.id for row in changes.new} - applied.inserted
        for saga_id, transition in self.transitions:
            if saga_id not in lost:
                self.world.sagas.see(saga_id, transition)
        self.world.quarantined(changes.quarantined)


class Replicas:
    """All replicas of a world and their database."""

    def __init__(self, world: World, count: int) -> None:
        self.database = Database()
        self.all = [Replica(world, self.database, f"replica-{number}") for number in range(count)]
        world.loop.set_task_factory(_make_task)

    @property
    def up(self) -> list[Replica]:
        """The replicas that take deliveries."""
        return [replica for replica in self.all if replica.up]

    def start(self) -> None:
        """Starts all replicas."""
        for replica in self.all:
            replica.start()


def _make_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **options: Any
) -> asyncio.Task[Any]:
    """Creates a task and registers it with the replica in whose process it begins."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    replica = _RUNNING.get()
    if replica is not None:
        replica.began(task)
    return task
