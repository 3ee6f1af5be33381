"""From a message to the core's event and back to effects: what one item of a batch means to its saga.

Every item ends in exactly one of: an event that counted, a repeat that changed nothing, quarantine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from creatorflow.logs import get_logger
from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.request import CancelRequest, RequestSubmitted, StepCommand
from creatorflow_contracts.v1.work import AgentResult, AgentTask, TaskClaimed, TaskProgress

from creatorflow_orchestrator.core import events
from creatorflow_orchestrator.core.commands import CancelTask, Command, Refuse
from creatorflow_orchestrator.core.errors import CoreError, ImpossibleEvent
from creatorflow_orchestrator.core.events import Event
from creatorflow_orchestrator.core.model import CHILD_AGENT, Failure, FailureKind, Saga
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.roster import Roster
from creatorflow_orchestrator.core.saga import advance, find_step
from creatorflow_orchestrator.translate.attempts import Attempt
from creatorflow_orchestrator.translate.by_hand import instruction, wrong_instruction
from creatorflow_orchestrator.translate.expected import judged
from creatorflow_orchestrator.translate.telling import progressed, to_state
from creatorflow_orchestrator.translate.work import death_event, result_event

from .about import parent_of, saga_of
from .accepting import Accepting
from .admission import Admission
from .breaker import Breaker
from .committed import Committed
from .environment import Environment
from .heard import Heard
from .inbox import Item, Noticed, Received, Unsent
from .kinds import DEAD_LETTER
from .messages import transient
from .patience import Patience
from .refusing import kind_of, problem_with
from .tracing import in_process, trace_decisions
from .work import Work

log = get_logger(__name__)


class Handler:
    """Knows who there is, and how long silence may last; everything else is in the items."""

    def __init__(
        self,
        cards: Callable[[], Sequence[Card]],
        silence_ms: int,
        heard: Heard,
        roster: Callable[[Mapping[str, datetime]], Roster],
        admission: Admission,
        breaker: Breaker,
        environment: Environment,
    ) -> None:
        self.breaker = breaker
        """The agents' circuits as of the last batch that was committed."""
        self._accepting = Accepting(cards, admission, self._decide)
        self._roster = roster
        self._cards = cards
        self._silence_ms = silence_ms
        self._silence = timedelta(milliseconds=silence_ms)
        self._heard = heard
        self._jitter = environment.jitter
        self._patience = Patience(environment.monotonic)

    def handle(self, item: Item, work: Work) -> None:
        """Let one item happen. Whatever it raises is for the caller, who finds the item and has it put to `rest`."""
        saga_id = saga_of(item)
        if saga_id in work.busy or parent_of(item) in work.busy:
            work.again.append(item)
        elif isinstance(item, Received) and self._may_be_early(item, work):
            work.patient.append(item)
        elif isinstance(item, Noticed):
            if item.progress is not None:
                self._tell_progress(item.saga_id, item.progress, work)
            if not self._is_fresh(item, work):
                self._advance(item.saga_id, item.event, work, None)
        elif isinstance(item, Unsent):
            self._give_up(item, work)
        else:
            with in_process(item.incoming, saga_id, work.held):
                self._receive(item, work)

    def _may_be_early(self, item: Received, work: Work) -> bool:
        """Whether it is a cancel that may have overtaken its request; a child that comes late is not begun anyway."""
        if not isinstance(item.content, CancelRequest) or _stops_child(item):
            return False
        if item.content.correlation_id not in work.held:
            return self._patience.has(item)
        self._patience.forget(item)
        return False

    def committed(self, done: Committed) -> None:
        """A batch is committed: what it has told of the agents is so."""
        self.breaker = done.work.breaker

    def tick(self, saga_id: UUID, work: Work, *, listening_ms: float) -> None:
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
                self._advance(saga_id, events.TaskHeard(at, attempt.task_id, attempt.agent, left), work, None)
        self._advance(saga_id, events.Ticked(at, self._jitter()), work, None)

    def _is_fresh(self, item: Noticed, work: Work) -> bool:
        """Whether a heartbeat says nothing that must be written: the silence it puts off is not half over."""
        held, event = work.held.get(item.saga_id), item.event
        if held is None or not isinstance(event, events.TaskHeard):
            return False
        step = find_step(held.saga, event.task_id)
        if step is None or step.attempt.silent_at is None or step.attempt.agent != event.agent:
            return False
        return step.attempt.silent_at - work.effects.at > self._silence / 2

    def _tell_progress(self, saga_id: UUID, progress: TaskProgress, work: Work) -> None:
        """Told to whoever watches, and kept nowhere."""
        held = work.held.get(saga_id)
        told = None if held is None else progressed(held.saga, progress, work.effects.at)
        if told is not None:
            key = topology.event_key(saga_id, told.events[0].event)
            work.effects.live.append((saga_id, transient(topology.EVENTS, key, told, str(saga_id))))

    def _receive(self, item: Received, work: Work) -> None:
        at, delivery = work.effects.at, item.incoming.delivery
        match item.content:
            case Problem() as problem:
                about = {"code": problem.code, "where": problem.where, "correlation_id": problem.correlation_id}
                log.warning("message_refused", **about, queue=item.incoming.queue)
                work.effects.refuse(delivery, problem, kind_of(item))
                self._refused(item.attempt, f"its result was refused: {problem.code} at {problem.where}", work)
            case RequestSubmitted() as message:
                self._accepting.take(message, item, work)
            case CancelRequest() as message:
                if self._advance(message.correlation_id, events.CancelRequested(at, message.reason), work, item):
                    self._tell_state(message, item, work)
            case StepCommand() as message:
                self._instruct(message, item, work)
            case AgentResult() as message:
                before = work.held.get(message.correlation_id)
                taken = self._advance(message.correlation_id, self._answer(message, work), work, item)
                if taken and work.held.get(message.correlation_id) is not before:
                    work.answers.append(message)
            case TaskClaimed() as message:
                claim = events.TaskClaimed(at, message.task_id, message.agent, message.instance, self._silence_ms)
                self._advance(message.correlation_id, claim, work, item)
            case AgentTask() as message:
                self._bury(message, item, work)
            case other:
                raise TypeError(f"nothing is done with {type(other).__name__} here")

    def _answer(self, message: AgentResult, work: Work) -> Event:
        """What an agent's answer means: a success that is not what its step asked for is none."""
        chance = self._jitter()
        event = result_event(message, work.effects.at, chance)
        held = work.held.get(message.correlation_id)
        return event if held is None else judged(event, held.saga, chance)

    def _instruct(self, message: StepCommand, item: Received, work: Work) -> None:
        """What a person says of a step, answered with the state."""
        held, delivery = work.held.get(message.correlation_id), item.incoming.delivery
        finding = None if held is None else wrong_instruction(message, held.saga, self._cards())
        if finding is not None:
            where, text = finding
            problem = problem_with("FIELD_INVALID", text, item).model_copy(update={"where": where})
            work.effects.refuse(delivery, problem, kind_of(item))
        elif self._advance(message.correlation_id, instruction(message, work.effects.at), work, item):
            self._tell_state(message, item, work)

    def _tell_state(self, command: CancelRequest | StepCommand, item: Received, work: Work) -> None:
        saga_id = command.correlation_id
        state = to_state(work.held[saga_id].saga)
        answer = QueryAnswer(ask="state", answers=command.contract, correlation_id=saga_id, state=state)
        work.effects.reply(item.incoming.delivery.reply_to, answer, str(saga_id))

    def _refused(self, attempt: Attempt | None, reason: str, work: Work) -> None:
        """An answer came that could not be read: that is the attempt's failure, at once."""
        if attempt is not None:
            failure = Failure(FailureKind.VALIDATION_ERROR, reason[:4096])
            self._fail(attempt, failure, work)

    def _give_up(self, item: Unsent, work: Work) -> None:
        """A message of ours that can never be sent rests in quarantine, and whoever waits for it waits no longer."""
        work.effects.bury(item.row, item.reason)
        if item.attempt is not None:
            reason = f"its {item.row.type} cannot be sent: {item.reason}"
            self._fail(item.attempt, Failure(FailureKind.PERMANENT, reason[:4096]), work)

    def fail_too_large(self, work: Work) -> None:
        """Tell the sagas of the tasks that could not be made because of their size."""
        unfit, work.effects.too_large = work.effects.too_large, []
        for attempt, reason in unfit:
            self._fail(attempt, Failure(FailureKind.CONTEXT_TOO_LARGE, reason), work)

    def _fail(self, attempt: Attempt, failure: Failure, work: Work) -> None:
        event = events.TaskFailed(work.effects.at, attempt.task_id, failure, self._jitter(), agent=attempt.agent)
        self._advance(attempt.saga_id, event, work, None)

    def _bury(self, task: AgentTask, item: Received, work: Work) -> None:
        """A dead letter: the broker's word about an attempt; the bytes of one that kills its agents are evidence."""
        delivery = item.incoming.delivery
        reason = delivery.headers.get("x-first-death-reason")
        reason = reason if isinstance(reason, str) else "unknown"
        if reason != "expired":
            problem = problem_with("DEAD_LETTERED", f"the task was dead-lettered: {reason[:64]}", item)
            work.effects.refuse(replace(delivery, reply_to=None), problem, DEAD_LETTER)
        event = death_event(task, reason, work.effects.at, self._jitter())
        self._advance(task.correlation_id, event, work, None)

    def _decide(self, saga: Saga | None, event: Event, work: Work) -> tuple[Saga, tuple[Command, ...]]:
        """What the event means, told to the circuits of the agents too."""
        at = work.effects.at
        saga, commands = advance(saga, event, self._roster(work.breaker.paused(at)))
        work.breaker = work.breaker.after(event, commands, at)
        return saga, commands

    def _advance(self, saga_id: UUID, event: Event, work: Work, item: Received | None) -> bool:
        """Advance a saga; whether it is there and took it. What is refused is quarantined, if it was delivered."""
        held = work.held.get(saga_id)
        if held is None:
            if item is not None and not _stops_child(item):
                text = "no such saga was accepted"
                work.effects.refuse(item.incoming.delivery, problem_with("UNKNOWN_SAGA", text, item), kind_of(item))
            return False
        try:
            saga, commands = self._decide(held.saga, event, work)
        except ImpossibleEvent as error:
            raise CoreError(f"{type(event).__name__}: {error}") from error
        trace = trace_decisions(saga_id, commands, held.trace)
        for command in commands:
            if isinstance(command, CancelTask):
                self._heard.forget(command.task_id)
            if isinstance(command, Refuse) and item is not None and not _is_late_child(item, command):
                work.effects.refuse(
                    item.incoming.delivery, problem_with(command.code, command.message, item), kind_of(item)
                )
        if saga is not held.saga or commands:
            work.held[saga_id] = replace(held, saga=saga)
            work.add(saga_id, commands, trace)
        return not any(isinstance(each, Refuse) for each in commands)


def _is_late_child(item: Received, refusal: Refuse) -> bool:
    """A child that was cancelled with its parent answers a saga that is final: that is as it should be."""
    message = item.content
    return refusal.code == "LATE_RESULT" and isinstance(message, AgentResult) and message.agent == CHILD_AGENT


def _stops_child(item: Received) -> bool:
    """A parent's word to a child that has not come yet; when it does, it is not wanted."""
    return isinstance(item.content, CancelRequest) and item.content.parent is not None
