"""What a batch writes and says: commands of the core and refusals of the door, as rows of the store and messages.

Rows are committed before anything is sent. What is told live (`Effects.live`) is sent after the commit and once:
whoever misses it asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from creatorflow.bus import OutgoingMessage
from creatorflow.telemetry import fail_current
from creatorflow.tracecontext import Headers
from creatorflow_contracts import topology
from creatorflow_contracts.ingress import Delivery
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.refusals import MAX_BODY
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_contracts.v1.request import CancelRequest
from creatorflow_contracts.v1.work import AgentResult
from creatorflow_contracts.v1.work import CancelTask as WireCancelTask

from creatorflow_orchestrator.core.saga.machine import wake_at
from creatorflow_orchestrator.core.state.commands import (
    CancelChild,
    CancelTask,
    Command,
    Conclude,
    CountConsumers,
    DispatchTask,
    Record,
    Refuse,
    StartChild,
)
from creatorflow_orchestrator.core.state.saga_state import Saga
from creatorflow_orchestrator.shell.store import Changes, HistoryRow, OutboxRow, QuarantineRow, SagaRow
from creatorflow_orchestrator.translate.attempts import AttemptRef
from creatorflow_orchestrator.translate.children import child_result
from creatorflow_orchestrator.translate.context import ContextTooLarge, Outputs
from creatorflow_orchestrator.translate.definitions import child_request
from creatorflow_orchestrator.translate.saga_events import record_data, to_events
from creatorflow_orchestrator.translate.tasks import to_task

from .quarantine_rows import is_answered, refused, unsendable
from .replies import refusal, reply, transient
from .saga_codec import SagaRecord, encode

_KEPT = frozenset({"accepted", "completed", "failed", "cancelled"})
"""News that goes through the outbox; the rest is told live."""


@dataclass(slots=True)
class Effects:
    """Rows and messages of one batch."""

    at: datetime
    new: dict[UUID, SagaRow] = field(default_factory=dict)
    saved: dict[UUID, SagaRow] = field(default_factory=dict)
    history: list[HistoryRow] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    quarantined: list[QuarantineRow] = field(default_factory=list)
    live: list[tuple[UUID | None, OutgoingMessage]] = field(default_factory=list)
    """With the saga that each belongs to: news of a saga that was not committed is not told."""
    asked_again: list[tuple[str, UUID]] = field(default_factory=list)
    """Who asked for a saga that has long been final: its result is read and sent again."""
    too_large: list[tuple[AttemptRef, str]] = field(default_factory=list)
    """Attempts whose tasks no receiver would take, and why; they are not sent."""

    counts: list[tuple[UUID, tuple[str, ...]]] = field(default_factory=list)
    """Sagas that want to know whether anybody consumes the tasks of these agents."""

    def changes(self, sent: Sequence[UUID]) -> Changes:
        """Everything to commit."""
        return Changes(
            new=tuple(self.new.values()),
            saved=tuple(self.saved.values()),
            history=tuple(self.history),
            outbox=tuple(self.outbox),
            sent=tuple(sent),
            quarantined=tuple(self.quarantined),
        )

    def save(self, held: SagaRecord, *, new: bool) -> None:
        """The saga as it stands after the batch."""
        saga = held.saga
        row = SagaRow(
            id=saga.id,
            status=saga.status.value,
            state=encode(held),
            seq=saga.seq,
            wake_at=wake_at(saga),
            digest=saga.definition.digest,
            created_at=saga.definition.submitted_at,
            updated_at=self.at,
            parent_id=saga.definition.parent.saga_id if saga.definition.parent else None,
            dry_run=saga.definition.dry_run,
        )
        (self.new if new else self.saved)[saga.id] = row

    def run(
        self,
        held: SagaRecord,
        commands: Sequence[Command],
        traces: Sequence[Headers],
        outputs: Outputs,
        result: SynthesizedResult | None = None,
    ) -> None:
        """Turn the commands of one saga into rows and messages, each of which carries on the trace of its command.

        `outputs` go into the tasks that are dispatched; `result` is the final result of a saga that concludes.
        """
        saga = held.saga
        for command, trace in zip(commands, traces, strict=True):
            if held.trace is not trace:
                held = replace(held, trace=trace)
            match command:
                case Record():
                    self._record(saga, command)
                case DispatchTask():
                    self._dispatch(held, command, outputs)
                case StartChild():
                    child = child_request(saga, command.step, command.task_id, command.attempt)
                    key = topology.submit_key()
                    self._enqueue(held, topology.REQUESTS, key, child, saga_id=child.correlation_id)
                case CancelTask():
                    self._cancel_task(held, command)
                case CancelChild():
                    stop = CancelRequest(correlation_id=command.task_id, reason=command.reason[:4096], parent=saga.id)
                    self._enqueue(
                        held, topology.REQUESTS, topology.command_key("cancel"), stop, saga_id=stop.correlation_id
                    )
                case CountConsumers():
                    self.counts.append((saga.id, command.agents))
                case Conclude():
                    self._conclude(held, command, result)
                case Refuse():
                    pass  # the delivery behind it was refused when it was handled
                case _:
                    assert_never(command)
        self._tell(held, commands)

    def reply(self, reply_to: str | None, message: Message | Problem, correlation_id: str | None) -> None:
        """Answer whoever asked, once; a reply is a copy. Nobody is answered on a queue of ours."""
        if reply_to and topology.may_reply_to(reply_to):
            self.live.append((None, reply(reply_to, message, correlation_id)))

    def refuse(self, delivery: Delivery, problem: Problem, kind: str) -> None:
        """Tell the sender of a delivery that cannot count why, and keep the delivery in quarantine where that is not
        enough (`is_answered`). The span in which it is processed says which code it was refused with."""
        fail_current(problem.code)
        row = refused(delivery, problem, kind, self.at)
        if delivery.reply_to and is_answered(delivery, problem, kind):
            self.live.append((None, refusal(delivery.reply_to, problem, row)))
        else:
            self.quarantined.append(row)
            self.reply(delivery.reply_to, problem, problem.correlation_id)

    def bury(self, row: OutboxRow, reason: str) -> None:
        """Put a message of ours to rest that can never be sent."""
        self.quarantined.append(unsendable(row, reason, self.at))

    def answer_parent(self, answer: AgentResult, trace: Headers) -> None:
        """Tell a parent's step of a child that was never accepted."""
        self._add(answer.correlation_id, topology.RESULTS, topology.SAGA_RESULT_KEY, answer, trace)

    def _record(self, saga: Saga, record: Record) -> None:
        self.history.append(HistoryRow(saga.id, record.seq, record.at, record.event, record_data(record)))

    def _dispatch(self, held: SagaRecord, command: DispatchTask, outputs: Outputs) -> None:
        key = topology.task_key(command.agent)
        try:
            self._enqueue(
                held, topology.TASKS, key, to_task(held.saga, command, outputs), expires_at=command.expires_at
            )
        except ContextTooLarge as error:
            self.too_large.append((AttemptRef(held.saga.id, command.task_id), str(error)))
            return
        if len(self.outbox[-1].body) > MAX_BODY:
            size = len(self.outbox.pop().body)
            reason = f"CONTEXT_TOO_LARGE: the task of step {command.step} has {size} bytes, more than {MAX_BODY}"
            self.too_large.append((AttemptRef(held.saga.id, command.task_id), reason))

    def _cancel_task(self, held: SagaRecord, command: CancelTask) -> None:
        saga = held.saga
        message = WireCancelTask(
            task_id=command.task_id, correlation_id=saga.id, agent=command.agent, reason=command.reason[:4096]
        )
        key = topology.control_key("cancel", command.agent)
        self.live.append((saga.id, transient(topology.CONTROL, key, message, str(saga.id), held.trace)))

    def _conclude(self, held: SagaRecord, command: Conclude, result: SynthesizedResult | None) -> None:
        if result is None:
            raise ValueError(f"saga {held.saga.id} concludes without a final result")
        record = Record(
            command.seq,
            command.at,
            command.status.value,
            message=command.reason,
            data={"result": result.model_dump(mode="json", exclude_none=True)},
        )
        self._record(held.saga, record)
        self._answer(held, result)

    def _answer(self, held: SagaRecord, result: SynthesizedResult) -> None:
        if held.reply_to:
            self._enqueue(held, "", held.reply_to, result, mandatory=False)
        if held.saga.definition.parent is not None:
            answer = child_result(held.saga, result)
            self._enqueue(held, topology.RESULTS, topology.SAGA_RESULT_KEY, answer, saga_id=answer.correlation_id)

    def _tell(self, held: SagaRecord, commands: Sequence[Command]) -> None:
        """All the news of a saga in one message."""
        records = [
            command
            if isinstance(command, Record)
            else Record(command.seq, command.at, command.status.value, message=command.reason)
            for command in commands
            if isinstance(command, Record | Conclude)
        ]
        if not records:
            return
        events = to_events(held.saga, records)
        kept = [record.event for record in records if record.event in _KEPT]
        key = topology.event_key(held.saga.id, kept[-1] if kept else records[-1].event)
        if kept:
            self._enqueue(held, topology.EVENTS, key, events, mandatory=False)
        else:
            self.live.append((held.saga.id, transient(topology.EVENTS, key, events, str(held.saga.id), held.trace)))

    def _enqueue(
        self,
        held: SagaRecord,
        exchange: str,
        key: str,
        message: Message,
        *,
        mandatory: bool = True,
        expires_at: datetime | None = None,
        saga_id: UUID | None = None,
    ) -> None:
        self._add(saga_id or held.saga.id, exchange, key, message, held.trace, mandatory, expires_at)

    def _add(
        self,
        saga_id: UUID,
        exchange: str,
        key: str,
        message: Message,
        trace: Headers,
        mandatory: bool = True,
        expires_at: datetime | None = None,
    ) -> None:
        self.outbox.append(
            OutboxRow(
                saga_id=saga_id,
                exchange=exchange,
                routing_key=key,
                type=message.contract,
                body=message.to_json(),
                created_at=self.at,
                headers=trace,
                mandatory=mandatory,
                expires_at=expires_at,
            )
        )
