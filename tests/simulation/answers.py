"""What an agent answers: results, every kind of failure, and what it must not say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, assert_never

from creatorflow_orchestrator.core.state.saga_state import FailureKind

from . import messages
from .messages import Letter, Task
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
}
"""Kinds of failure that an agent, or its runtime, tells of, and how often."""


AnswerFate = Literal["succeed", "fail", "overtime", "refused_output", "twice", "impostor"]
"""The ways in which an attempt may be answered."""


class Answers:
    """The voice of one agent."""

    def __init__(self, world: World, agent: str) -> None:
        self.world = world
        self.agent = agent

    def give(self, task: Task, fate: AnswerFate) -> Letter:
        """Answer as fate will have it; the answer that is sent again if the task comes again."""
        match fate:
            case "fail":
                answer = self._failed(task, self.world.chance.weighted(SAID))
            case "overtime":
                answer = self._failed(task, FailureKind.TIMEOUT)
            case "refused_output":
                answer = messages.unreadable(self._succeeded(task, self.agent))
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
        self.world.over.setdefault(task.id, self.world.line.now)
        return answer

    def release(self, task: Task) -> None:
        """Hand back what was claimed."""
        self.world.deliver(self._failed(task, FailureKind.RELEASED), "answer")

    def _succeeded(self, task: Task, agent: str) -> Letter:
        chance = self.world.chance
        output: dict[str, Any] = {"go": chance.maybe(0.6), "n": chance.whole(0, 4)}
        if chance.maybe(0.03):
            del output["go"]
        refused = self._refuses(task)
        if refused:
            output["data"] = {"refused": refused}
        output["decisions"] = {key: chance.one(("red", "blue")) for key in KEYS if chance.maybe(0.25)}
        if chance.fault("agents", 0.01):
            self.world.saw("fate talkative")
            output["decisions"] |= {f"key-{number}": "x" * 4_000 for number in range(70)}
        return self._result(task, agent, {"success": True, "output": output})

    def _refuses(self, task: Task) -> dict[str, list[str]]:
        """What a validation step finds wrong with the steps before it."""
        if task.content["type"] != "validation" or not self.world.chance.fault("agents", 0.3):
            return {}
        self.world.saw("fate refuses_earlier")
        before = task.content["context"]["coordination_info"]["depends_on"]
        return {self.world.chance.one((*before, "nobody")): ["it does not hold"]}

    def _failed(self, task: Task, kind: FailureKind) -> Letter:
        chance = self.world.chance
        error: dict[str, Any] = {"type": kind.value, "message": f"it says {kind.value}"}
        if kind is FailureKind.DEPENDENCY_MISSING:
            error["missing"] = chance.one((*AGENTS, *AGENTS, *CAPABILITIES, *KEYS, "s0", "nobody", None))
        if chance.maybe(0.2):
            error["retry_after_ms"] = int(chance.number(0, MINUTE))
        return self._result(task, self.agent, {"success": False, "error": error})

    def _result(self, task: Task, agent: str, said: dict[str, Any]) -> Letter:
        spent = {"execution_time_ms": SECOND, "metadata": {"completion_tokens": 7}}
        return replace(messages.result(agent, {**task.attempt, **said, **spent}), answers=task.id)
