"""One world: its agents, orchestrators, clients and wires, all driven by one seed."""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from creatorflow.bus import OutgoingMessage
from creatorflow_contracts.ingress import Delivery
from creatorflow_orchestrator.core.state.commands import Command, Record
from creatorflow_orchestrator.core.state.events import Event, TaskFailed
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga, StepStatus
from creatorflow_orchestrator.settings import OrchestratorSettings
from creatorflow_orchestrator.shell.store import QuarantineRow

from . import ending_rules
from .agents import Agent
from .broker import Broker
from .clients import Clients
from .event_loop import VirtualLoop
from .messages import Letter
from .plans import AGENTS, cards
from .randomness import WorldRandom
from .replicas import Replicas
from .saga_rules import LATEST
from .sagas import Sagas
from .timeline import HOUR, MINUTE, SECOND, Timeline, clock_time, ms_of
from .transition import Transition, Violation

LONGEST = 30 * HOUR
"""A world that is not idle by then is broken."""
NOTICED_AFTER = 30 * MINUTE
"""An orchestrator may be down for twenty minutes; it then waits for a silence of 45 s, and once more if it dies."""
Trace = Callable[[str], None]


class World:
    """The surroundings of the sagas of one seed."""

    def __init__(
        self,
        seed: int,
        requests: frozenset[int] | None = None,
        without: frozenset[str] = frozenset(),
        trace: Trace | None = None,
    ) -> None:
        """Sets up a world with only these `requests` and without these families of faults, which serves shrinking."""
        self.seed = seed
        self.seen: Counter[str] = Counter()
        self.trace = trace
        self.loop = VirtualLoop()
        self.loop.set_exception_handler(lambda _, context: self.fail(context.get("exception")))
        self.timeline = Timeline(self.loop)
        self.rng = WorldRandom(seed, without)
        self.jumped_ms = 0
        self.disturbed_at = 0
        """Milliseconds at which a clock last jumped, a process died or began, or a commit failed."""
        self.cards = cards(Random(f"cast {seed}"))  # noqa: S311 - to be repeated, not to be secret
        self.deadly: set[tuple[str, str]] = set()
        """Agents with the step on which every instance of them crashes."""
        self.over: dict[UUID, int] = {}
        """Milliseconds at which an attempt got its result, or the instance that had claimed it died."""
        self._paused: dict[str, int] = {}
        self._broken: BaseException | None = None
        self.sagas = Sagas(self)
        self.broker = Broker(self)
        self.agents = {name: Agent(self, name) for name in AGENTS}
        self.replicas = Replicas(self, self.rng.whole(1, 2))
        self.clients = Clients(self, requests)
        check, unavailable = self.rng.one(((1, 10), (5, 60), (15, 120), (15, 900)))
        self.settings = OrchestratorSettings(check_after_s=check, unavailable_after_s=unavailable)

    def run(self) -> int:
        """Runs the world to its end; returns the number of its actions. Raises `Violation`."""
        logging.disable(logging.CRITICAL)
        random.seed(self.seed)  # tenacity draws its pauses from it
        self.loop.call_soon(self._begin)
        try:
            self.loop.run_forever()
            if self._broken is not None:
                raise self._broken
        finally:
            self._end()
        ending_rules.check_final_state(self)
        return self.timeline.actions_done

    def _begin(self) -> None:
        self._schedule_faults()
        self.replicas.start()
        self.clients.begin()
        self._stop_if_idle()

    def _stop_if_idle(self) -> None:
        """Ends the world if it is idle."""
        if ending_rules.is_idle(self):
            self.loop.stop()
        elif self.timeline.now > LONGEST:
            self.fail(Violation("the_world_becomes_idle", f"it goes on after {self.timeline.now} ms"))
        else:
            self.timeline.check_later(MINUTE, self._stop_if_idle)

    def fail(self, error: BaseException | None) -> None:
        """Ends the world because of an error."""
        if not isinstance(error, Violation):
            broken = Violation("nothing_is_raised", repr(error))
            broken.__cause__ = error
            error = broken
        self._broken = self._broken or error
        self.loop.stop()

    def _end(self) -> None:
        for replica in self.replicas.all:
            replica.end()
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()
        self.loop.close()
        logging.disable(logging.NOTSET)

    def observe(self, kind: str) -> None:
        """Counts and traces a kind of event that the coverage expects."""
        self.seen[kind] += 1
        if self.trace is not None:
            self.trace(f"{self._stamp()} {kind}")

    def _stamp(self) -> str:
        return f"{self.timeline.now / 1000:11.3f}"

    def skew(self) -> int:
        """Milliseconds by which a replica's clock is wrong."""
        if not self.rng.fault("clock", 0.3):
            return 0
        self.observe("fault skew")
        return self.rng.whole(-2 * SECOND, 2 * SECOND)

    def _schedule_faults(self) -> None:
        """Schedules the faults of the world itself: clocks that jump, circuits that open, steps that crash agents."""
        while self.rng.fault("clock", 0.15):
            self.timeline.later(self.rng.number(0, 10 * MINUTE), self._jump)
        while self.rng.fault("agents", 0.4):
            self.timeline.later(self.rng.skewed_ms(MINUTE, 10 * MINUTE), self._pause, self.rng.one(AGENTS))
        if self.rng.fault("agents", 0.1):  # circuits that open and close all the time
            for _ in range(40):
                self.timeline.later(self.rng.number(0, 2 * MINUTE), self._pause, self.rng.one(AGENTS))
        while self.rng.fault("agents", 0.25):
            self.deadly.add((self.rng.one(AGENTS), self.rng.one(("s0", "s0", "s1", "test", "undo-s0"))))

    def _jump(self) -> None:
        self.observe("fault jump")
        self.jumped_ms += self.rng.skewed_ms(2 * MINUTE, 2 * HOUR)
        self.disturbed_at = self.timeline.now

    def _pause(self, agent: str) -> None:
        self._paused[agent] = self.timeline.now + self.jumped_ms + self.rng.skewed_ms(30 * SECOND, 5 * MINUTE)

    def event_log(self, saga_id: UUID | None) -> list[tuple[Event, Roster]]:
        """The events of a saga so far with their rosters; of the first saga if none is named."""
        committed = self.sagas.committed
        return (committed[saga_id] if saga_id in committed else next(iter(committed.values()))).checker.events

    # input and output of orchestrators

    def paused(self, at: datetime) -> Mapping[str, datetime]:
        """Agents with an open circuit, beside those that the orchestrators have opened themselves, and until when."""
        until = {name: clock_time(ms) for name, ms in self._paused.items()}
        return {name: end for name, end in until.items() if end > at}

    def send(self, act: Callable[[Any], None], message: object) -> None:
        """Delivers a message of the outbox, perhaps twice."""
        self.timeline.later(self.delay(), act, message)
        if self.rng.fault("network", 0.02):
            self.observe("fault task_twice")
            self.timeline.later(self.delay(), act, message)

    def on_control(self, message: OutgoingMessage) -> None:
        """Delivers a transient message of an orchestrator to agents, which may be lost."""
        if message.type == "discover-agents.v1":
            for agent in self.agents.values():
                agent.announce()
        elif message.type == "cancel-task.v1":
            content = json.loads(message.body)
            if self.rng.fault("network", 0.2):
                self.observe("fault lost_cancel")
            elif content["agent"] in self.agents:
                self.timeline.later(self.delay(), self.agents[content["agent"]].cancel, UUID(content["task_id"]))

    # wires

    def delay(self) -> float:
        """Milliseconds that a message takes."""
        if not self.rng.fault("network", 0.05):
            return self.rng.number(1, 20)
        self.observe("fault late")
        return self.rng.skewed_ms(10 * SECOND, 10 * MINUTE)

    def deliver(self, letter: Letter, kind: str = "dead_letter") -> None:
        """Delivers a durable message to the orchestrators, perhaps twice, perhaps late."""
        self.timeline.later(self.delay(), self.broker.arrive, letter)
        if kind in ("answer", "claim") and self.rng.fault("network", 0.05):
            self.observe(f"fault {kind}_twice")
            self.timeline.later(self.delay(), self.broker.arrive, letter)

    def broadcast(self, delivery: Delivery, kind: str) -> None:
        """Delivers a transient message to all orchestrators; it may be lost."""
        if self.rng.fault("network", 0.2):
            self.observe(f"fault lost_{kind}")
        else:
            self.timeline.later(self.delay(), self.broker.control, delivery)

    # committed work of orchestrators

    def quarantined(self, rows: Sequence[QuarantineRow]) -> None:
        """Counts quarantined messages. Raises `Violation` for a defect of the orchestrator."""
        for row in rows:
            self.observe(f"refusal {row.code}")
            if row.code == "UNPROCESSABLE" and row.kind != "outbox":
                raise Violation("nothing_is_raised", f"{row.kind}: {row.message}")

    def accepted(self, saga_id: UUID, saga: Saga) -> None:
        """Counts a new saga and schedules the check of its end."""
        self.observe(f"pattern {saga.plan.pattern.value}")
        remaining_ms = ms_of(saga.definition.deadline + LATEST) - self.timeline.now - self.jumped_ms
        self.timeline.check_later(remaining_ms, ending_rules.check_end_in_time, self, saga_id)

    def report_transition(self, saga_id: UUID, transition: Transition) -> None:
        """Counts and traces a committed transition, and passes its records to the clients."""
        if self.trace is not None:
            self.trace(f"{self._stamp()} {str(saga_id)[:8]} {transition.event}\n{'':14}{_short(transition.commands)}")
        self.seen[f"event {type(transition.event).__name__}"] += 1
        self.seen[f"outcome {transition.outcome}"] += 1
        for command in transition.commands:
            self.seen[f"command {type(command).__name__}"] += 1
            if isinstance(command, Record):
                self._record(saga_id, command)
        if isinstance(transition.event, TaskFailed):
            self.seen[f"failure {transition.event.failure.kind.value}"] += 1
        if transition.after.status.final and transition.after is not transition.before:
            self.seen[f"ended {transition.after.status.value}"] += 1

    def _record(self, saga_id: UUID, record: Record) -> None:
        self.seen[f"record {record.event}"] += 1
        if record.event == "recovery_decided":
            self.seen[f"decision {record.data['decision']}"] += 1
            self.seen[f"recovery {record.data['failure']}>{record.data['decision']}"] += 1
        if record.event == "deadline_reached":
            self._stuck(saga_id)
        if record.event in ("step_parked", "step_failed", "step_dispatched"):
            self.clients.on_record(saga_id, record)

    def _stuck(self, saga_id: UUID) -> None:
        """Checks that at its deadline a saga did not wait for an attempt that had died, or a child that had ended, long
        before. Raises `Violation`."""
        for step in self.sagas.committed[saga_id].saga.steps.values():
            task_id = step.attempt.task_id
            if task_id is None:
                continue
            child = self.sagas.committed.get(task_id)
            died = self.over.get(task_id) if child is None else child.ended
            if step.status is StepStatus.OPEN and died is not None and self.timeline.now - died > NOTICED_AFTER:
                raise Violation("dead_attempts_are_noticed", f"{step.id} waits for what ended at {died}", saga_id)


def _short(commands: tuple[Command, ...]) -> str:
    lines = []
    for command in commands:
        if isinstance(command, Record):
            lines.append(f"{command.seq} {command.event} {command.step or ''} {command.agent or ''} {command.message}")
        else:
            lines.append(repr(command))
    return ("\n" + " " * 14).join(lines)
