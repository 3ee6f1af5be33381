"""The effects of a batch: the core's commands and the refusals, as rows of the store and messages.

Rows are committed before anything is sent. Live messages (`Effects.live`) are published once, after the commit; a
client that misses one queries.
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

_DURABLE = frozenset({"accepted", "completed", "failed", "cancelled"})
"""Events that are published through the outbox; the others are live."""


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
    """Messages with the saga of each: those of a saga that was not committed are not published."""
    results_to_resend: list[tuple[str, UUID]] = field(default_factory=list)
    """Reply queues at which a final saga was requested again: its result is read and sent again."""
    too_large: list[tuple[AttemptRef, str]] = field(default_factory=list)
    """Attempts whose tasks no receiver would take, with the reason; they are not sent."""
    consumer_counts: list[tuple[UUID, tuple[str, ...]]] = field(default_factory=list)
    """Sagas that wait for the number of consumers of these agents' queues."""

    def changes(self, sent: Sequence[UUID]) -> Changes:
        """Collect everything to commit; `sent` are outbox rows that the broker has confirmed."""
        return Changes(
            new=tuple(self.new.values()),
            saved=tuple(self.saved.values()),
            history=tuple(self.history),
            outbox=tuple(self.outbox),
            sent=tuple(sent),
            quarantined=tuple(self.quarantined),
        )

    def save(self, saga_record: SagaRecord, *, new: bool) -> None:
        """Write the saga as it stands after the batch."""
        saga = saga_record.saga
        row = SagaRow(
            id=saga.id,
            status=saga.status.value,
            state=encode(saga_record),
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
        saga_record: SagaRecord,
        commands: Sequence[Command],
        traces: Sequence[Headers],
        outputs: Outputs,
        result: SynthesizedResult | None = None,
    ) -> None:
        """Turn the commands of one saga into rows and messages, each of which carries on the trace of its command.

        `outputs` go into the tasks that are dispatched; `result` is the final result of a saga that concludes.
        """
        saga = saga_record.saga
        for command, trace in zip(commands, traces, strict=True):
            if saga_record.trace is not trace:
                saga_record = replace(saga_record, trace=trace)
            match command:
                case Record():
                    self._record(saga, command)
                case DispatchTask():
                    self._dispatch(saga_record, command, outputs)
                case StartChild():
                    child = child_request(saga, command.step, command.task_id, command.attempt)
                    key = topology.submit_key()
                    self._enqueue(saga_record, topology.REQUESTS, key, child, saga_id=child.correlation_id)
                case CancelTask():
                    self._cancel_task(saga_record, command)
                case CancelChild():
                    stop = CancelRequest(correlation_id=command.task_id, reason=command.reason[:4096], parent=saga.id)
                    key = topology.command_key("cancel")
                    self._enqueue(saga_record, topology.REQUESTS, key, stop, saga_id=stop.correlation_id)
                case CountConsumers():
                    self.consumer_counts.append((saga.id, command.agents))
                case Conclude():
                    self._conclude(saga_record, command, result)
                case Refuse():
                    pass  # the delivery behind it was refused when it was handled
                case _:
                    assert_never(command)
        self._publish_events(saga_record, commands)

    def reply(self, reply_to: str | None, message: Message | Problem, correlation_id: str | None) -> None:
        """Send a reply once; it is a copy of what is stored. No reply goes to a queue of the orchestrator's own."""
        if reply_to and topology.may_reply_to(reply_to):
            self.live.append((None, reply(reply_to, message, correlation_id)))

    def refuse(self, delivery: Delivery, problem: Problem, kind: str) -> None:
        """Refuse a delivery: reply with the problem, and quarantine the delivery where that is not enough
        (`is_answered`). The span of its processing gets the problem's code."""
        fail_current(problem.code)
        row = refused(delivery, problem, kind, self.at)
        if delivery.reply_to and is_answered(delivery, problem, kind):
            self.live.append((None, refusal(delivery.reply_to, problem, row)))
        else:
            self.quarantined.append(row)
            self.reply(delivery.reply_to, problem, problem.correlation_id)

    def quarantine(self, row: OutboxRow, reason: str) -> None:
        """Quarantine a message of ours that can never be sent."""
        self.quarantined.append(unsendable(row, reason, self.at))

    def send_to_parent(self, result: AgentResult, trace: Headers) -> None:
        """Send the result of a child that was never accepted to its parent's step."""
        self._add(result.correlation_id, topology.RESULTS, topology.SAGA_RESULT_KEY, result, trace)

    def _record(self, saga: Saga, record: Record) -> None:
        self.history.append(HistoryRow(saga.id, record.seq, record.at, record.event, record_data(record)))

    def _dispatch(self, saga_record: SagaRecord, command: DispatchTask, outputs: Outputs) -> None:
        key = topology.task_key(command.agent)
        try:
            task = to_task(saga_record.saga, command, outputs)
            self._enqueue(saga_record, topology.TASKS, key, task, expires_at=command.expires_at)
        except ContextTooLarge as error:
            self.too_large.append((AttemptRef(saga_record.saga.id, command.task_id), str(error)))
            return
        if len(self.outbox[-1].body) > MAX_BODY:
            size = len(self.outbox.pop().body)
            reason = f"CONTEXT_TOO_LARGE: the task of step {command.step} has {size} bytes, more than {MAX_BODY}"
            self.too_large.append((AttemptRef(saga_record.saga.id, command.task_id), reason))

    def _cancel_task(self, saga_record: SagaRecord, command: CancelTask) -> None:
        saga = saga_record.saga
        message = WireCancelTask(
            task_id=command.task_id, correlation_id=saga.id, agent=command.agent, reason=command.reason[:4096]
        )
        key = topology.control_key("cancel", command.agent)
        self.live.append((saga.id, transient(topology.CONTROL, key, message, str(saga.id), saga_record.trace)))

    def _conclude(self, saga_record: SagaRecord, command: Conclude, result: SynthesizedResult | None) -> None:
        if result is None:
            raise ValueError(f"saga {saga_record.saga.id} concludes without a final result")
        record = Record(
            command.seq,
            command.at,
            command.status.value,
            message=command.reason,
            data={"result": result.model_dump(mode="json", exclude_none=True)},
        )
        self._record(saga_record.saga, record)
        self._send_result(saga_record, result)

    def _send_result(self, saga_record: SagaRecord, result: SynthesizedResult) -> None:
        if saga_record.reply_to:
            self._enqueue(saga_record, "", saga_record.reply_to, result, mandatory=False)
        if saga_record.saga.definition.parent is not None:
            child = child_result(saga_record.saga, result)
            self._enqueue(saga_record, topology.RESULTS, topology.SAGA_RESULT_KEY, child, saga_id=child.correlation_id)

    def _publish_events(self, saga_record: SagaRecord, commands: Sequence[Command]) -> None:
        """Publish all new events of a saga in one message."""
        records = [
            command
            if isinstance(command, Record)
            else Record(command.seq, command.at, command.status.value, message=command.reason)
            for command in commands
            if isinstance(command, Record | Conclude)
        ]
        if not records:
            return
        events = to_events(saga_record.saga, records)
        durable = [record.event for record in records if record.event in _DURABLE]
        key = topology.event_key(saga_record.saga.id, durable[-1] if durable else records[-1].event)
        if durable:
            self._enqueue(saga_record, topology.EVENTS, key, events, mandatory=False)
        else:
            saga_id = saga_record.saga.id
            self.live.append((saga_id, transient(topology.EVENTS, key, events, str(saga_id), saga_record.trace)))

    def _enqueue(
        self,
        saga_record: SagaRecord,
        exchange: str,
        key: str,
        message: Message,
        *,
        mandatory: bool = True,
        expires_at: datetime | None = None,
        saga_id: UUID | None = None,
    ) -> None:
        self._add(saga_id or saga_record.saga.id, exchange, key, message, saga_record.trace, mandatory, expires_at)

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
