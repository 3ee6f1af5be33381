"""Submitted requests: a new one begins its saga, a repeat is answered, others are refused or no longer wanted."""

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
from creatorflow_orchestrator.translate.reading import reading_data

from .refused_items import refusal_problem
from .request_planning import plan_request, problem_of
from .transitions import Transitions

log = get_logger(__name__)


class Submissions:
    """Accepts requests, planned with the `cards` of the known agents and bounded by the load limit."""

    def __init__(
        self,
        cards: Callable[[], Sequence[Card]],
        load_limit: LoadLimit,
        transitions: Transitions,
    ) -> None:
        self._cards = cards
        self._load_limit = load_limit
        self._transitions = transitions

    def submit(self, message: RequestSubmitted, item: ReceivedMessage, state: BatchState) -> None:
        """Begin the request's saga, or refuse it with a reply to its sender and to the parent of a child."""
        saga_id, delivery, at = message.correlation_id, item.incoming.delivery, state.effects.at
        saga_record = state.sagas.get(saga_id)
        if saga_record is not None:
            self._repeat(saga_record, message, item, state)
            return
        if not self._is_wanted(message, item, state):
            return
        if (overload := self._load_limit.refusal(message, state.accepted)) is not None:
            state.effects.refuse(delivery, overload, REQUEST)
            return
        try:
            with planning(saga_id):
                planned = plan_request(message, self._cards())
            definition = to_definition(message, planned.plan, self._cards(), at, planned.reading)
        except Refusal as refusal:
            self._refuse(message, item, problem_of(refusal, str(saga_id)), state)
            return
        reading = {} if planned.reading is None else reading_data(planned.reading)
        event = events.RequestSubmitted(saga_id, at, definition, planned.analysis, reading)
        self._transitions.begin(saga_id, event, delivery.reply_to, origin_of(delivery, saga_id), state)
        log.info("request_accepted", correlation_id=str(saga_id), steps=len(definition.plan.steps))

    def _is_wanted(self, message: RequestSubmitted, item: ReceivedMessage, state: BatchState) -> bool:
        """False for a child whose parent does not wait for it. A late one is nobody's fault: it is just not begun."""
        if message.parent is None or not is_attempt(message):
            return True
        parent = state.sagas.get(message.parent.correlation_id)
        verdict = ParentVerdict.FOREIGN if parent is None else parent_verdict(parent.saga, message.parent)
        match verdict:
            case ParentVerdict.WANTED:
                return True
            case ParentVerdict.OVER:
                log.info("child_not_wanted", correlation_id=str(message.correlation_id))
                return False
            case ParentVerdict.FOREIGN:
                text = "the request that it names as its parent has made no such child"
                state.effects.refuse(item.incoming.delivery, refusal_problem("PROPERTY_MISMATCH", text, item), REQUEST)
                return False
            case _:
                assert_never(verdict)

    def _repeat(
        self, saga_record: SagaRecord, message: RequestSubmitted, item: ReceivedMessage, state: BatchState
    ) -> None:
        """Reply to a repeated request: the same content is the same request, other content is a conflict.

        The saga's result goes to the sender that repeated it last.
        """
        delivery = item.incoming.delivery
        if saga_record.saga.definition.digest != request_digest(message):
            text = "this request id was accepted with another request"
            self._refuse(message, item, refusal_problem("CONFLICTING_REQUEST", text, item), state)
        elif not delivery.reply_to:
            return
        elif saga_record.saga.status.final:
            state.effects.results_to_resend.append((delivery.reply_to, saga_record.saga.id))
        else:
            state.sagas[saga_record.saga.id] = replace(saga_record, reply_to=delivery.reply_to)
            state.add(saga_record.saga.id, (), {})

    def _refuse(self, message: RequestSubmitted, item: ReceivedMessage, problem: Problem, state: BatchState) -> None:
        """Refuse a request. The parent of a child gets the refusal as the result that it waits for."""
        state.effects.refuse(item.incoming.delivery, problem, REQUEST)
        if message.parent is not None and is_attempt(message):
            state.effects.send_to_parent(child_refused(message.parent, problem), carried())
