"""Lets events happen to the sagas of a batch: the one place of the shell that calls the core's `advance`."""

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
"""The core: what a saga becomes with an event, and what is to be done."""


class Transitions:
    """Knows who there is (`roster`, without the agents whose circuits are open), and whose circuits those are."""

    def __init__(
        self,
        advance: Advance,
        roster: Callable[[Mapping[str, datetime]], Roster],
        heard: HeartbeatLog,
        breaker: CircuitBreaker,
    ) -> None:
        self._advance = advance
        self._roster = roster
        self._heard = heard
        self._breaker = breaker

    def begin_batch(self, at: datetime) -> BatchState:
        """A batch in which nothing has happened yet."""
        return BatchState(Effects(at), breaker=self._breaker)

    def committed(self, done: CommittedBatch) -> None:
        """A batch is committed: what it says of the agents' circuits is so."""
        self._breaker = done.work.breaker

    def begin(self, saga_id: UUID, event: Event, reply_to: str | None, origin: Headers, work: BatchState) -> None:
        """Begin a saga."""
        saga, commands = self._advance(None, event, self._there(work))
        work.breaker = work.breaker.after(event, commands, work.effects.at)
        work.coming += 1
        work.held[saga_id] = SagaRecord(saga, reply_to, origin)
        work.add(saga_id, commands, trace_decisions(saga_id, commands, origin))

    def apply(self, saga_id: UUID, event: Event, work: BatchState, item: ReceivedMessage | None = None) -> bool:
        """Let an event happen to a saga; whether it is there and took it. What is refused of an `item` is quarantined.

        Raises `CoreError`.
        """
        held = work.held.get(saga_id)
        if held is None:
            if item is not None and not stops_child(item):
                _refuse(item, "UNKNOWN_SAGA", "no such request was accepted", work)
            return False
        try:
            saga, commands = self._advance(held.saga, event, self._there(work))
        except ImpossibleEvent as error:
            raise CoreError(f"{type(event).__name__}: {error}") from error
        work.breaker = work.breaker.after(event, commands, work.effects.at)
        trace = trace_decisions(saga_id, commands, held.trace)
        for command in commands:
            if isinstance(command, CancelTask):
                self._heard.forget(command.task_id)
            if isinstance(command, Refuse) and item is not None and not _is_late_child(item, command):
                _refuse(item, command.code, command.message, work)
        if saga is not held.saga or commands:
            work.held[saga_id] = replace(held, saga=saga)
            work.add(saga_id, commands, trace)
        return not any(isinstance(command, Refuse) for command in commands)

    def _there(self, work: BatchState) -> Roster:
        return self._roster(work.breaker.paused(work.effects.at))


def stops_child(item: ReceivedMessage) -> bool:
    """Whether it is a parent's word to a child that has not come yet; when it does, it is not wanted."""
    return isinstance(item.content, CancelRequest) and item.content.parent is not None


def _refuse(item: ReceivedMessage, code: str, text: str, work: BatchState) -> None:
    work.effects.refuse(item.incoming.delivery, refusal_problem(code, text, item), quarantine_kind(item))


def _is_late_child(item: ReceivedMessage, refusal: Refuse) -> bool:
    """A child that was cancelled with its parent answers a saga that is final: that is as it should be."""
    message = item.content
    return refusal.code == "LATE_RESULT" and isinstance(message, AgentResult) and message.agent == CHILD_AGENT
