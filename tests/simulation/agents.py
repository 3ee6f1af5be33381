"""The agents of a simulated world: queues, instances, and the faults of instances.

As in the real runtime (docs/architecture.md): a task is acknowledged when its work is finished or with its claim at the
first heartbeat, whichever is first; before that the broker delivers it again when the instance dies, afterwards only
the missing heartbeats show it. An instance never starts a task that it knows. A result is sent until it has arrived.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, assert_never
from uuid import UUID

from . import messages
from .agent_results import AgentResults, ResultFate
from .messages import Letter, Task
from .timeline import MINUTE, SECOND

if TYPE_CHECKING:
    from .world import World

HEARTBEAT = 10 * SECOND
NOTICED_DEAD = 33 * SECOND
"""Milliseconds until the broker closes a connection without heartbeats."""
DELIVERY_LIMIT = 5


Fate = ResultFate | Literal["crash", "crash_claimed", "freeze", "reject", "leave"]
"""The course that an attempt takes."""


@dataclass(slots=True)
class Run:
    """The work of an instance on a task."""

    task: Task
    fate: Fate
    alive: bool = True
    claimed: bool = False


@dataclass(slots=True)
class Instance:
    """One process of an agent."""

    name: str
    capacity: int
    up: bool = True
    frozen_until: int = 0
    running: dict[UUID, Run] = field(default_factory=dict)
    known: dict[UUID, Letter | None] = field(default_factory=dict)


class Agent:
    """One agent: its queue and its instances, which start and stop."""

    def __init__(self, world: World, name: str) -> None:
        rng = world.rng
        self.world = world
        self.name = name
        self.agent_results = AgentResults(world, name)
        self.exists = not rng.fault("agents", 0.04)
        """True once its queue was declared."""
        if not self.exists and rng.maybe(0.5):
            world.timeline.later(rng.number(0, 3 * MINUTE), self._appear)
        self.queue: deque[Task] = deque()
        count = 0 if not self.exists or rng.fault("agents", 0.05) else rng.whole(1, 2)
        self.instances = [Instance(f"{name}-{number}", rng.whole(1, 4)) for number in range(count)]
        self._born = count
        if count and rng.fault("agents", 0.15):
            world.timeline.later(rng.number(0, 2 * MINUTE), self._leave)

    @property
    def present(self) -> int:
        """The number of its instances that consume."""
        return sum(instance.up for instance in self.instances)

    def _appear(self) -> None:
        """Starts the agent for the first time."""
        self.exists = True
        self.instances = [Instance(f"{self.name}-first", 2)]
        self.announce()

    def announce(self) -> None:
        """Announces every running instance."""
        for instance in self.instances:
            if instance.up:
                self._announce(instance)

    def _announce(self, instance: Instance) -> None:
        """Announces that an instance starts or leaves; unlike a real one, also that it died."""
        card = self.world.cards[self.name].model_dump(mode="json")
        self.world.broker.control(messages.announcement(card, instance.name, leaving=not instance.up))

    # the queue

    def arrive(self, task: Task) -> None:
        """Puts a task into the queue."""
        self.queue.append(task)
        self.world.timeline.check_later(task.expires_in, self._expire, task)
        self._assign()

    def _expire(self, task: Task) -> None:
        if any(queued is task for queued in self.queue):
            self.queue = deque(queued for queued in self.queue if queued is not task)
            self._dead_letter(task, "expired")

    def _dead_letter(self, task: Task, reason: str) -> None:
        self.world.observe(f"fate {reason}")
        self.world.deliver(messages.dead_letter(task, reason))

    def _redeliver(self, task: Task) -> None:
        if task.deliveries > DELIVERY_LIMIT:
            self._dead_letter(task, "delivery_limit")
        else:
            self.queue.appendleft(task)
            self._assign()

    def _assign(self) -> None:
        """Gives queued tasks to instances with free capacity."""
        for instance in self.instances:
            while (
                self.queue and instance.up and not self._frozen(instance) and len(instance.running) < instance.capacity
            ):
                self._start(instance, self.queue.popleft())

    # work

    def _frozen(self, instance: Instance) -> bool:
        return instance.frozen_until > self.world.timeline.now

    def _start(self, instance: Instance, task: Task) -> None:
        task.deliveries += 1
        if task.id in instance.known or task.id in instance.running:
            self.world.observe("fate known_again")
            answer = instance.known.get(task.id)
            if answer is not None:
                self.world.deliver(answer)
            return
        run = instance.running[task.id] = Run(task, self._fate(task))
        self.world.observe(f"fate {run.fate}")
        if run.fate == "reject":
            self._stop(instance, run)
            self._dead_letter(task, "rejected")
            return
        duration = self._duration(run)
        self.world.timeline.later(HEARTBEAT, self._claim, instance, run)
        self.world.timeline.later(duration, self._end, instance, run, duration)

    def _fate(self, task: Task) -> Fate:
        if (self.name, task.content["step"]) in self.world.deadly:
            return "crash"
        if not self.world.rng.fault("agents", 0.25):
            return "succeed"
        return self.world.rng.weighted(
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
        """Milliseconds until its end; `overtime` is work that takes longer than its timeout."""
        rng, most = self.world.rng, run.task.timeout_ms
        if run.fate == "overtime":
            return most
        usual = 5 * MINUTE if rng.maybe(0.2) else 6 * SECOND
        duration = int(rng.number(1, usual))
        if run.fate == "crash_claimed":
            duration += HEARTBEAT
        if duration > most:
            run.fate = "overtime"
        return min(duration, most)

    def _claim(self, instance: Instance, run: Run) -> None:
        if not run.alive:
            return
        if self._frozen(instance):
            self.world.timeline.later(instance.frozen_until - self.world.timeline.now, self._claim, instance, run)
            return
        run.claimed = True
        self.world.deliver(messages.claim(self.name, instance.name, run.task), "claim")
        self.world.timeline.later(HEARTBEAT, self._heartbeat, instance, run)

    def _heartbeat(self, instance: Instance, run: Run) -> None:
        if not run.alive:
            return
        if not self._frozen(instance):
            self.world.broadcast(messages.heartbeat(self.name, instance.name, run.task), "heartbeat")
        self.world.timeline.later(HEARTBEAT, self._heartbeat, instance, run)

    def _end(self, instance: Instance, run: Run, duration: int) -> None:
        if not run.alive:
            return
        if self._frozen(instance):
            self.world.timeline.later(
                instance.frozen_until - self.world.timeline.now + 5, self._end, instance, run, duration
            )
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
                self.agent_results.release(run.task)
                self._leave()
            case "reject":
                raise AssertionError("a task that was rejected was never begun")
            case "succeed" | "fail" | "overtime" | "refused_output" | "twice" | "impostor":
                self._stop(instance, run)
                instance.known[run.task.id] = self.agent_results.give(run.task, run.fate)
                self._assign()
            case _:
                assert_never(run.fate)

    def _stop(self, instance: Instance, run: Run) -> None:
        run.alive = False
        instance.running.pop(run.task.id, None)

    def cancel(self, task_id: UUID) -> None:
        """Stops a cancelled attempt."""
        for instance in self.instances:
            run = instance.running.get(task_id)
            if run is not None and run.claimed and not self._frozen(instance):
                self.world.observe("fate cancelled")
                self._stop(instance, run)
                instance.known[task_id] = None
        self._assign()

    # crashes, freezes, stops

    def _crash(self, instance: Instance) -> None:
        """Crashes an instance: unclaimed tasks are delivered again, claimed ones get no more heartbeats."""
        instance.up = False
        self._announce(instance)
        for run in list(instance.running.values()):
            self._stop(instance, run)
            if run.claimed:
                self.world.over[run.task.id] = self.world.timeline.now
            else:
                self.world.timeline.later(self.world.rng.skewed_ms(100, NOTICED_DEAD), self._redeliver, run.task)
        self.world.timeline.later(self.world.rng.skewed_ms(3 * SECOND, 5 * MINUTE), self._restart, instance)

    def _restart(self, instance: Instance) -> None:
        """Replaces an instance by a new process, which may have the spool of the old one."""
        self._born += 1
        known = instance.known if self.world.rng.maybe(0.5) else {}
        fresh = Instance(f"{self.name}-{self._born}", instance.capacity, known=known)
        self.instances = [fresh if other is instance else other for other in self.instances]
        self._announce(fresh)
        self._assign()

    def _freeze(self, instance: Instance) -> None:
        """Freezes an instance for a while, as SIGSTOP does."""
        pause = int(self.world.rng.number(5 * SECOND, 10 * MINUTE))
        instance.frozen_until = self.world.timeline.now + pause
        for run in instance.running.values():
            if not run.claimed and pause > NOTICED_DEAD:
                self.world.timeline.later(NOTICED_DEAD, self._redeliver, replace(run.task))
        self.world.timeline.later(pause + 1, self._assign)

    def _leave(self) -> None:
        """Stops all instances for minutes: claimed tasks are released, others go back to the queue."""
        self.world.observe("fault agent_stopped")
        leaving = [instance for instance in self.instances if instance.up]
        for instance in leaving:
            instance.up = False
            self._announce(instance)
            for run in list(instance.running.values()):
                self._stop(instance, run)
                if run.claimed:
                    self.agent_results.release(run.task)
                else:
                    self._redeliver(run.task)
        self.world.timeline.later(self.world.rng.skewed_ms(2 * MINUTE, 20 * MINUTE), self._return, leaving)

    def _return(self, instances: list[Instance]) -> None:
        for instance in instances:
            if not instance.up:
                self._restart(instance)
