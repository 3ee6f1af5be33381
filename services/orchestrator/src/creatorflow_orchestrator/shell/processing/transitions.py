"""Applies events to the sagas of a batch: the one place of the shell that calls the core's `advance`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from creatorflow.tracecontext import Headers
from creatorflow_contracts.v1.request import CancelRequest
from creatorflow_contracts.v1.work import AgentResult

from creatorflow_orchestrator.core.errors import CoreError, ImpossibleEvent
from creatorflow_orchestrator.core.recovery.circuit_breaker import CircuitBreaker
from creatorflow_orchestrator.core.state.commands import CancelTask, Command, Refuse
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.roster import Roster
from creatorflow_orchestrator.core.state.saga_state import CHILD_AGENT, Saga
from creatorflow_orchestrator.shell.agents.heartbeats import HeartbeatLog
from creatorflow_orchestrator.shell.batch.batch_state import BatchState
from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.batch.effects import Effects
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord
from creatorflow_orchestrator.shell.batch.work_queue import ReceivedMessage
from creatorflow_orchestrator.shell.observability.saga_spans import trace_decisions

from .refused_items import quarantine_kind, refusal_problem

Advance = Callable[[Saga | None, Event, Roster], tuple[Saga, tuple[Command, ...]]]
"""The core: a saga (`None` before its first event), an event and the roster give the saga's next state and commands."""


class Transitions:
    """Calls the core with the roster of available agents, and keeps the agents' circuit breaker between batches.

    `roster` makes the roster, without the agents whose circuits are open until the given times.
    """

    def __init__(
        self,
        advance: Advance,
        roster: Callable[[Mapping[str, datetime]], Roster],
        heartbeats: HeartbeatLog,
        breaker: CircuitBreaker,
    ) -> None:
        self._advance = advance
        self._roster = roster
        self._heartbeats = heartbeats
        self._breaker = breaker

    def begin_batch(self, at: datetime) -> BatchState:
        """Make the state of a new batch, with the circuits as the last committed batch left them."""
        return BatchState(Effects(at), breaker=self._breaker)

    def on_commit(self, batch: CommittedBatch) -> None:
        """Keep the circuits of a committed batch."""
        self._breaker = batch.state.breaker

    def begin(self, saga_id: UUID, event: Event, reply_to: str | None, origin: Headers, state: BatchState) -> None:
        """Begin a saga with its first event."""
        saga, commands = self._advance(None, event, self._available(state))
        state.breaker = state.breaker.after(event, commands, state.effects.at)
        state.accepted += 1
        state.sagas[saga_id] = SagaRecord(saga, reply_to, origin)
        state.add(saga_id, commands, trace_decisions(saga_id, commands, origin))

    def apply(self, saga_id: UUID, event: Event, state: BatchState, item: ReceivedMessage | None = None) -> bool:
        """Apply an event to a saga; True if the saga exists and accepted it. A refused `item` is quarantined.

        Raises `CoreError`.
        """
        saga_record = state.sagas.get(saga_id)
        if saga_record is None:
            if item is not None and not stops_child(item):
                _refuse(item, "UNKNOWN_SAGA", "no such request was accepted", state)
            return False
        try:
            saga, commands = self._advance(saga_record.saga, event, self._available(state))
        except ImpossibleEvent as error:
            raise CoreError(f"{type(event).__name__}: {error}") from error
        state.breaker = state.breaker.after(event, commands, state.effects.at)
        trace = trace_decisions(saga_id, commands, saga_record.trace)
        for command in commands:
            if isinstance(command, CancelTask):
                self._heartbeats.forget(command.task_id)
            if isinstance(command, Refuse) and item is not None and not _is_late_child(item, command):
                _refuse(item, command.code, command.message, state)
        if saga is not saga_record.saga or commands:
            state.sagas[saga_id] = replace(saga_record, saga=saga)
            state.add(saga_id, commands, trace)
        return not any(isinstance(command, Refuse) for command in commands)

    def _available(self, state: BatchState) -> Roster:
        return self._roster(state.breaker.paused(state.effects.at))


def stops_child(item: ReceivedMessage) -> bool:
    """True for a parent's cancel of its child request; a child that does not exist yet will not be started."""
    return isinstance(item.content, CancelRequest) and item.content.parent is not None


def _refuse(item: ReceivedMessage, code: str, text: str, state: BatchState) -> None:
    state.effects.refuse(item.incoming.delivery, refusal_problem(code, text, item), quarantine_kind(item))


def _is_late_child(item: ReceivedMessage, refusal: Refuse) -> bool:
    """True for the result of a child that was cancelled with its parent: the parent is final, and nothing is wrong."""
    message = item.content
    return refusal.code == "LATE_RESULT" and isinstance(message, AgentResult) and message.agent == CHILD_AGENT
