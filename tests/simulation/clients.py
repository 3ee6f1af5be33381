"""The people of a simulated world: they ask, ask twice, cancel, and meddle with steps."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from creatorflow_orchestrator.core.state.commands import Record

from . import messages, plans
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
        self._said = 0
        self._requests = [number for number in range(count) if only is None or number in only]

    def begin(self) -> None:
        """All that they are going to ask for."""
        for number in self._requests:
            self._ask(number)

    def _ask(self, number: int) -> None:
        world, chance = self.world, self.world.chance
        saga_id = uuid5(NAMES, f"{world.seed}/{number}")
        body = self._request(saga_id, number)
        letter = messages.request(body)
        start = chance.number(0, 5 * SECOND)
        world.line.later(start, world.deliver, letter)
        if chance.fault("clients", 0.1):
            world.saw("fault request_twice")
            world.line.later(start + chance.number(0, MINUTE), world.deliver, letter)
        if chance.fault("clients", 0.05):
            world.saw("fault conflicting_request")
            conflict = messages.request({**body, "request": "do something else"})
            world.line.later(start + chance.number(0, MINUTE), world.deliver, conflict)
        if chance.fault("clients", 0.2):
            world.saw("fault cancel")
            world.line.later(start + chance.skewed_ms(MINUTE, HOUR), world.deliver, messages.cancel(saga_id))
        if chance.fault("clients", 0.1):
            world.line.later(start + chance.number(0, 2 * MINUTE), self._stray, saga_id)

    def _request(self, saga_id: UUID, number: int) -> dict[str, Any]:
        random = Random(f"plan {self.world.seed} {number}")  # noqa: S311 - to be repeated, not to be secret
        plan = plans.plan(random)
        wait = random.choice(DEADLINES)
        return {
            "correlation_id": str(saga_id),
            "request": "do it",
            "plan": plans.spec(plan),
            "deadline": clock_time(6 * SECOND + wait).isoformat(),
            "dry_run": random.random() < 0.02,
            "on_failure": random.choice(("fail", "park")),
        }

    def _stray(self, saga_id: UUID) -> None:
        """Answers to what nobody asked, for sagas that exist and for one that does not."""
        self.world.saw("fault stray")
        for known in (saga_id, uuid5(NAMES, "nobody")):
            attempt = {"task_id": str(uuid5(NAMES, "stray")), "correlation_id": str(known), "attempt": 1}
            error = {"type": "unknown", "message": "what was it again"}
            self.world.deliver(messages.result("agent-a", {**attempt, "success": True}))
            self.world.deliver(messages.result("agent-a", {**attempt, "success": False, "error": error}))

    def notice(self, saga_id: UUID, record: Record) -> None:
        """Something happened to a step; somebody may say what becomes of it."""
        chance = self.world.chance
        if record.event == "step_parked":
            if chance.maybe(0.8):
                self.world.line.later(chance.skewed_ms(MINUTE, HOUR), self._instruct, saga_id, record.step)
        elif chance.fault("clients", 0.01):
            self.world.line.later(chance.skewed_ms(SECOND, MINUTE), self._instruct, saga_id, record.step)

    def _instruct(self, saga_id: UUID, step: str | None) -> None:
        chance = self.world.chance
        action = chance.one(("retry", "skip", "complete"))
        command: dict[str, Any] = {"correlation_id": str(saga_id), "action": action, "reason": "so"}
        command["step"] = "no-such-step" if chance.maybe(0.03) else step
        if action == "retry" and (agent := chance.one(("", "", *plans.AGENTS))):
            command["agent"] = agent
        if action == "complete":
            decisions = {"decisions": {"id_type": "green"}} if chance.maybe(0.3) else {}
            command["output"] = {"go": True, "n": 9, **decisions}
        self._said += 1
        command["id"] = str(uuid5(saga_id, f"command {self._said}"))
        self.world.saw(f"by_hand {action}")
        self.world.deliver(messages.instruction(command), "answer")
