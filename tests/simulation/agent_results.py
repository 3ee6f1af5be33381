"""The results of simulated agents: successes, every kind of failure, and results that must be refused."""

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

FAILURE_WEIGHTS = {
    FailureKind.TIMEOUT: 2.0,
    FailureKind.VALIDATION_ERROR: 2.0,
    FailureKind.DEPENDENCY_MISSING: 3.0,
    FailureKind.AGENT_UNAVAILABLE: 1.0,
    FailureKind.RETRYABLE: 3.0,
    FailureKind.PERMANENT: 1.0,
    FailureKind.RELEASED: 1.0,
    FailureKind.UNKNOWN: 2.0,
}
"""Kinds of failure that an agent, or its runtime, reports, with their weights."""


ResultFate = Literal["succeed", "fail", "overtime", "refused_output", "twice", "impostor"]
"""The courses of an attempt that end with a result."""


class AgentResults:
    """Sends the results of one agent."""

    def __init__(self, world: World, agent: str) -> None:
        self.world = world
        self.agent = agent

    def give(self, task: Task, fate: ResultFate) -> Letter:
        """Sends the result that `fate` names; returns it, to be sent again if the task is delivered again."""
        match fate:
            case "fail":
                answer = self._failed(task, self.world.rng.weighted(FAILURE_WEIGHTS))
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
            other = self.world.rng.one([agent for agent in AGENTS if agent != self.agent])
            self.world.deliver(self._succeeded(task, other), "answer")
        self.world.deliver(answer, "answer")
        self.world.over.setdefault(task.id, self.world.timeline.now)
        return answer

    def release(self, task: Task) -> None:
        """Releases a claimed task."""
        self.world.deliver(self._failed(task, FailureKind.RELEASED), "answer")

    def _succeeded(self, task: Task, agent: str) -> Letter:
        rng = self.world.rng
        output: dict[str, Any] = {"go": rng.maybe(0.6), "n": rng.whole(0, 4)}
        if rng.maybe(0.03):
            del output["go"]
        refused = self._refuses(task)
        if refused:
            output["data"] = {"refused": refused}
        output["decisions"] = {key: rng.one(("red", "blue")) for key in KEYS if rng.maybe(0.25)}
        if rng.fault("agents", 0.01):
            self.world.observe("fate talkative")
            output["decisions"] |= {f"key-{number}": "x" * 4_000 for number in range(70)}
        return self._result(task, agent, {"success": True, "output": output})

    def _refuses(self, task: Task) -> dict[str, list[str]]:
        """The steps that a validation step refuses, with the reasons."""
        if task.content["type"] != "validation" or not self.world.rng.fault("agents", 0.3):
            return {}
        self.world.observe("fate refuses_earlier")
        before = task.content["context"]["coordination_info"]["depends_on"]
        return {self.world.rng.one((*before, "nobody")): ["it does not hold"]}

    def _failed(self, task: Task, kind: FailureKind) -> Letter:
        rng = self.world.rng
        error: dict[str, Any] = {"type": kind.value, "message": f"reports {kind.value}"}
        if kind is FailureKind.DEPENDENCY_MISSING:
            error["missing"] = rng.one((*AGENTS, *AGENTS, *CAPABILITIES, *KEYS, "s0", "nobody", None))
        if rng.maybe(0.2):
            error["retry_after_ms"] = int(rng.number(0, MINUTE))
        return self._result(task, self.agent, {"success": False, "error": error})

    def _result(self, task: Task, agent: str, content: dict[str, Any]) -> Letter:
        spent = {"execution_time_ms": SECOND, "metadata": {"completion_tokens": 7}}
        return replace(messages.result(agent, {**task.attempt, **content, **spent}), result_of=task.id)
