"""One transition of a saga, as the rules see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from creatorflow_orchestrator.core.state.commands import Command, DispatchTask, Record, Refuse, StartChild
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga, StepState, StepStatus

from .reference_model import ReferenceModel

ACTIVE = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})
"""Statuses of a step that has begun and not ended."""


class Violation(AssertionError):
    """A rule is broken."""

    def __init__(self, rule: str, description: str, saga_id: UUID | None = None) -> None:
        super().__init__(f"{rule}: {description}")
        self.rule = rule
        self.description = description
        self.saga_id = saga_id
        """The saga whose event log shows it, if it is one saga's."""


@dataclass(frozen=True)
class Transition:
    """An event, the roster, the saga before and after it, and the commands."""

    event: Event
    roster: Roster
    before: Saga | None
    after: Saga
    commands: tuple[Command, ...]

    @cached_property
    def records(self) -> list[Record]:
        """The history entries of this transition."""
        return [command for command in self.commands if isinstance(command, Record)]

    @cached_property
    def dispatched(self) -> list[DispatchTask | StartChild]:
        """The attempts that began."""
        return [command for command in self.commands if isinstance(command, DispatchTask | StartChild)]

    def step_before(self, name: str) -> StepState | None:
        """A step as it was; `None` if there was none."""
        return None if self.before is None else self.before.steps.get(name)

    @property
    def outcome(self) -> str:
        """The outcome for the message behind the event: `refused`, `counted`, `stray` or `repeat`."""
        if any(isinstance(command, Refuse) for command in self.commands):
            return "refused"
        if self.after is not self.before:
            return "counted"
        return "stray" if self.commands else "repeat"


Rule = Callable[[Transition, ReferenceModel], str]
"""Returns a description of the violation, or an empty string."""
