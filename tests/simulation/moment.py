"""One step of a saga, as a witness sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from creatorflow_orchestrator.core.state.commands import Command, DispatchTask, Record, Refuse, StartChild
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import Saga, StepState, StepStatus

from .account import Account

GOING = frozenset({StepStatus.OPEN, StepStatus.RETRYING, StepStatus.PARKED})
"""Of a step that has begun and not ended."""


class Violation(AssertionError):
    """A rule is broken."""

    def __init__(self, rule: str, what: str, saga_id: UUID | None = None) -> None:
        super().__init__(f"{rule}: {what}")
        self.rule = rule
        self.what = what
        self.saga_id = saga_id
        """Whose story shows it, if it is one saga's."""


@dataclass(frozen=True)
class Moment:
    """What happened, who was there, the saga before and after, and what was commanded."""

    event: Event
    roster: Roster
    before: Saga | None
    after: Saga
    commands: tuple[Command, ...]

    @cached_property
    def records(self) -> list[Record]:
        """The entries of the history that it wrote."""
        return [command for command in self.commands if isinstance(command, Record)]

    @cached_property
    def dispatched(self) -> list[DispatchTask | StartChild]:
        """The attempts that it began."""
        return [command for command in self.commands if isinstance(command, DispatchTask | StartChild)]

    def step_before(self, name: str) -> StepState | None:
        """A step as it was; `None` if there was none."""
        return None if self.before is None else self.before.steps.get(name)

    @property
    def outcome(self) -> str:
        """What became of the message behind the event: exactly one of four."""
        if any(isinstance(command, Refuse) for command in self.commands):
            return "refused"
        if self.after is not self.before:
            return "counted"
        return "stray" if self.commands else "repeat"


Rule = Callable[[Moment, Account], str]
"""What is wrong, or nothing."""
