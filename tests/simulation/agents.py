"""The agents of a simulated world: queues, instances, and everything that instances do wrong.

As the real runtime does (DESIGN section 5): a task is acknowledged when its work is finished or with its claim at the
first heartbeat, whichever is first; before that the broker delivers it again when the instance dies, afterwards only
silence tells. An instance never starts a task that it knows. An answer is sent until it has arrived.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, assert_never
from uuid import UUID

from . import messages
from .answers import AnswerFate, Answers
from .messages import Letter, Task
from .timeline import MINUTE, SECOND

if TYPE_CHECKING:
    from .world import World

HEARTBEAT = 10 * SECOND
NOTICED_DEAD = 33 * SECOND
"""After so long the broker gives up on a connection that says nothing."""
DELIVERY_LIMIT = 5


Fate = AnswerFate | Literal["crash", "crash_claimed", "freeze", "reject", "leave"]
"""What becomes of an attempt."""


@dataclass(slots=True)
class Run:
    """An instance at work on a task."""

    task: Task
    fate: Fate
    alive: bool = True
    claimed: bool = False


@dataclass(slots=True)
class Instance:
    """One process of an agent."""

    name: str
    room: int
    up: bool = True
    frozen_until: int = 0
    running: dict[UUID, Run] = field(default_factory=dict)
    known: dict[UUID, Letter | None] = field(default_factory=dict)


class Agent:
    """One agent: its queue, and its instances as they come and go."""

    def __init__(self, world: World, name: str) -> None:
        chance = world.chance
        self.world = world
        self.name = name
        self.answers = Answers(world, name)
        self.exists = not chance.fault("agents", 0.04)
        """Whether its queue was ever declared."""
        if not self.exists and chance.maybe(0.5):
            world.line.later(chance.number(0, 3 * MINUTE), self._appear)
        self.queue: deque[Task] = deque()
        count = 0 if not self.exists or chance.fault("agents", 0.05) else chance.whole(1, 2)
        self.instances = [Instance(f"{name}-{number}", chance.whole(1, 4)) for number in range(count)]
        self._born = count
        if count and chance.fault("agents", 0.15):
            world.line.later(chance.number(0, 2 * MINUTE), self._leave)

    @property
    def present(self) -> int:
        """How many of its instances consume."""
        return sum(instance.up for instance in self.instances)

    def _appear(self) -> None:
        """It is started for the first time."""
        self.exists = True
        self.instances = [Instance(f"{self.name}-first", 2)]
        self.announce()

    def announce(self) -> None:
        """Everybody who is there says so."""
        for instance in self.instances:
            if instance.up:
                self._announce(instance)

    def _announce(self, instance: Instance) -> None:
        """An instance comes or goes. One that dies does not say so; its silence is noticed at once here."""
        card = self.world.cards[self.name].model_dump(mode="json")
        self.world.broker.control(messages.announcement(card, instance.name, leaving=not instance.up))

    # the queue

    def arrive(self, task: Task) -> None:
        """A task comes from the exchange."""
        self.queue.append(task)
        self.world.line.look_later(task.expires_in, self._expire, task)
        self._pump()

    def _expire(self, task: Task) -> None:
        if any(queued is task for queued in self.queue):
            self.queue = deque(queued for queued in self.queue if queued is not task)
            self._die(task, "expired")

    def _die(self, task: Task, reason: str) -> None:
        self.world.saw(f"fate {reason}")
        self.world.deliver(messages.dead_letter(task, reason))

    def _redeliver(self, task: Task) -> None:
        if task.deliveries > DELIVERY_LIMIT:
            self._die(task, "delivery_limit")
        else:
            self.queue.appendleft(task)
            self._pump()

    def _pump(self) -> None:
        """Give what waits to whoever has room."""
        for instance in self.instances:
            while self.queue and instance.up and not self._frozen(instance) and len(instance.running) < instance.room:
                self._start(instance, self.queue.popleft())

    # work

    def _frozen(self, instance: Instance) -> bool:
        return instance.frozen_until > self.world.line.now

    def _start(self, instance: Instance, task: Task) -> None:
        task.deliveries += 1
        if task.id in instance.known or task.id in instance.running:
            self.world.saw("fate known_again")
            answer = instance.known.get(task.id)
            if answer is not None:
                self.world.deliver(answer)
            return
        run = instance.running[task.id] = Run(task, self._fate(task))
        self.world.saw(f"fate {run.fate}")
        if run.fate == "reject":
            self._stop(instance, run)
            self._die(task, "rejected")
            return
        duration = self._duration(run)
        self.world.line.later(HEARTBEAT, self._claim, instance, run)
        self.world.line.later(duration, self._end, instance, run, duration)

    def _fate(self, task: Task) -> Fate:
        if (self.name, task.content["step"]) in self.world.deadly:
            return "crash"
        if not self.world.chance.fault("agents", 0.25):
            return "succeed"
        return self.world.chance.weighted(
            {
                "fail": 8.0,
                "crash": 2.0,
                "crash_claimed": 1.0,
                "freeze": 1.0,
                "twice": 1.0,
                "impostor": 1.0,
                "reject": 0.5,
                "refused_output": 1.0,
                "overtime": 1.0,
                "leave": 0.7,
            }
        )

    def _duration(self, run: Run) -> int:
        """How long until its end; `overtime` is what takes longer than it may."""
        chance, most = self.world.chance, run.task.timeout_ms
        if run.fate == "overtime":
            return most
        usual = 5 * MINUTE if chance.maybe(0.2) else 6 * SECOND
        duration = int(chance.number(1, usual))
        if run.fate == "crash_claimed":
            duration += HEARTBEAT
        if duration > most:
            run.fate = "overtime"
        return min(duration, most)

    def _claim(self, instance: Instance, run: Run) -> None:
        if not run.alive:
            return
        if self._frozen(instance):
            self.world.line.later(instance.frozen_until - self.world.line.now, self._claim, instance, run)
            return
        run.claimed = True
        self.world.deliver(messages.claim(self.name, instance.name, run.task), "claim")
        self.world.line.later(HEARTBEAT, self._beat, instance, run)

    def _beat(self, instance: Instance, run: Run) -> None:
        if not run.alive:
            return
        if not self._frozen(instance):
            self.world.tell(messages.heartbeat(self.name, instance.name, run.task), "heartbeat")
        self.world.line.later(HEARTBEAT, self._beat, instance, run)

    def _end(self, instance: Instance, run: Run, duration: int) -> None:
        if not run.alive:
            return
        if self._frozen(instance):
            self.world.line.later(instance.frozen_until - self.world.line.now + 5, self._end, instance, run, duration)
            return
        match run.fate:
            case "crash" | "crash_claimed":
                self._crash(instance)
            case "freeze":
                self._freeze(instance)
                run.fate = "succeed"
                self._end(instance, run, duration)
            case "leave":
                self._stop(instance, run)
                self.answers.release(run.task)
                self._leave()
            case "reject":
                raise AssertionError("a task that was rejected was never begun")
            case "succeed" | "fail" | "overtime" | "refused_output" | "twice" | "impostor":
                self._stop(instance, run)
                instance.known[run.task.id] = self.answers.give(run.task, run.fate)
                self._pump()
            case _:
                assert_never(run.fate)

    def _stop(self, instance: Instance, run: Run) -> None:
        run.alive = False
        instance.running.pop(run.task.id, None)

    def cancel(self, task_id: UUID) -> None:
        """Word has come that nobody waits for that attempt."""
        for instance in self.instances:
            run = instance.running.get(task_id)
            if run is not None and run.claimed and not self._frozen(instance):
                self.world.saw("fate cancelled")
                self._stop(instance, run)
                instance.known[task_id] = None
        self._pump()

    # life and death

    def _crash(self, instance: Instance) -> None:
        """It dies: what it had not claimed is delivered again, of what it had claimed nothing is heard."""
        instance.up = False
        self._announce(instance)
        for run in list(instance.running.values()):
            self._stop(instance, run)
            if run.claimed:
                self.world.over[run.task.id] = self.world.line.now
            else:
                self.world.line.later(self.world.chance.skewed_ms(100, NOTICED_DEAD), self._redeliver, run.task)
        self.world.line.later(self.world.chance.skewed_ms(3 * SECOND, 5 * MINUTE), self._restart, instance)

    def _restart(self, instance: Instance) -> None:
        """Another process takes its place; it may have the spool of the one before."""
        self._born += 1
        known = instance.known if self.world.chance.maybe(0.5) else {}
        fresh = Instance(f"{self.name}-{self._born}", instance.room, known=known)
        self.instances = [fresh if known is instance else known for known in self.instances]
        self._announce(fresh)
        self._pump()

    def _freeze(self, instance: Instance) -> None:
        """It stops for a while, and knows nothing of it afterwards."""
        pause = int(self.world.chance.number(5 * SECOND, 10 * MINUTE))
        instance.frozen_until = self.world.line.now + pause
        for run in instance.running.values():
            if not run.claimed and pause > NOTICED_DEAD:
                self.world.line.later(NOTICED_DEAD, self._redeliver, replace(run.task))
        self.world.line.later(pause + 1, self._pump)

    def _leave(self) -> None:
        """All of it goes away for minutes: what is claimed is released, what is not goes back."""
        self.world.saw("fault away")
        leaving = [instance for instance in self.instances if instance.up]
        for instance in leaving:
            instance.up = False
            self._announce(instance)
            for run in list(instance.running.values()):
                self._stop(instance, run)
                if run.claimed:
                    self.answers.release(run.task)
                else:
                    self._redeliver(run.task)
        self.world.line.later(self.world.chance.skewed_ms(2 * MINUTE, 20 * MINUTE), self._return, leaving)

    def _return(self, instances: list[Instance]) -> None:
        for instance in instances:
            if not instance.up:
                self._restart(instance)
