"""The people of a simulated world: they ask, ask twice, cancel, and meddle with steps."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from creatorflow_orchestrator.core.planning.plan_check import check_plan
from creatorflow_orchestrator.core.state.commands import Record
from creatorflow_orchestrator.core.state.events import (
    Action,
    CancelRequested,
    RequestSubmitted,
    StepCommanded,
    TaskFailed,
    TaskSucceeded,
)
from creatorflow_orchestrator.core.state.saga_state import Definition, Failure, FailureKind, OnFailure

from . import plans
from .messages import Item
from .timeline import HOUR, MINUTE, SECOND, clock_time

if TYPE_CHECKING:
    from .world import World

NAMES = UUID("6f1d2c1e-0000-4000-8000-00000000000a")
DEADLINES = (MINUTE, 10 * MINUTE, HOUR, 24 * HOUR)


class Clients:
    """Everybody who is not an agent."""

    def __init__(self, world: World, only: frozenset[int] | None) -> None:
        self.world = world
        count = world.chance.whole(1, 3)
        self._requests = [number for number in range(count) if only is None or number in only]

    def begin(self) -> None:
        """All that they are going to ask for."""
        for number in self._requests:
            self._ask(number)

    def _ask(self, number: int) -> None:
        world, chance = self.world, self.world.chance
        saga_id = uuid5(NAMES, f"{world.seed}/{number}")
        definition = self._definition(number)
        item = Item(saga_id, lambda at, _: RequestSubmitted(saga_id, at, definition), definition=definition)
        start = chance.number(0, 5 * SECOND)
        world.line.later(start, world.deliver, item)
        if chance.fault("clients", 0.1):
            world.saw("fault request_twice")
            world.line.later(start + chance.number(0, MINUTE), world.deliver, item)
        if chance.fault("clients", 0.05):
            world.saw("fault conflicting_request")
            other = replace(definition, digest="another")
            conflict = Item(saga_id, lambda at, _: RequestSubmitted(saga_id, at, other), definition=other)
            world.line.later(start + chance.number(0, MINUTE), world.deliver, conflict)
        if chance.fault("clients", 0.2):
            world.saw("fault cancel")
            stop = Item(saga_id, lambda at, _: CancelRequested(at, "enough"))
            world.line.later(start + chance.skewed_ms(MINUTE, HOUR), world.deliver, stop)
        if chance.fault("clients", 0.1):
            world.line.later(start + chance.number(0, 2 * MINUTE), self._stray, saga_id)

    def _definition(self, number: int) -> Definition:
        random = Random(f"plan {self.world.seed} {number}")  # noqa: S311 - to be repeated, not to be secret
        plan = plans.plan(random)
        check_plan(plan, self.world.cards)
        wait = random.choice(DEADLINES)
        return Definition(
            request="do it",
            digest=f"request {number}",
            plan=plan,
            submitted_at=clock_time(0),
            deadline=clock_time(6 * SECOND + wait),
            dry_run=random.random() < 0.02,
            owners={key: card.name for card in self.world.cards for key in card.owns},
            on_failure=random.choice((OnFailure.FAIL, OnFailure.PARK)),
        )

    def _stray(self, saga_id: UUID) -> None:
        """Answers to what nobody asked, for sagas that exist and for one that does not."""
        self.world.saw("fault stray")
        task_id, nobody = uuid5(NAMES, "stray"), uuid5(NAMES, "nobody")
        failure = Failure(FailureKind.UNKNOWN, "what was it again")
        for each in (saga_id, nobody):
            self.world.deliver(Item(each, lambda at, _: TaskSucceeded(at, task_id, "agent-a", "stray", {})))
            self.world.deliver(Item(each, lambda at, jitter: TaskFailed(at, task_id, failure, jitter, "stray")))

    def notice(self, saga_id: UUID, record: Record) -> None:
        """Something happened to a step; somebody may say what becomes of it."""
        chance = self.world.chance
        if record.event == "step_parked":
            if chance.maybe(0.8):
                self.world.line.later(chance.skewed_ms(MINUTE, HOUR), self._instruct, saga_id, record.step)
        elif chance.fault("clients", 0.01):
            self.world.line.later(chance.skewed_ms(SECOND, MINUTE), self._instruct, saga_id, record.step)

    def _instruct(self, saga_id: UUID, step: str) -> None:
        chance = self.world.chance
        action: Action = chance.one(("retry", "skip", "complete"))
        agent = chance.one(("", "", *plans.AGENTS)) if action == "retry" else ""
        name = "no-such-step" if chance.maybe(0.03) else step
        decisions = {"id_type": "green"} if chance.maybe(0.3) else {}
        output = {"go": True, "n": 9} if action == "complete" else {}
        self.world.saw(f"by_hand {action}")
        item = Item(saga_id, lambda at, _: StepCommanded(at, name, action, agent, output, decisions, "so"))
        self.world.deliver(item, "answer")
