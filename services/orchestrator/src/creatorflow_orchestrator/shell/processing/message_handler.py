"""From a message to the core's event: what one item of a batch means to its saga.

Every item ends in exactly one of: an event that counted, a repeat that changed nothing, quarantine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

from .refused_items import quarantine_kind, refusal_problem
from .submissions import Submissions
from .transitions import Transitions, stops_child

log = get_logger(__name__)


class MessageHandler:
    """Knows who there is, and how long silence may last; everything else is in the items."""

    def __init__(
        self,
        accepting: Submissions,
        transitions: Transitions,
        cards: Callable[[], Sequence[Card]],
        silence_ms: int,
        heard: HeartbeatLog,
        environment: Environment,
    ) -> None:
        self._accepting = accepting
        self._transitions = transitions
        self._cards = cards
        self._silence_ms = silence_ms
        self._silence = timedelta(milliseconds=silence_ms)
        self._heard = heard
        self._jitter = environment.jitter
        self._patience = EarlyCommands(environment.monotonic)

    def handle(self, item: Item, work: BatchState) -> None:
        """Let one item happen. Whatever it raises is for the caller, who finds the item and has it put to `rest`."""
        saga_id = saga_of(item)
        if saga_id in work.busy or parent_of(item) in work.busy:
            work.again.append(item)
        elif isinstance(item, ReceivedMessage) and self._may_be_early(item, work):
            work.patient.append(item)
        elif isinstance(item, InternalEvent):
            if item.progress is not None:
                self._tell_progress(item.saga_id, item.progress, work)
            if not self._is_fresh(item, work):
                self._transitions.apply(item.saga_id, item.event, work)
        elif isinstance(item, UnsendableRow):
            self._give_up(item, work)
        else:
            with in_process(item.incoming, saga_id, work.held):
                self._receive(item, work)

    def _may_be_early(self, item: ReceivedMessage, work: BatchState) -> bool:
        """Whether it is a cancel that may have overtaken its request; a child that comes late is not begun anyway."""
        if not isinstance(item.content, CancelRequest) or stops_child(item):
            return False
        if item.content.correlation_id not in work.held:
            return self._patience.has(item)
        self._patience.forget(item)
        return False

    def tick(self, saga_id: UUID, work: BatchState, *, listening_ms: float) -> None:
        """The saga's time has come. Silence counts only while somebody listens: what could not be heard is excused."""
        at = work.effects.at
        for step in work.held[saga_id].saga.steps.values():
            attempt = step.attempt
            if attempt.silent_at is None or attempt.task_id is None:
                continue
            excused = attempt.silent_at <= at and listening_ms < self._silence_ms
            since = at if excused else self._heard.last(attempt.task_id, attempt.agent)
            if since is not None and since + self._silence > attempt.silent_at:
                left = int((since + self._silence - at).total_seconds() * 1000)
                self._transitions.apply(saga_id, events.TaskHeartbeat(at, attempt.task_id, attempt.agent, left), work)
        self._transitions.apply(saga_id, events.Ticked(at, self._jitter()), work)

    def _is_fresh(self, item: InternalEvent, work: BatchState) -> bool:
        """Whether a heartbeat says nothing that must be written: the silence it puts off is not half over."""
        held, event = work.held.get(item.saga_id), item.event
        if held is None or not isinstance(event, events.TaskHeartbeat):
            return False
        step = find_step(held.saga, event.task_id)
        if step is None or step.attempt.silent_at is None or step.attempt.agent != event.agent:
            return False
        return step.attempt.silent_at - work.effects.at > self._silence / 2

    def _tell_progress(self, saga_id: UUID, progress: TaskProgress, work: BatchState) -> None:
        """Told to whoever watches, and kept nowhere."""
        held = work.held.get(saga_id)
        told = None if held is None else progress_event(held.saga, progress, work.effects.at)
        if told is not None:
            key = topology.event_key(saga_id, told.events[0].event)
            work.effects.live.append((saga_id, transient(topology.EVENTS, key, told, str(saga_id))))

    def _receive(self, item: ReceivedMessage, work: BatchState) -> None:
        at, delivery = work.effects.at, item.incoming.delivery
        match item.content:
            case Problem() as problem:
                about = {"code": problem.code, "where": problem.where, "correlation_id": problem.correlation_id}
                log.warning("message_refused", **about, queue=item.incoming.queue)
                work.effects.refuse(delivery, problem, quarantine_kind(item))
                self._refused(item.attempt, f"its result was refused: {problem.code} at {problem.where}", work)
            case RequestSubmitted() as message:
                self._accepting.take(message, item, work)
            case CancelRequest() as message:
                if self._transitions.apply(
                    message.correlation_id, events.CancelRequested(at, message.reason), work, item
                ):
                    self._tell_state(message, item, work)
            case StepCommand() as message:
                self._instruct(message, item, work)
            case AgentResult() as message:
                before = work.held.get(message.correlation_id)
                taken = self._transitions.apply(message.correlation_id, self._answer(message, work), work, item)
                if taken and work.held.get(message.correlation_id) is not before:
                    work.answers.append(message)
            case TaskClaimed() as message:
                claim = events.TaskClaimed(at, message.task_id, message.agent, message.instance, self._silence_ms)
                self._transitions.apply(message.correlation_id, claim, work, item)
            case AgentTask() as message:
                self._bury(message, item, work)
            case other:
                raise TypeError(f"nothing is done with {type(other).__name__} here")

    def _answer(self, message: AgentResult, work: BatchState) -> Event:
        """What an agent's answer means: a success that is not what its step asked for is none."""
        chance = self._jitter()
        event = result_event(message, work.effects.at, chance)
        held = work.held.get(message.correlation_id)
        return event if held is None else checked_result(event, held.saga, chance)

    def _instruct(self, message: StepCommand, item: ReceivedMessage, work: BatchState) -> None:
        """What a person says of a step, answered with the state."""
        held, delivery = work.held.get(message.correlation_id), item.incoming.delivery
        finding = None if held is None else command_defect(message, held.saga, self._cards())
        if finding is not None:
            where, text = finding
            problem = refusal_problem("FIELD_INVALID", text, item).model_copy(update={"where": where})
            work.effects.refuse(delivery, problem, quarantine_kind(item))
        elif self._transitions.apply(message.correlation_id, to_step_commanded(message, work.effects.at), work, item):
            self._tell_state(message, item, work)

    def _tell_state(self, command: CancelRequest | StepCommand, item: ReceivedMessage, work: BatchState) -> None:
        saga_id = command.correlation_id
        state = to_state(work.held[saga_id].saga)
        answer = QueryAnswer(ask="state", answers=command.contract, correlation_id=saga_id, state=state)
        work.effects.reply(item.incoming.delivery.reply_to, answer, str(saga_id))

    def _refused(self, attempt: AttemptRef | None, reason: str, work: BatchState) -> None:
        """An answer came that could not be read: that is the attempt's failure, at once."""
        if attempt is not None:
            failure = Failure(FailureKind.VALIDATION_ERROR, reason[:4096])
            self._fail(attempt, failure, work)

    def _give_up(self, item: UnsendableRow, work: BatchState) -> None:
        """A message of ours that can never be sent rests in quarantine, and whoever waits for it waits no longer."""
        work.effects.bury(item.row, item.reason)
        if item.attempt is not None:
            reason = f"its {item.row.type} cannot be sent: {item.reason}"
            self._fail(item.attempt, Failure(FailureKind.PERMANENT, reason[:4096]), work)

    def fail_too_large(self, work: BatchState) -> None:
        """Tell the sagas of the tasks that could not be made because of their size."""
        unfit, work.effects.too_large = work.effects.too_large, []
        for attempt, reason in unfit:
            self._fail(attempt, Failure(FailureKind.CONTEXT_TOO_LARGE, reason), work)

    def _fail(self, attempt: AttemptRef, failure: Failure, work: BatchState) -> None:
        event = events.TaskFailed(work.effects.at, attempt.task_id, failure, self._jitter(), agent=attempt.agent)
        self._transitions.apply(attempt.saga_id, event, work)

    def _bury(self, task: AgentTask, item: ReceivedMessage, work: BatchState) -> None:
        """A dead letter: the broker's word about an attempt; the bytes of one that kills its agents are evidence."""
        delivery = item.incoming.delivery
        reason = delivery.headers.get("x-first-death-reason")
        reason = reason if isinstance(reason, str) else "unknown"
        if reason != "expired":
            problem = refusal_problem("DEAD_LETTERED", f"the task was dead-lettered: {reason[:64]}", item)
            work.effects.refuse(replace(delivery, reply_to=None), problem, DEAD_LETTER)
        event = dead_letter_event(task, reason, work.effects.at, self._jitter())
        self._transitions.apply(task.correlation_id, event, work)


PATIENCE_S = 3.0
AT_MOST = 50
"""Commands that wait, a quarter of what the broker hands over at once."""


class EarlyCommands:
    """Knows what waits, and since when."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._since: dict[ReceivedMessage, float] = {}

    def has(self, item: ReceivedMessage) -> bool:
        """Whether the item may wait (longer). Asked again until it is not, or `forget` is told of it."""
        now = self._monotonic()
        self._since = {each: since for each, since in self._since.items() if not each.incoming.void}
        if item not in self._since and len(self._since) >= AT_MOST:
            return False
        if now - self._since.setdefault(item, now) < PATIENCE_S:
            return True
        self.forget(item)
        return False

    def forget(self, item: ReceivedMessage) -> None:
        """It has found its saga, or waits no longer."""
        self._since.pop(item, None)
