"""The people of a simulated world: they submit, submit twice, cancel, and send step commands."""

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
    """Sends what people send."""

    def __init__(self, world: World, only: frozenset[int] | None) -> None:
        self.world = world
        count = world.rng.whole(1, 3)
        self._commands = 0
        self._requests = [number for number in range(count) if only is None or number in only]

    def begin(self) -> None:
        """Schedules all requests."""
        for number in self._requests:
            self._ask(number)

    def _ask(self, number: int) -> None:
        world, rng = self.world, self.world.rng
        saga_id = uuid5(NAMES, f"{world.seed}/{number}")
        body = self._request(saga_id, number)
        letter = messages.request(body)
        start = rng.number(0, 5 * SECOND)
        world.timeline.later(start, world.deliver, letter)
        if rng.fault("clients", 0.1):
            world.observe("fault request_twice")
            world.timeline.later(start + rng.number(0, MINUTE), world.deliver, letter)
        if rng.fault("clients", 0.05):
            world.observe("fault conflicting_request")
            conflict = messages.request({**body, "request": "do something else"})
            world.timeline.later(start + rng.number(0, MINUTE), world.deliver, conflict)
        if rng.fault("clients", 0.2):
            world.observe("fault cancel")
            world.timeline.later(start + rng.skewed_ms(MINUTE, HOUR), world.deliver, messages.cancel(saga_id))
        if rng.fault("clients", 0.1):
            world.timeline.later(start + rng.number(0, 2 * MINUTE), self._stray, saga_id)

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
        """Sends results of unknown attempts, for a saga that exists and for one that does not."""
        self.world.observe("fault stray")
        for known in (saga_id, uuid5(NAMES, "nobody")):
            attempt = {"task_id": str(uuid5(NAMES, "stray")), "correlation_id": str(known), "attempt": 1}
            error = {"type": "unknown", "message": "no such task"}
            self.world.deliver(messages.result("agent-a", {**attempt, "success": True}))
            self.world.deliver(messages.result("agent-a", {**attempt, "success": False, "error": error}))

    def on_record(self, saga_id: UUID, record: Record) -> None:
        """Schedules a step command, perhaps, after an entry about a step."""
        rng = self.world.rng
        if record.event == "step_parked":
            if rng.maybe(0.8):
                self.world.timeline.later(rng.skewed_ms(MINUTE, HOUR), self._command_step, saga_id, record.step)
        elif rng.fault("clients", 0.01):
            self.world.timeline.later(rng.skewed_ms(SECOND, MINUTE), self._command_step, saga_id, record.step)

    def _command_step(self, saga_id: UUID, step: str | None) -> None:
        rng = self.world.rng
        action = rng.one(("retry", "skip", "complete"))
        command: dict[str, Any] = {"correlation_id": str(saga_id), "action": action, "reason": "so"}
        command["step"] = "no-such-step" if rng.maybe(0.03) else step
        if action == "retry" and (agent := rng.one(("", "", *plans.AGENTS))):
            command["agent"] = agent
        if action == "complete":
            decisions = {"decisions": {"id_type": "green"}} if rng.maybe(0.3) else {}
            command["output"] = {"go": True, "n": 9, **decisions}
        self._commands += 1
        command["id"] = str(uuid5(saga_id, f"command {self._commands}"))
        self.world.observe(f"step_command {action}")
        self.world.deliver(messages.step_command(command), "answer")
