"""One world: its agents, orchestrators, clients and wires, all driven by one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from random import Random
from uuid import UUID

from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.state.commands import CancelTask, Command, CountConsumers, Record, Refuse
from creatorflow_orchestrator.core.state.events import ConsumersCounted, Event, TaskFailed
from creatorflow_orchestrator.core.state.roster import Roster, roster_of
from creatorflow_orchestrator.core.state.saga_state import Saga, StepStatus

from . import rules_of_ends
from .agents import Agent
from .clients import Clients
from .messages import Item, Row, Task
from .moment import Moment, Violation
from .orchestrator import Orchestrators
from .plans import AGENTS, cards
from .randomness import Chance
from .rules_of_sagas import LATEST
from .timeline import HOUR, MINUTE, SECOND, Endless, Timeline, clock_time, ms_of

MOST = 100_000
"""Things that happen in a world; one that goes on longer does not come to rest."""
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
        self.line = Timeline()
        self.chance = Chance(seed, without)
        self.jumped_ms = 0
        self.cards = cards(Random(f"cast {seed}"))  # noqa: S311 - to be repeated, not to be secret
        self.deadly: set[tuple[str, str]] = set()
        """Agent and step that no instance of it survives."""
        self.lost: dict[UUID, int] = {}
        """Claimed attempts whose instance has died, and when."""
        self.agents = {name: Agent(self, name) for name in AGENTS}
        self.orchestrators = Orchestrators(self, self.chance.whole(1, 2))
        self.clients = Clients(self, requests)
        self._rosters: dict[tuple[frozenset[str], tuple[tuple[str, int], ...]], Roster] = {}
        self._paused: dict[str, int] = {}
        self._check_after_ms, self._unavailable_after_ms = self.chance.one(
            ((SECOND, 10 * SECOND), (5 * SECOND, MINUTE), (15 * SECOND, 2 * MINUTE), (15 * SECOND, 15 * MINUTE))
        )

    def run(self) -> int:
        """Let everything happen; how many things did. Raises `Violation`."""
        self._trouble()
        self.clients.begin()
        try:
            done = self.line.run(MOST)
        except Endless as error:
            raise Violation("the_world_comes_to_rest", str(error)) from None
        rules_of_ends.at_rest(self.orchestrators)
        return done

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
        self.orchestrators.due()

    def _pause(self, agent: str) -> None:
        self._paused[agent] = self.line.now + self.jumped_ms + self.chance.skewed_ms(30 * SECOND, 5 * MINUTE)

    def story(self, saga_id: UUID | None) -> list[tuple[Event, Roster]]:
        """The events of a saga so far, and who was there at each; of the first one if none is named."""
        sagas = self.orchestrators.sagas
        return (sagas[saga_id] if saga_id in sagas else next(iter(sagas.values()))).witness.moments

    # what orchestrators ask for

    def roster(self, at: datetime) -> Roster:
        """Who there is, as an orchestrator sees it."""
        now = ms_of(at)
        live = frozenset(name for name, agent in self.agents.items() if agent.present)
        paused = tuple((name, until) for name, until in self._paused.items() if until > now)
        if (live, paused) not in self._rosters:
            self._rosters[live, paused] = roster_of(
                self.cards,
                live,
                {name: clock_time(until) for name, until in paused},
                self._check_after_ms,
                self._unavailable_after_ms,
            )
        return self._rosters[live, paused]

    def publish(self, row: Row) -> None:
        """Send a row of the outbox: it arrives, perhaps twice."""
        self.line.later(self.delay(), self._arrive, row)
        if self.chance.fault("network", 0.02):
            self.saw("fault task_twice")
            self.line.later(self.delay(), self._arrive, row)

    def _arrive(self, row: Row) -> None:
        if row.item is not None:
            self.orchestrators.take(row.item)
        elif row.task is not None:
            expires_in = ms_of(row.task.expires_at) - self.line.now - self.jumped_ms
            if expires_in > 0:  # a row that has expired is not sent at all
                self.agents[row.task.agent].arrive(Task(row.saga_id, row.task, expires_in))

    def cancel(self, command: CancelTask) -> None:
        """Tell whoever works on an attempt; transient, so perhaps nobody hears it."""
        if self.chance.fault("network", 0.2):
            self.saw("fault lost_cancel")
        elif command.agent in self.agents:
            self.line.later(self.delay(), self.agents[command.agent].cancel, command.task_id)

    def count(self, saga_id: UUID, command: CountConsumers) -> None:
        """Count consumers as they are when the question arrives."""
        self.line.later(self.delay(), self._count, saga_id, command.agents)

    def _count(self, saga_id: UUID, agents: tuple[str, ...]) -> None:
        counts = {name: self.agents[name].present for name in agents}
        self.tell(Item(saga_id, lambda at, _: ConsumersCounted(at, counts), durable=False), "count")

    # wires

    def delay(self) -> float:
        """How long a message takes."""
        if not self.chance.fault("network", 0.05):
            return self.chance.number(1, 20)
        self.saw("fault late")
        return self.chance.skewed_ms(10 * SECOND, 10 * MINUTE)

    def deliver(self, item: Item, kind: str = "dead_letter") -> None:
        """A durable message to the orchestrators: it arrives, perhaps twice, perhaps late."""
        self.line.later(self.delay(), self.orchestrators.take, item)
        if kind in ("answer", "claim") and self.chance.fault("network", 0.05):
            self.saw(f"fault {kind}_twice")
            self.line.later(self.delay(), self.orchestrators.take, item)

    def tell(self, item: Item, kind: str) -> None:
        """A transient message to the orchestrators: it may be lost."""
        if self.chance.fault("network", 0.2):
            self.saw(f"fault lost_{kind}")
        else:
            self.line.later(self.delay(), self.orchestrators.take, item)

    # what orchestrators did

    def step(self, saga_id: UUID, step_id: str) -> Step | None:
        """A step of a saga's plan."""
        kept = self.orchestrators.sagas.get(saga_id)
        return next((step for step in kept.saga.plan.steps if step.id == step_id), None) if kept else None

    def accepted(self, saga_id: UUID, saga: Saga) -> None:
        """A saga has begun."""
        self.saw(f"pattern {saga.plan.pattern.value}")
        left = ms_of(saga.definition.deadline + LATEST) - self.line.now - self.jumped_ms
        self.line.later(left, rules_of_ends.in_time, self.orchestrators, saga_id)

    def told(self, saga_id: UUID, moment: Moment) -> None:
        """Count what was seen, tell it to who traces, and let people notice."""
        if self.trace is not None:
            self.trace(f"{self._stamp()} {str(saga_id)[:8]} {moment.event}\n{'':14}{_short(moment.commands)}")
        self.seen[f"event {type(moment.event).__name__}"] += 1
        self.seen[f"outcome {moment.outcome}"] += 1
        for command in moment.commands:
            self.seen[f"command {type(command).__name__}"] += 1
            if isinstance(command, Refuse):
                self.seen[f"refusal {command.code}"] += 1
            elif isinstance(command, Record):
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
        """At the deadline, nobody may still have waited for an attempt that had died long before."""
        for step in self.orchestrators.sagas[saga_id].saga.steps.values():
            died = self.lost.get(step.attempt.task_id) if step.attempt.task_id is not None else None
            if step.status is StepStatus.OPEN and died is not None and self.line.now - died > NOTICED_AFTER:
                raise Violation("the_dead_are_noticed", f"{step.id} is open, its worker died at {died}", saga_id)


def _short(commands: tuple[Command, ...]) -> str:
    lines = []
    for command in commands:
        if isinstance(command, Record):
            lines.append(f"{command.seq} {command.event} {command.step or ''} {command.agent or ''} {command.message}")
        else:
            lines.append(repr(replace(command)))
    return ("\n" + " " * 14).join(lines)
