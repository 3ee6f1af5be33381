"""An account of a saga kept beside the core: what was given to whom, what was counted, who decided what.

It is made from events and commands alone, by the rules of the design, so that the core's own state can be held
against it. Conditions are judged here without the core's expression library: only the forms of `plans.py` are known.
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
class Given:
    """An attempt as it was given to an agent, or to a child saga."""

    step: str
    agent: str
    attempt: int
    task_id: UUID


@dataclass(slots=True)
class Account:
    """What is known of one saga from outside."""

    given: dict[UUID, Given] = field(default_factory=dict)
    last: dict[str, Given] = field(default_factory=dict)
    """By step."""
    counted: dict[UUID, str] = field(default_factory=dict)
    """Attempt to the digest of the result that counted."""
    answered: dict[UUID, str] = field(default_factory=dict)
    """Attempt to the digest of its agent's first answer that changed anything, a failure or a result."""
    outputs: dict[str, Output] = field(default_factory=dict)
    """Of this round."""
    found: dict[str, Output] = field(default_factory=dict)
    """What each step answered last, of whatever round."""
    decisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key to the value in force and who said it."""
    completed: list[str] = field(default_factory=list)
    """Steps that have succeeded, in that order."""
    done: list[str] = field(default_factory=list)
    """Steps that have ever succeeded, by the last time: what came of it later does not make it undone."""
    settled: set[str] = field(default_factory=set)
    """Steps that have settled once."""
    killed: dict[str, set[str]] = field(default_factory=dict)
    """By step: the agents of which no instance survived it."""

    taken: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """By step: the recoveries that weigh, as (agent, failure, decision); none of earlier rounds."""
    left: dict[str, set[str]] = field(default_factory=dict)
    """By step: the agents that it was taken from."""

    def give(self, command: DispatchTask | StartChild) -> None:
        """An attempt is dispatched."""
        agent = command.agent if isinstance(command, DispatchTask) else CHILD_AGENT
        given = Given(command.step, agent, command.attempt, command.task_id)
        self.given[given.task_id] = self.last[given.step] = given

    def succeed(self, step: str, output: Output) -> None:
        """A step has an output."""
        self.undo(step)
        self.outputs[step] = self.found[step] = output
        self.completed.append(step)
        self.done = [*(each for each in self.done if each != step), step]

    def undo(self, step: str) -> None:
        """What it found does not stand any more, and no condition reads it."""
        self.outputs.pop(step, None)
        if step in self.completed:
            self.completed.remove(step)

    def decide(self, owners: Mapping[str, str], agent: str, said: Mapping[str, str]) -> None:
        """The first word stands until the key's owner speaks; whose it is may change it."""
        for key, value in said.items():
            owner = owners.get(key)
            if key not in self.decisions or agent in (owner, self.decisions[key][1]):
                self.decisions[key] = (value, agent)


class Unsayable(Exception):
    """The condition cannot be evaluated."""


def judge(condition: str, saga: Saga, account: Account, iteration: int) -> bool:
    """Whether a condition holds. Raises `Unsayable` where it reads what is not there."""
    for form, meaning in _FORMS:
        found = form.fullmatch(condition)
        if found is not None:
            return meaning(found, saga, account, iteration)
    raise ValueError(f"no such form of a condition: {condition}")


def _field(account: Account, step: str, name: str) -> Any:
    try:
        return account.outputs[step][name]
    except KeyError:
        raise Unsayable(name) from None


Meaning = Callable[[re.Match[str], Saga, Account, int], bool]
_FORMS: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (re.compile(r"results\.(\w+)\.output\.go"), lambda m, s, a, i: bool(_field(a, m[1], "go"))),
    (re.compile(r"!results\.(\w+)\.output\.go"), lambda m, s, a, i: not _field(a, m[1], "go")),
    (re.compile(r"results\.(\w+)\.output\.n > (\d)"), lambda m, s, a, i: bool(_field(a, m[1], "n") > int(m[2]))),
    (re.compile(r'results\.(\w+)\.status == "(\w+)"'), lambda m, s, a, i: s.steps[m[1]].status.value == m[2]),
    (re.compile(r'"(\w+)" in shared_state'), lambda m, s, a, i: m[1] in a.decisions),
    (re.compile(r"results\.(\w+)\.output\.nothing"), lambda m, s, a, i: bool(_field(a, m[1], "nothing"))),
    (re.compile(r"iteration >= (\d)"), lambda m, s, a, i: i >= int(m[1])),
)
