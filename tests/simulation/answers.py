"""What an agent answers: results, every kind of failure, and what it must not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, assert_never
from uuid import UUID

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.state.events import TaskFailed, TaskSucceeded
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind

from .messages import Item, Task
from .plans import AGENTS, CAPABILITIES, KEYS
from .timeline import MINUTE, SECOND

if TYPE_CHECKING:
    from .world import World

SAID = {
    FailureKind.TIMEOUT: 2.0,
    FailureKind.VALIDATION_ERROR: 2.0,
    FailureKind.DEPENDENCY_MISSING: 3.0,
    FailureKind.AGENT_UNAVAILABLE: 1.0,
    FailureKind.RETRYABLE: 3.0,
    FailureKind.PERMANENT: 1.0,
    FailureKind.RELEASED: 1.0,
    FailureKind.UNKNOWN: 2.0,
    FailureKind.CONTEXT_TOO_LARGE: 0.5,
}
"""Kinds of failure that an agent, or its runtime, tells of, and how often."""


AnswerFate = Literal["succeed", "fail", "overtime", "refused_output", "twice", "impostor"]
"""The ways in which an attempt may be answered."""


class Answers:
    """The voice of one agent."""

    def __init__(self, world: World, agent: str) -> None:
        self.world = world
        self.agent = agent

    def give(self, task: Task, fate: AnswerFate) -> Item:
        """Answer as fate will have it; the answer that is sent again if the task comes again."""
        match fate:
            case "fail":
                answer = self._failed(task, self.world.chance.weighted(SAID))
            case "overtime":
                answer = self._failed(task, FailureKind.TIMEOUT)
            case "refused_output":
                answer = self._refused(task)
            case "succeed" | "twice" | "impostor":
                answer = self._succeeded(task, self.agent)
            case _:
                assert_never(fate)
        if fate == "twice":
            self.world.deliver(self._succeeded(task, self.agent), "answer")
        if fate == "impostor":
            other = self.world.chance.one([agent for agent in AGENTS if agent != self.agent])
            self.world.deliver(self._succeeded(task, other), "answer")
        self.world.deliver(answer, "answer")
        return answer

    def release(self, task: Task) -> None:
        """Hand back what was claimed."""
        self.world.deliver(self._failed(task, FailureKind.RELEASED), "answer")

    def _succeeded(self, task: Task, agent: str) -> Item:
        chance = self.world.chance
        output: dict[str, Any] = {"go": chance.maybe(0.6), "n": chance.whole(0, 4)}
        if chance.maybe(0.03):
            del output["go"]
        refused = self._refuses(task)
        if refused:
            output["data"] = {"refused": refused}
        keys = [key for key in KEYS if chance.maybe(0.25)]
        decisions = {key: chance.one(("red", "blue")) for key in keys}
        output["decisions"] = decisions
        return _success(task.saga_id, task.id, agent, output, decisions)

    def _refuses(self, task: Task) -> dict[str, list[str]]:
        """What a validation step finds wrong with the steps before it."""
        step = self.world.step(task.saga_id, task.command.step)
        if step is None or step.type is not StepType.VALIDATION or not self.world.chance.fault("agents", 0.3):
            return {}
        self.world.saw("fate refuses_earlier")
        return {self.world.chance.one((*step.depends_on, "nobody")): ["it does not hold"]}

    def _failed(self, task: Task, kind: FailureKind) -> Item:
        chance = self.world.chance
        missing = None
        if kind is FailureKind.DEPENDENCY_MISSING:
            missing = chance.one((*AGENTS, *AGENTS, *CAPABILITIES, *KEYS, "s0", "nobody", None))
        after = int(chance.number(0, MINUTE)) if chance.maybe(0.2) else None
        details = ("the field go is missing",) if kind is FailureKind.VALIDATION_ERROR else ()
        failure = Failure(kind, f"it says {kind.value}", after, missing, details)
        digest, agent, task_id = f"{kind.value} {missing}", self.agent, task.id
        return Item(task.saga_id, lambda at, jitter: TaskFailed(at, task_id, failure, jitter, digest, agent))

    def _refused(self, task: Task) -> Item:
        """An answer that the door does not let in: it has no digest."""
        failure = Failure(FailureKind.VALIDATION_ERROR, "its result was refused: NOT_JSON at body")
        agent, task_id = self.agent, task.id
        return Item(task.saga_id, lambda at, jitter: TaskFailed(at, task_id, failure, jitter, agent=agent))


def _success(saga_id: UUID, task_id: UUID, agent: str, output: Mapping[str, Any], decisions: Mapping[str, str]) -> Item:
    digest = f"{sorted(output.items())} {sorted(decisions.items())}"
    return Item(
        saga_id,
        lambda at, _: TaskSucceeded(
            at, task_id, agent, digest, output, decisions, execution_time_ms=SECOND, tokens=7, instance=agent
        ),
    )
