"""Turns each item of a batch into events of the core, and applies them to the item's saga.

Every item ends in exactly one of: an event that counted, a repeat that changed nothing, quarantine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from creatorflow.logs import get_logger
from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.request import CancelRequest, RequestSubmitted, StepCommand
from creatorflow_contracts.v1.work import AgentResult, AgentTask, TaskClaimed, TaskProgress

from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.saga.machine import find_step
from creatorflow_orchestrator.core.state import events
from creatorflow_orchestrator.core.state.events import Event
from creatorflow_orchestrator.core.state.saga_state import Failure, FailureKind
from creatorflow_orchestrator.shell.agents.heartbeats import HeartbeatLog
from creatorflow_orchestrator.shell.batch.batch_state import BatchState
from creatorflow_orchestrator.shell.batch.item_fields import parent_of, saga_of
from creatorflow_orchestrator.shell.batch.quarantine_rows import DEAD_LETTER
from creatorflow_orchestrator.shell.batch.replies import transient
from creatorflow_orchestrator.shell.batch.work_queue import InternalEvent, Item, ReceivedMessage, UnsendableRow
from creatorflow_orchestrator.shell.environment import Environment
from creatorflow_orchestrator.shell.observability.saga_spans import in_process
from creatorflow_orchestrator.translate.attempts import AttemptRef
from creatorflow_orchestrator.translate.output_check import checked_result
from creatorflow_orchestrator.translate.saga_events import progress_event, to_state
from creatorflow_orchestrator.translate.step_commands import command_defect, to_step_commanded
from creatorflow_orchestrator.translate.tasks import dead_letter_event, result_event

from .early_commands import EarlyCommands
from .refused_items import quarantine_kind, refusal_problem
from .submissions import Submissions
from .transitions import Transitions, stops_child

log = get_logger(__name__)


class MessageHandler:
    """Handles items and wake-ups; an instance that is silent for `silence_ms` is taken for dead."""

    def __init__(
        self,
        submissions: Submissions,
        transitions: Transitions,
        cards: Callable[[], Sequence[Card]],
        silence_ms: int,
        heartbeats: HeartbeatLog,
        environment: Environment,
    ) -> None:
        self._submissions = submissions
        self._transitions = transitions
        self._cards = cards
        self._silence_ms = silence_ms
        self._silence = timedelta(milliseconds=silence_ms)
        self._heartbeats = heartbeats
        self._jitter = environment.jitter
        self._early_commands = EarlyCommands(environment.monotonic)

    def handle(self, item: Item, state: BatchState) -> None:
        """Apply one item, or add it to those that must wait.

        Any error it raises is for the caller, who finds the item and has it quarantined.
        """
        if self._must_wait(item, state):
            return
        with _span_of(item, state):
            match item:
                case InternalEvent():
                    self._apply_internal(item, state)
                case UnsendableRow():
                    self._quarantine_unsendable(item, state)
                case ReceivedMessage(content=Problem() as problem):
                    self._refuse(problem, item, state)
                case ReceivedMessage(content=RequestSubmitted() as message):
                    self._submissions.submit(message, item, state)
                case ReceivedMessage(content=CancelRequest() as message):
                    self._cancel(message, item, state)
                case ReceivedMessage(content=StepCommand() as message):
                    self._command_step(message, item, state)
                case ReceivedMessage(content=AgentResult() as message):
                    self._apply_result(message, item, state)
                case ReceivedMessage(content=TaskClaimed() as message):
                    self._apply_claim(message, item, state)
                case ReceivedMessage(content=AgentTask() as message):
                    self._apply_dead_letter(message, item, state)
                case ReceivedMessage(content=other):
                    raise TypeError(f"nothing is done with {type(other).__name__} here")

    def _must_wait(self, item: Item, state: BatchState) -> bool:
        """True for an item that was added to those that wait: its saga is busy, or does not exist yet."""
        if saga_of(item) in state.busy or parent_of(item) in state.busy:
            state.busy_items.append(item)
            return True
        if isinstance(item, ReceivedMessage) and self._may_be_early(item, state):
            state.early_items.append(item)
            return True
        return False

    def _may_be_early(self, item: ReceivedMessage, state: BatchState) -> bool:
        """True for a cancel that may have overtaken its request. One of a child needs no wait: see `stops_child`."""
        if not isinstance(item.content, CancelRequest) or stops_child(item):
            return False
        if item.content.correlation_id not in state.sagas:
            return self._early_commands.may_wait(item)
        self._early_commands.forget(item)
        return False

    def tick(self, saga_id: UUID, state: BatchState, *, listening_ms: float) -> None:
        """Wake up a saga that is due.

        Silence counts only while heartbeats can be received: a silence that is longer than `listening_ms` is excused.
        """
        at = state.effects.at
        for step in state.sagas[saga_id].saga.steps.values():
            attempt = step.attempt
            if attempt.silent_at is None or attempt.task_id is None:
                continue
            excused = attempt.silent_at <= at and listening_ms < self._silence_ms
            since = at if excused else self._heartbeats.last(attempt.task_id, attempt.agent)
            if since is not None and since + self._silence > attempt.silent_at:
                left = int((since + self._silence - at).total_seconds() * 1000)
                heartbeat = events.TaskHeartbeat(at, attempt.task_id, attempt.agent, left)
                self._transitions.apply(saga_id, heartbeat, state)
        self._transitions.apply(saga_id, events.Ticked(at, self._jitter()), state)

    def _apply_internal(self, item: InternalEvent, state: BatchState) -> None:
        if item.progress is not None:
            self._publish_progress(item.saga_id, item.progress, state)
        if not self._is_fresh(item, state):
            self._transitions.apply(item.saga_id, item.event, state)

    def _is_fresh(self, item: InternalEvent, state: BatchState) -> bool:
        """True for a heartbeat that need not be written: not half of the silence that it puts off is over."""
        saga_record, event = state.sagas.get(item.saga_id), item.event
        if saga_record is None or not isinstance(event, events.TaskHeartbeat):
            return False
        step = find_step(saga_record.saga, event.task_id)
        if step is None or step.attempt.silent_at is None or step.attempt.agent != event.agent:
            return False
        return step.attempt.silent_at - state.effects.at > self._silence / 2

    def _publish_progress(self, saga_id: UUID, progress: TaskProgress, state: BatchState) -> None:
        """Publish a task's progress to the followers of its request; it is stored nowhere."""
        saga_record = state.sagas.get(saga_id)
        news = None if saga_record is None else progress_event(saga_record.saga, progress, state.effects.at)
        if news is not None:
            key = topology.event_key(saga_id, news.events[0].event)
            state.effects.live.append((saga_id, transient(topology.EVENTS, key, news, str(saga_id))))

    def _refuse(self, problem: Problem, item: ReceivedMessage, state: BatchState) -> None:
        """Refuse a message that could not be read; a result of that kind fails its attempt at once."""
        about = {"code": problem.code, "where": problem.where, "correlation_id": problem.correlation_id}
        log.warning("message_refused", **about, queue=item.incoming.queue)
        state.effects.refuse(item.incoming.delivery, problem, quarantine_kind(item))
        if item.attempt is not None:
            reason = f"its result was refused: {problem.code} at {problem.where}"
            self._fail(item.attempt, Failure(FailureKind.VALIDATION_ERROR, reason[:4096]), state)

    def _cancel(self, message: CancelRequest, item: ReceivedMessage, state: BatchState) -> None:
        event = events.CancelRequested(state.effects.at, message.reason)
        if self._transitions.apply(message.correlation_id, event, state, item):
            self._reply_state(message, item, state)

    def _command_step(self, message: StepCommand, item: ReceivedMessage, state: BatchState) -> None:
        """Apply a person's command to a step, and reply with the request's state."""
        saga_record, delivery = state.sagas.get(message.correlation_id), item.incoming.delivery
        finding = None if saga_record is None else command_defect(message, saga_record.saga, self._cards())
        if finding is not None:
            where, text = finding
            problem = refusal_problem("FIELD_INVALID", text, item).model_copy(update={"where": where})
            state.effects.refuse(delivery, problem, quarantine_kind(item))
        elif self._transitions.apply(message.correlation_id, to_step_commanded(message, state.effects.at), state, item):
            self._reply_state(message, item, state)

    def _reply_state(self, command: CancelRequest | StepCommand, item: ReceivedMessage, state: BatchState) -> None:
        saga_id = command.correlation_id
        saga_state = to_state(state.sagas[saga_id].saga)
        answer = QueryAnswer(ask="state", answers=command.contract, correlation_id=saga_id, state=saga_state)
        state.effects.reply(item.incoming.delivery.reply_to, answer, str(saga_id))

    def _apply_result(self, message: AgentResult, item: ReceivedMessage, state: BatchState) -> None:
        before = state.sagas.get(message.correlation_id)
        accepted = self._transitions.apply(message.correlation_id, self._result_event(message, state), state, item)
        if accepted and state.sagas.get(message.correlation_id) is not before:
            state.results.append(message)

    def _result_event(self, message: AgentResult, state: BatchState) -> Event:
        """Make the event of a result; a success whose output is not what its step asked for becomes a failure."""
        jitter = self._jitter()
        event = result_event(message, state.effects.at, jitter)
        saga_record = state.sagas.get(message.correlation_id)
        return event if saga_record is None else checked_result(event, saga_record.saga, jitter)

    def _apply_claim(self, message: TaskClaimed, item: ReceivedMessage, state: BatchState) -> None:
        at = state.effects.at
        claim = events.TaskClaimed(at, message.task_id, message.agent, message.instance, self._silence_ms)
        self._transitions.apply(message.correlation_id, claim, state, item)

    def _apply_dead_letter(self, task: AgentTask, item: ReceivedMessage, state: BatchState) -> None:
        """Apply the broker's dead letter of a task; unless it expired, its bytes are kept: they may kill agents."""
        delivery = item.incoming.delivery
        reason = delivery.headers.get("x-first-death-reason")
        reason = reason if isinstance(reason, str) else "unknown"
        if reason != "expired":
            problem = refusal_problem("DEAD_LETTERED", f"the task was dead-lettered: {reason[:64]}", item)
            state.effects.refuse(replace(delivery, reply_to=None), problem, DEAD_LETTER)
        event = dead_letter_event(task, reason, state.effects.at, self._jitter())
        self._transitions.apply(task.correlation_id, event, state)

    def _quarantine_unsendable(self, item: UnsendableRow, state: BatchState) -> None:
        """Quarantine a message of ours that can never be sent, and fail the attempt that waits for it."""
        state.effects.quarantine(item.row, item.reason)
        if item.attempt is not None:
            reason = f"its {item.row.type} cannot be sent: {item.reason}"
            self._fail(item.attempt, Failure(FailureKind.PERMANENT, reason[:4096]), state)

    def fail_too_large(self, state: BatchState) -> None:
        """Fail the attempts whose tasks were too large to be made."""
        too_large, state.effects.too_large = state.effects.too_large, []
        for attempt, reason in too_large:
            self._fail(attempt, Failure(FailureKind.CONTEXT_TOO_LARGE, reason), state)

    def _fail(self, attempt: AttemptRef, failure: Failure, state: BatchState) -> None:
        event = events.TaskFailed(state.effects.at, attempt.task_id, failure, self._jitter(), agent=attempt.agent)
        self._transitions.apply(attempt.saga_id, event, state)


def _span_of(item: Item, state: BatchState) -> AbstractContextManager[object]:
    if isinstance(item, ReceivedMessage):
        return in_process(item.incoming, saga_of(item), state.sagas)
    return nullcontext()
