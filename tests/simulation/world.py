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

from . import rules_of_ends
from .agents import Agent
from .broker import Broker
from .clients import Clients
from .event_loop import VirtualLoop
from .messages import Letter
from .moment import Moment, Violation
from .plans import AGENTS, cards
from .randomness import Chance
from .replicas import Replicas
from .rules_of_sagas import LATEST
from .sagas import Sagas
from .timeline import HOUR, MINUTE, SECOND, Timeline, clock_time, ms_of

LONGEST = 30 * HOUR
"""A world that goes on longer does not come to rest."""
NOTICED_AFTER = 30 * MINUTE
"""An orchestrator may be away for twenty minutes; it then listens for a silence of 45 s, and once more if it dies."""
Trace = Callable[[str], None]


class World:
    """Everything around the sagas of one seed."""

    def __init__(
        self,
        seed: int,
        requests: frozenset[int] | None = None,
        without: frozenset[str] = frozenset(),
        trace: Trace | None = None,
    ) -> None:
        """`requests` keeps only these, `without` leaves out families of faults: to shrink what fails."""
        self.seed = seed
        self.seen: Counter[str] = Counter()
        self.trace = trace
        self.loop = VirtualLoop()
        self.loop.set_exception_handler(lambda _, context: self.fail(context.get("exception")))
        self.line = Timeline(self.loop)
        self.chance = Chance(seed, without)
        self.jumped_ms = 0
        self.disturbed_at = 0
        """When a clock jumped, a process died or began, or a commit failed last."""
        self.cards = cards(Random(f"cast {seed}"))  # noqa: S311 - to be repeated, not to be secret
        self.deadly: set[tuple[str, str]] = set()
        """Agent and step that no instance of it survives."""
        self.over: dict[UUID, int] = {}
        """Claimed attempts whose instance has died, and those that were answered, and when."""
        self._paused: dict[str, int] = {}
        self._broken: BaseException | None = None
        self.sagas = Sagas(self)
        self.broker = Broker(self)
        self.agents = {name: Agent(self, name) for name in AGENTS}
        self.replicas = Replicas(self, self.chance.whole(1, 2))
        self.clients = Clients(self, requests)
        check, unavailable = self.chance.one(((1, 10), (5, 60), (15, 120), (15, 900)))
        self.settings = OrchestratorSettings(check_after_s=check, unavailable_after_s=unavailable)

    def run(self) -> int:
        """Let everything happen; how many things did. Raises `Violation`."""
        logging.disable(logging.CRITICAL)
        random.seed(self.seed)  # the pauses of tenacity know no other
        self.loop.call_soon(self._begin)
        try:
            self.loop.run_forever()
            if self._broken is not None:
                raise self._broken
        finally:
            self._end()
        rules_of_ends.at_rest(self)
        return self.line.done

    def _begin(self) -> None:
        self._trouble()
        self.replicas.start()
        self.clients.begin()
        self._look()

    def _look(self) -> None:
        """Whether the world has come to rest."""
        if rules_of_ends.is_quiet(self):
            self.loop.stop()
        elif self.line.now > LONGEST:
            self.fail(Violation("the_world_comes_to_rest", f"it goes on after {self.line.now} ms"))
        else:
            self.line.look_later(MINUTE, self._look)

    def fail(self, error: BaseException | None) -> None:
        """Something is wrong: the world ends here."""
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

    def saw(self, what: str) -> None:
        """Something happened that the simulation is to have seen."""
        self.seen[what] += 1
        if self.trace is not None:
            self.trace(f"{self._stamp()} {what}")

    def _stamp(self) -> str:
        return f"{self.line.now / 1000:11.3f}"

    def skew(self) -> int:
        """By how much a replica's clock is wrong."""
        if not self.chance.fault("clock", 0.3):
            return 0
        self.saw("fault skew")
        return self.chance.whole(-2 * SECOND, 2 * SECOND)

    def _trouble(self) -> None:
        """What will go wrong by itself: clocks jump, circuits open, steps kill."""
        while self.chance.fault("clock", 0.15):
            self.line.later(self.chance.number(0, 10 * MINUTE), self._jump)
        while self.chance.fault("agents", 0.4):
            self.line.later(self.chance.skewed_ms(MINUTE, 10 * MINUTE), self._pause, self.chance.one(AGENTS))
        if self.chance.fault("agents", 0.1):  # circuits that open and close all the time
            for _ in range(40):
                self.line.later(self.chance.number(0, 2 * MINUTE), self._pause, self.chance.one(AGENTS))
        while self.chance.fault("agents", 0.25):
            self.deadly.add((self.chance.one(AGENTS), self.chance.one(("s0", "s0", "s1", "test", "undo-s0"))))

    def _jump(self) -> None:
        self.saw("fault jump")
        self.jumped_ms += self.chance.skewed_ms(2 * MINUTE, 2 * HOUR)
        self.disturbed_at = self.line.now

    def _pause(self, agent: str) -> None:
        self._paused[agent] = self.line.now + self.jumped_ms + self.chance.skewed_ms(30 * SECOND, 5 * MINUTE)

    def story(self, saga_id: UUID | None) -> list[tuple[Event, Roster]]:
        """The events of a saga so far, and who was there at each; of the first one if none is named."""
        kept = self.sagas.kept
        return (kept[saga_id] if saga_id in kept else next(iter(kept.values()))).witness.moments

    # what orchestrators see and send

    def paused(self, at: datetime) -> Mapping[str, datetime]:
        """Agents that get nothing now, beside those whose circuits the orchestrators have opened themselves."""
        until = {name: clock_time(ms) for name, ms in self._paused.items()}
        return {name: moment for name, moment in until.items() if moment > at}

    def send(self, act: Callable[[Any], None], message: object) -> None:
        """A message from the outbox: it arrives, perhaps twice."""
        self.line.later(self.delay(), act, message)
        if self.chance.fault("network", 0.02):
            self.saw("fault task_twice")
            self.line.later(self.delay(), act, message)

    def on_control(self, message: OutgoingMessage) -> None:
        """A message of an orchestrator to agents; transient, so perhaps nobody hears it."""
        if message.type == "discover-agents.v1":
            for agent in self.agents.values():
                agent.announce()
        elif message.type == "cancel-task.v1":
            content = json.loads(message.body)
            if self.chance.fault("network", 0.2):
                self.saw("fault lost_cancel")
            elif content["agent"] in self.agents:
                self.line.later(self.delay(), self.agents[content["agent"]].cancel, UUID(content["task_id"]))

    # wires

    def delay(self) -> float:
        """How long a message takes."""
        if not self.chance.fault("network", 0.05):
            return self.chance.number(1, 20)
        self.saw("fault late")
        return self.chance.skewed_ms(10 * SECOND, 10 * MINUTE)

    def deliver(self, letter: Letter, kind: str = "dead_letter") -> None:
        """A durable message to the orchestrators: it arrives, perhaps twice, perhaps late."""
        self.line.later(self.delay(), self.broker.arrive, letter)
        if kind in ("answer", "claim") and self.chance.fault("network", 0.05):
            self.saw(f"fault {kind}_twice")
            self.line.later(self.delay(), self.broker.arrive, letter)

    def tell(self, delivery: Delivery, kind: str) -> None:
        """A transient message to all orchestrators: it may be lost."""
        if self.chance.fault("network", 0.2):
            self.saw(f"fault lost_{kind}")
        else:
            self.line.later(self.delay(), self.broker.control, delivery)

    # what orchestrators did

    def quarantined(self, rows: Sequence[QuarantineRow]) -> None:
        """What could not be processed. Raises `Violation` where that is an orchestrator's own fault."""
        for row in rows:
            self.saw(f"refusal {row.code}")
            if row.code == "UNPROCESSABLE" and row.kind != "outbox":
                raise Violation("nothing_is_raised", f"{row.kind}: {row.message}")

    def accepted(self, saga_id: UUID, saga: Saga) -> None:
        """A saga has begun."""
        self.saw(f"pattern {saga.plan.pattern.value}")
        left = ms_of(saga.definition.deadline + LATEST) - self.line.now - self.jumped_ms
        self.line.look_later(left, rules_of_ends.in_time, self, saga_id)

    def told(self, saga_id: UUID, moment: Moment) -> None:
        """Count what was seen, tell it to who traces, and let people notice."""
        if self.trace is not None:
            self.trace(f"{self._stamp()} {str(saga_id)[:8]} {moment.event}\n{'':14}{_short(moment.commands)}")
        self.seen[f"event {type(moment.event).__name__}"] += 1
        self.seen[f"outcome {moment.outcome}"] += 1
        for command in moment.commands:
            self.seen[f"command {type(command).__name__}"] += 1
            if isinstance(command, Record):
                self._record(saga_id, command)
        if isinstance(moment.event, TaskFailed):
            self.seen[f"failure {moment.event.failure.kind.value}"] += 1
        if moment.after.status.final and moment.after is not moment.before:
            self.seen[f"ended {moment.after.status.value}"] += 1

    def _record(self, saga_id: UUID, record: Record) -> None:
        self.seen[f"record {record.event}"] += 1
        if record.event == "recovery_decided":
            self.seen[f"decision {record.data['decision']}"] += 1
            self.seen[f"recovery {record.data['failure']}>{record.data['decision']}"] += 1
        if record.event == "deadline_reached":
            self._stuck(saga_id)
        if record.event in ("step_parked", "step_failed", "step_dispatched"):
            self.clients.notice(saga_id, record)

    def _stuck(self, saga_id: UUID) -> None:
        """At the deadline, nobody may still have waited for an attempt that had died, or a child that had ended, long
        before."""
        for step in self.sagas.kept[saga_id].saga.steps.values():
            task_id = step.attempt.task_id
            if task_id is None:
                continue
            child = self.sagas.kept.get(task_id)
            died = self.over.get(task_id) if child is None else child.ended
            if step.status is StepStatus.OPEN and died is not None and self.line.now - died > NOTICED_AFTER:
                raise Violation("the_dead_are_noticed", f"{step.id} waits for what ended at {died}", saga_id)


def _short(commands: tuple[Command, ...]) -> str:
    lines = []
    for command in commands:
        if isinstance(command, Record):
            lines.append(f"{command.seq} {command.event} {command.step or ''} {command.agent or ''} {command.message}")
        else:
            lines.append(repr(command))
    return ("\n" + " " * 14).join(lines)
