"""One turn of a saga: the new state and the commands as they come together while one event is handled.

A turn lives inside one call of `advance`; nothing of it leaves but its frozen outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from .commands import Command, Record
from .model import Saga, SagaStatus, StepState
from .plan import Plan
from .roster import NOBODY, Roster


def task_id(saga_id: UUID, step: str, iteration: int, attempt: int) -> UUID:
    """The id of an attempt, the same whenever it is computed: the idempotency key of the work."""
    return uuid5(saga_id, f"{step}/{iteration}/{attempt}")


class Turn:
    """Gathers what one event changes in a saga."""

    def __init__(self, saga: Saga, at: datetime, roster: Roster = NOBODY) -> None:
        self._saga = saga
        self._steps = dict(saga.steps)
        self._changes: dict[str, Any] = {}
        self._seq = saga.seq
        self._commands: list[Command] = []
        self.at = at
        self.roster = roster

    @property
    def id(self) -> UUID:
        """The saga's id."""
        return self._saga.id

    @property
    def before(self) -> Saga:
        """The saga before the event."""
        return self._saga

    @property
    def plan(self) -> Plan:
        """The plan as it stands now."""
        revised: Plan | None = self.get("revised")
        return self._saga.definition.plan if revised is None else revised

    @property
    def status(self) -> SagaStatus:
        """The saga's status now."""
        status: SagaStatus = self.get("status")
        return status

    def revise(self, plan: Plan, *added: StepState) -> None:
        """Go on with a changed plan, in whose order the steps, those added included, are kept."""
        states = self._steps | {each.id: each for each in added}
        self._steps = {step.id: states[step.id] for step in plan.steps}
        self.change(revised=plan)

    @property
    def steps(self) -> Mapping[str, StepState]:
        """The steps as they stand now."""
        return self._steps

    def get(self, name: str) -> Any:
        """A field of the saga as it stands now."""
        return self._changes.get(name, getattr(self._saga, name))

    def change(self, **fields: Any) -> None:
        """Change fields of the saga."""
        self._changes.update(fields)

    def change_step(self, step_id: str, **fields: Any) -> StepState:
        """Change fields of a step; the changed step."""
        step = self._steps[step_id] = replace(self._steps[step_id], **fields)
        return step

    def next_seq(self) -> int:
        """The number of the next history entry."""
        self._seq += 1
        return self._seq

    def record(self, event: str, step: StepState | None = None, message: str = "", **data: Any) -> int:
        """Append an entry to the history; its number."""
        seq = self.next_seq()
        self.command(
            Record(
                seq=seq,
                at=self.at,
                event=event,
                step=step.id if step else None,
                agent=(step.agent or None) if step else None,
                attempt=(step.attempt or None) if step else None,
                message=message,
                data=data,
            )
        )
        return seq

    def command(self, command: Command) -> None:
        """Add a command."""
        self._commands.append(command)

    def done(self) -> tuple[Saga, tuple[Command, ...]]:
        """The saga after the event and the commands; the very same saga if nothing changed."""
        if not self._changes and self._seq == self._saga.seq and self._steps == self._saga.steps:
            return self._saga, tuple(self._commands)
        saga = replace(self._saga, steps=self._steps, seq=self._seq, updated_at=self.at, **self._changes)
        return saga, tuple(self._commands)
