"""The transition of a saga while it is computed: the new state and the commands of one event.

A `Transition` lives inside one call of `advance`; only its frozen outcome leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from creatorflow_orchestrator.core.plan import Plan

from .commands import Command, Conclude, HistoryData, Record
from .roster import EMPTY_ROSTER, Roster
from .saga_state import Decision, PendingEnd, Saga, SagaStatus, StepState

_NOTHING: HistoryData = {}


def task_id(saga_id: UUID, step: str, iteration: int, attempt: int) -> UUID:
    """Return the id of an attempt, always the same for the same attempt: the idempotency key of the work."""
    return uuid5(saga_id, f"{step}/{iteration}/{attempt}")


class Transition:
    """Collects the changes that one event makes to a saga."""

    def __init__(self, saga: Saga, at: datetime, roster: Roster = EMPTY_ROSTER) -> None:
        self._before = self._now = saga
        self._steps = dict(saga.steps)
        self._seq = saga.seq
        self._commands: list[Command] = []
        self.at = at
        self.roster = roster

    @property
    def id(self) -> UUID:
        """The saga's id."""
        return self._before.id

    @property
    def before(self) -> Saga:
        """The saga before the event."""
        return self._before

    @property
    def plan(self) -> Plan:
        """The plan as it stands now."""
        return self._now.plan

    @property
    def status(self) -> SagaStatus:
        """The saga's status now."""
        return self._now.status

    @property
    def ending(self) -> PendingEnd | None:
        """The end that follows the compensation; `None` unless the saga compensates."""
        return self._now.ending

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """The decisions in force now."""
        return self._now.decisions

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """The parts of the steps' outputs that guards and checks may read now."""
        return self._now.outputs

    @property
    def closed_loops(self) -> tuple[int, ...]:
        """Positions of the plan's loops that have ended by now."""
        return self._now.closed_loops

    @property
    def steps(self) -> Mapping[str, StepState]:
        """The steps as they stand now."""
        return self._steps

    def put(self, step: StepState) -> StepState:
        """Replace the state of a step; return it."""
        self._steps[step.id] = step
        return step

    def revise(self, plan: Plan, *added: StepState) -> None:
        """Replace the plan and add the states of its new steps; steps are kept in plan order."""
        states = self._steps | {state.id: state for state in added}
        self._steps = {step.id: states[step.id] for step in plan.steps}
        self._now = replace(self._now, revised=plan)

    def put_decisions(self, decisions: Mapping[str, Decision]) -> None:
        """Put these decisions in force."""
        self._now = replace(self._now, decisions=decisions)

    def keep_output(self, step_id: str, output: Mapping[str, Any]) -> None:
        """Keep the part of a step's output that guards and checks may read."""
        self._now = replace(self._now, outputs={**self._now.outputs, step_id: output})

    def drop_output(self, step_id: str) -> None:
        """Remove a step's output, so that no guard or check reads it any more."""
        outputs = {name: output for name, output in self._now.outputs.items() if name != step_id}
        self._now = replace(self._now, outputs=outputs)

    def close_loop(self, position: int) -> None:
        """Close the loop at that position of the plan."""
        self._now = replace(self._now, closed_loops=(*self._now.closed_loops, position))

    def compensate(self, ending: PendingEnd) -> None:
        """Start compensating; the saga ends as `ending` says afterwards."""
        self._now = replace(self._now, status=SagaStatus.COMPENSATING, reason=ending.reason, ending=ending)

    def conclude(self, status: SagaStatus, reason: str) -> None:
        """End the saga with its final status."""
        self._now = replace(self._now, status=status, reason=reason, outputs={}, ending=None)
        self.command(Conclude(self._next_seq(), self.at, status, reason))

    def record(self, event: str, step: StepState | None = None, message: str = "", data: HistoryData = _NOTHING) -> int:
        """Append an entry to the history; return its number."""
        seq = self._next_seq()
        self.command(
            Record(
                seq=seq,
                at=self.at,
                event=event,
                step=step.id if step else None,
                agent=(step.attempt.agent or None) if step else None,
                attempt=(step.attempt.number or None) if step else None,
                message=message,
                data=data,
            )
        )
        return seq

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def command(self, command: Command) -> None:
        """Add a command to the outcome."""
        self._commands.append(command)

    def done(self) -> tuple[Saga, tuple[Command, ...]]:
        """Return the saga after the event and the commands; the identical saga object if nothing changed."""
        changed = self._now is not self._before or self._seq != self._before.seq or self._steps != self._before.steps
        if not changed:
            return self._before, tuple(self._commands)
        saga = replace(self._now, steps=self._steps, seq=self._seq, updated_at=self.at)
        return saga, tuple(self._commands)
