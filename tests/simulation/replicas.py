"""The orchestrators of a simulated world: real parts, wired as the service wires them, in processes that die and rise.

Nothing of an orchestrator is written here. What is here is what surrounds a process: its clock, its store, its bus, and
its end. The core's `advance` is watched on its way in, and what it did is held against the rules when it is committed.
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
from .moment import Moment, Violation
from .timeline import MINUTE, SECOND, clock_time

if TYPE_CHECKING:
    from .world import World

POLL_S = 25.0
"""Between two looks at the store; a day of virtual time has not too many."""
FOR_EVER = 1e9
"""Seconds. Instances say once that they are there, not every ten seconds; of one that dies it is known at once."""
_RUNNING: ContextVar[Replica | None] = ContextVar("replica", default=None)


class Replica:
    """One orchestrator process after the other, on one machine with its clock."""

    parts: ProcessingParts
    bus: FakeBus

    def __init__(self, world: World, database: Database, name: str) -> None:
        self.world = world
        self.skew_ms = world.skew()
        self.up = False
        self.listening_since = 0
        self.owner = ""
        self.moments: list[tuple[UUID, Moment]] = []
        """What the core did in the transaction that is open."""
        self._database = database
        self._name = name
        self._lives = 0
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def clock(self) -> datetime:
        """What its clock shows."""
        return clock_time(self.world.line.now + self.world.jumped_ms + self.skew_ms)

    # life and death

    def start(self) -> None:
        """Begin a process."""
        self._lives += 1
        self.owner = f"{self._name}-{self._lives}"
        self.listening_since = self.world.disturbed_at = self.world.line.now
        context = Context()
        context.run(_RUNNING.set, self)
        context.run(self._begin)

    def _begin(self) -> None:
        world = self.world
        environment = Environment(self.clock, world.loop.time, world.chance.jitter, POLL_S, FOR_EVER)
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

    async def killed(self) -> None:
        """Die here and now: nothing that comes after it in the process is done."""
        self.die()
        await asyncio.sleep(0)
        raise AssertionError("the dead go on")

    def die(self) -> None:
        """End the process; another begins after a while."""
        self.up = False
        self.world.disturbed_at = self.world.line.now
        self.end()
        self.bus.lose()
        self.world.line.later(self.world.chance.skewed_ms(20 * SECOND, 20 * MINUTE), self.start)

    def end(self) -> None:
        """End the process for good."""
        for task in list(self._tasks):
            task.cancel()

    def began(self, task: asyncio.Task[Any]) -> None:
        """A task of its process has begun; it ends with the process."""
        self._tasks[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.world.fail(error)

    # what the core does

    def _advance(self, saga: Saga | None, event: Event, roster: Roster) -> tuple[Saga, tuple[Command, ...]]:
        """The real `advance`, watched; circuits may be open that this process did not open."""
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
        self.moments.append((saga_id, Moment(event, roster, saga, after, commands)))
        return after, commands

    def committed(self, changes: Changes, applied: Applied) -> None:
        """What the core did in this transaction is in the database, but for sagas that another replica has begun."""
        lost = {row.id for row in changes.new} - applied.inserted
        for saga_id, moment in self.moments:
            if saga_id not in lost:
                self.world.sagas.see(saga_id, moment)
        self.world.quarantined(changes.quarantined)


class Replicas:
    """All of them."""

    def __init__(self, world: World, count: int) -> None:
        self.database = Database()
        self.all = [Replica(world, self.database, f"replica-{number}") for number in range(count)]
        world.loop.set_task_factory(_make_task)

    @property
    def up(self) -> list[Replica]:
        """Those that take deliveries."""
        return [replica for replica in self.all if replica.up]

    def start(self) -> None:
        """Begin all of them."""
        for replica in self.all:
            replica.start()


def _make_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **options: Any
) -> asyncio.Task[Any]:
    """A task, known to the replica in whose process it begins."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    replica = _RUNNING.get()
    if replica is not None:
        replica.began(task)
    return task
