"""A reference model of a saga beside the core: attempts by agent, counted results, decisions by agent.

It is built from events and commands alone, by the rules in docs/recovery.md and docs/architecture.md, so that the
core's own state can be compared with it. Conditions are evaluated without the core's expression library: only the forms
that `plans.py` generates are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from creatorflow_orchestrator.core.state.commands import DispatchTask, StartChild
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga

Output = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An attempt as it was dispatched to an agent, or to a child saga."""

    step: str
    agent: str
    attempt: int
    task_id: UUID


@dataclass(slots=True)
class ReferenceModel:
    """The state of one saga as events and commands show it."""

    dispatches: dict[UUID, Dispatch] = field(default_factory=dict)
    last: dict[str, Dispatch] = field(default_factory=dict)
    """The last attempt by step."""
    counted: dict[UUID, str] = field(default_factory=dict)
    """Digest of the counted result, by attempt."""
    answered: dict[UUID, str] = field(default_factory=dict)
    """Digest of the first result (success or failure) that changed the saga, by attempt."""
    outputs: dict[str, Output] = field(default_factory=dict)
    """Outputs of the current iteration, by step."""
    decisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Value in force and the agent that decided it, by key."""
    completed: list[str] = field(default_factory=list)
    """Steps that count as succeeded now, in the order of their success."""
    succeeded: list[str] = field(default_factory=list)
    """Steps that ever succeeded, ordered by their last success: compensation is due for all of them."""
    resolved_once: set[str] = field(default_factory=set)
    """Steps that have been resolved at least once."""
    crashed_agents: dict[str, set[str]] = field(default_factory=dict)
    """Agents whose instances crashed on the step, by step."""

    recoveries: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """Recoveries of this iteration as (agent, failure, decision), by step."""
    former_agents: dict[str, set[str]] = field(default_factory=dict)
    """Agents that the step was taken from, by step."""

    def dispatch(self, command: DispatchTask | StartChild) -> None:
        """Records a dispatched attempt."""
        agent = command.agent if isinstance(command, DispatchTask) else CHILD_AGENT
        dispatch = Dispatch(command.step, agent, command.attempt, command.task_id)
        self.dispatches[dispatch.task_id] = self.last[dispatch.step] = dispatch

    def succeed(self, step: str, output: Output) -> None:
        """Records the success of a step."""
        self.remove_output(step)
        self.outputs[step] = output
        self.completed.append(step)
        self.succeeded = [*(name for name in self.succeeded if name != step), step]

    def remove_output(self, step: str) -> None:
        """Removes the output of a step, which no condition reads any more."""
        self.outputs.pop(step, None)
        if step in self.completed:
            self.completed.remove(step)

    def decide(self, owners: Mapping[str, str], agent: str, decisions: Mapping[str, str]) -> None:
        """Records decisions: the first value stays until the key's owner decides; its author may change it."""
        for key, value in decisions.items():
            owner = owners.get(key)
            if key not in self.decisions or agent in (owner, self.decisions[key][1]):
                self.decisions[key] = (value, agent)


class ConditionError(Exception):
    """The condition cannot be evaluated."""


def evaluate(condition: str, saga: Saga, model: ReferenceModel, iteration: int) -> bool:
    """Evaluates a condition. Raises `Unsayable` if it reads a field that does not exist."""
    for form, meaning in _FORMS:
        match = form.fullmatch(condition)
        if match is not None:
            return meaning(match, saga, model, iteration)
    raise ValueError(f"no such form of a condition: {condition}")


def _field(model: ReferenceModel, step: str, name: str) -> Any:
    try:
        return model.outputs[step][name]
    except KeyError:
        raise ConditionError(name) from None


Meaning = Callable[[re.Match[str], Saga, ReferenceModel, int], bool]
_FORMS: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (re.compile(r"results\.(\w+)\.output\.go"), lambda m, s, a, i: bool(_field(a, m[1], "go"))),
    (re.compile(r"!results\.(\w+)\.output\.go"), lambda m, s, a, i: not _field(a, m[1], "go")),
    (re.compile(r"results\.(\w+)\.output\.n > (\d)"), lambda m, s, a, i: bool(_field(a, m[1], "n") > int(m[2]))),
    (re.compile(r'results\.(\w+)\.status == "(\w+)"'), lambda m, s, a, i: s.steps[m[1]].status.value == m[2]),
    (re.compile(r'"(\w+)" in shared_state'), lambda m, s, a, i: m[1] in a.decisions),
    (re.compile(r"results\.(\w+)\.output\.nothing"), lambda m, s, a, i: bool(_field(a, m[1], "nothing"))),
    (re.compile(r"iteration >= (\d)"), lambda m, s, a, i: i >= int(m[1])),
)
