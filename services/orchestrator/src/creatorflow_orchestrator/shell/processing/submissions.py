"""From a request to its saga: new, the same again, turned away, or a child that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from creatorflow.logs import get_logger
from creatorflow.tracecontext import carried
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.state import events
from creatorflow_orchestrator.shell.batch.batch_state import BatchState
from creatorflow_orchestrator.shell.batch.quarantine_rows import REQUEST
from creatorflow_orchestrator.shell.batch.saga_codec import SagaRecord
from creatorflow_orchestrator.shell.batch.work_queue import ReceivedMessage
from creatorflow_orchestrator.shell.housekeeping.load_limit import LoadLimit
from creatorflow_orchestrator.shell.observability.saga_spans import origin_of, planning
from creatorflow_orchestrator.translate.children import ParentVerdict, child_refused, parent_verdict
from creatorflow_orchestrator.translate.definitions import is_attempt, request_digest, to_definition

from .refused_items import refusal_problem
from .request_planning import plan_request, problem_of
from .transitions import Transitions

log = get_logger(__name__)


class Submissions:
    """Knows who there is and how much is open."""

    def __init__(
        self,
        cards: Callable[[], Sequence[Card]],
        admission: LoadLimit,
        transitions: Transitions,
    ) -> None:
        self._cards = cards
        self._admission = admission
        self._transitions = transitions

    def take(self, message: RequestSubmitted, item: ReceivedMessage, work: BatchState) -> None:
        """Begin its saga, or say why not: to its sender, and to the parent of a child."""
        saga_id, delivery, at = message.correlation_id, item.incoming.delivery, work.effects.at
        held = work.held.get(saga_id)
        if held is not None:
            self._again(held, message, item, work)
            return
        if not self._is_wanted(message, item, work):
            return
        if (full := self._admission.refusal(message, work.coming)) is not None:
            work.effects.refuse(delivery, full, REQUEST)
            return
        try:
            with planning(saga_id):
                planned = plan_request(message, self._cards())
            definition = to_definition(message, planned.plan, self._cards(), at)
        except Refusal as refusal:
            self._turn_away(message, item, problem_of(refusal, str(saga_id)), work)
            return
        event = events.RequestSubmitted(saga_id, at, definition, planned.analysis)
        self._transitions.begin(saga_id, event, delivery.reply_to, origin_of(delivery, saga_id), work)
        log.info("request_accepted", correlation_id=str(saga_id), steps=len(definition.plan.steps))

    def _is_wanted(self, message: RequestSubmitted, item: ReceivedMessage, work: BatchState) -> bool:
        """Whether a child's parent waits for it. One that comes late is no fault of anybody's, and simply not begun."""
        if message.parent is None or not is_attempt(message):
            return True
        parent = work.held.get(message.parent.correlation_id)
        child = ParentVerdict.FOREIGN if parent is None else parent_verdict(parent.saga, message.parent)
        match child:
            case ParentVerdict.WANTED:
                return True
            case ParentVerdict.OVER:
                log.info("child_not_wanted", correlation_id=str(message.correlation_id))
                return False
            case ParentVerdict.FOREIGN:
                text = "the request that it names as its parent has made no such child"
                work.effects.refuse(item.incoming.delivery, refusal_problem("PROPERTY_MISMATCH", text, item), REQUEST)
                return False
            case _:
                assert_never(child)

    def _again(self, held: SagaRecord, message: RequestSubmitted, item: ReceivedMessage, work: BatchState) -> None:
        """The same request is the same run, and its last asker is answered; other content is a conflict."""
        delivery = item.incoming.delivery
        if held.saga.definition.digest != request_digest(message):
            text = "this request id was accepted with another request"
            self._turn_away(message, item, refusal_problem("CONFLICTING_REQUEST", text, item), work)
        elif not delivery.reply_to:
            return
        elif held.saga.status.final:
            work.effects.asked_again.append((delivery.reply_to, held.saga.id))
        else:
            work.held[held.saga.id] = replace(held, reply_to=delivery.reply_to)
            work.add(held.saga.id, (), {})

    def _turn_away(self, message: RequestSubmitted, item: ReceivedMessage, problem: Problem, work: BatchState) -> None:
        """A request that is not accepted. A child's parent is told, for it waits."""
        work.effects.refuse(item.incoming.delivery, problem, REQUEST)
        if message.parent is not None and is_attempt(message):
            work.effects.answer_parent(child_refused(message.parent, problem), carried())
