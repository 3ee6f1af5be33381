"""Random plans, and a simulation that answers their tasks in every way an agent, a broker or a clock can."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from creatorflow_orchestrator.core.plan import Loop, Pattern, Plan, Step, StepType
from creatorflow_orchestrator.core.saga.machine import advance, wake_at
from creatorflow_orchestrator.core.state.commands import Command, Conclude, DispatchTask, Record
from creatorflow_orchestrator.core.state.events import (
    Action,
    CancelRequested,
    ConsumersCounted,
    Event,
    RequestSubmitted,
    StepCommanded,
    TaskClaimed,
    TaskFailed,
    TaskHeartbeat,
    TaskSucceeded,
    Ticked,
)
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Definition, Failure, FailureKind, OnFailure, Saga
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord, decode, encode
from hypothesis import strategies as st

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAGA_ID = UUID("6f1d2c1e-0000-4000-8000-000000000001")
KINDS = [kind for kind in FailureKind if kind is not FailureKind.RELEASED]
AGENTS = ("agent-0", "agent-1", "agent-2")
ROSTER = Roster(
    alternatives={"agent-0": ("agent-1", "agent-2"), "agent-1": ("agent-2",)},
    live=frozenset(AGENTS),
    providers={name: name for name in AGENTS} | {"id_type": "agent-2"},
    check_after_ms=5_000,
    unavailable_after_ms=60_000,
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw an acyclic plan of up to six steps, some optional, guarded or with a compensation, perhaps with a loop."""
    count = draw(st.integers(1, 6))
    steps: list[Step] = []
    for number in range(count):
        earlier = [step.id for step in steps]
        depends_on = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))) if earlier else ()
        guarded = bool(depends_on) and draw(st.integers(0, 4)) == 0
        steps.append(
            Step(
                id=f"s{number}",
                agent=f"agent-{number % 3}",
                type=StepType.SUPPORTING,
                description="do it",
                depends_on=depends_on,
                optional=draw(st.booleans()),
                compensate=draw(st.sampled_from([None, None, "agent-1"])),
                when=f"results.{depends_on[0]}.output.go" if guarded else None,
            )
        )
    return Plan(Pattern.SEQUENTIAL, tuple(steps), loops=draw(_loops(steps)))


@st.composite
def _loops(draw: st.DrawFn, steps: list[Step]) -> tuple[Loop, ...]:
    if draw(st.integers(0, 3)):
        return ()
    last = steps[-1]
    return (Loop((last.id,), f"results.{last.id}.output.go", draw(st.integers(1, 3))),)


@dataclass
class World:
    """A saga, every event it was given, and every task that was ever dispatched."""

    plan: Plan
    saga: Saga
    events: list[Event] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    tasks: list[DispatchTask] = field(default_factory=list)
    now: datetime = START

    @classmethod
    def begin(cls, plan: Plan, on_failure: OnFailure = OnFailure.FAIL) -> World:
        """Submit a request with this plan."""
        definition = Definition("do it", "digest", plan, START, START + timedelta(hours=1), on_failure=on_failure)
        event = RequestSubmitted(SAGA_ID, START, definition)
        saga, commands = advance(None, event, ROSTER)
        world = cls(plan, saga, [event])
        world._take(commands)
        return world

    def give(self, event: Event) -> tuple[Command, ...]:
        """Apply the event and return its commands."""
        self.saga, commands = advance(self.saga, event, ROSTER)
        self.events.append(event)
        self._take(commands)
        return commands

    def let_time_end(self) -> None:
        """Pass the deadline, and the time limit of compensations after it."""
        for _ in range(2):
            self.now = max(self.now, self.saga.definition.deadline + timedelta(seconds=30))
            self.give(Ticked(self.now))
            self.now += timedelta(seconds=30)

    def restart(self) -> None:
        """Read the saga back from the store, as after a crash."""
        self.saga = decode(encode(SagaRecord(self.saga))).saga

    def skip_to_wake(self) -> None:
        """Advance the clock to the saga's next wake-up."""
        moment = wake_at(self.saga)
        if moment is not None:
            self.now = max(self.now, moment)

    def _take(self, commands: tuple[Command, ...]) -> None:
        self.commands.extend(commands)
        self.tasks.extend(command for command in commands if isinstance(command, DispatchTask))

    def records(self, event: str) -> list[Record]:
        """Return the history entries of that name."""
        return [command for command in self.commands if isinstance(command, Record) and command.event == event]

    @property
    def conclusions(self) -> list[Conclude]:
        """All commands that concluded the saga."""
        return [command for command in self.commands if isinstance(command, Conclude)]


_RARE = ("cancel", "stray", "count", "instruct")
_ACTIONS: tuple[Action, ...] = ("retry", "skip", "complete")


@st.composite
def any_event(draw: st.DrawFn, world: World) -> Event:
    """Draw any event that may reach a saga now: about any task it ever dispatched, in any order, repeated or not."""
    kind = draw(st.sampled_from(["succeed"] * 5 + ["fail", "fail", "claim", "heartbeat", "tick", "tick", *_RARE]))
    world.now += timedelta(seconds=draw(st.integers(0, 90)))
    jitter = draw(st.floats(0, 0.999))
    if kind == "count":
        return ConsumersCounted(world.now, {name: draw(st.integers(0, 1)) for name in AGENTS})
    if kind == "instruct":
        step, action = draw(st.sampled_from([*world.saga.steps, "nobody"])), draw(st.sampled_from(_ACTIONS))
        return StepCommanded(world.now, step, action, draw(st.sampled_from(["", "agent-2"])), {"go": True})
    if kind == "tick" or not world.tasks:
        return Ticked(world.now, jitter)
    if kind == "cancel" and draw(st.integers(0, 5)) == 0:
        return CancelRequested(world.now, "enough")
    task = draw(st.sampled_from(world.tasks))
    task_id = UUID(int=draw(st.integers(0, 3))) if kind == "stray" else task.task_id
    if kind in ("claim", "cancel"):
        return TaskClaimed(world.now, task_id, task.agent, draw(st.sampled_from(["i1", "i2"])))
    if kind == "heartbeat":
        return TaskHeartbeat(world.now, task_id, task.agent)
    if kind == "fail":
        missing = draw(st.sampled_from([None, "nobody", "id_type", "s0", "agent-0"]))
        after = draw(st.none() | st.integers(0, 5000))
        failure = Failure(draw(st.sampled_from(KINDS)), "it failed", after, missing)
        return TaskFailed(world.now, task_id, failure, jitter, draw(st.sampled_from(["", "f1", "f2"])))
    output = {"go": draw(st.booleans())}
    agent = draw(st.sampled_from([task.agent] * 6 + ["agent-9"]))
    return TaskSucceeded(world.now, task_id, agent, f"d{output['go']}", output, {"id_type": task.agent})
