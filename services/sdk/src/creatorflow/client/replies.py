"""Matches replies to those who wait for them. Replies come by direct reply-to and are sent once; one may be lost, so
every wait has a limit or asks again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from creatorflow_contracts.ingress import admit
from creatorflow_contracts.problem import Problem, ProblemCode
from creatorflow_contracts.v1.event import QueryAnswer
from creatorflow_contracts.v1.operate import PruneAnswer, QuarantineAnswer
from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.bus import IncomingMessage

from .ordering import FINAL

EXPECTED: Final = frozenset(
    {"query-answer.v1", "quarantine-answer.v1", "prune-answer.v1", "synthesized-result.v1", "problem.v1"}
)
CANCEL: Final = "cancel"
STEP: Final = "step"
QUARANTINE: Final = "quarantine"
PRUNE: Final = "prune"

_COMMANDS: Final[Mapping[str, str]] = MappingProxyType({"cancel-request.v1": CANCEL, "step-command.v1": STEP})

Question = tuple[str, UUID | None]
"""The kind of a query or command, and the request that it is about."""
Answer = QueryAnswer | QuarantineAnswer | PruneAnswer
Outcome = SynthesizedResult | Problem
T = TypeVar("T")
_OF_QUESTIONS: Final = frozenset(
    {
        ProblemCode.UNKNOWN_SAGA,
        ProblemCode.STEP_UNKNOWN,
        ProblemCode.STEP_SETTLED,
        ProblemCode.QUARANTINE_UNKNOWN,
        ProblemCode.REDRIVE_REFUSED,
    }
)
"""The codes of problems with queries and commands; a request is never refused with one of them."""


class PendingRequest:
    """A request that was submitted by this client. It receives replies as long as it is referenced."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        """Its result, or its refusal."""
        self.ended = asyncio.Event()
        """Set when the request is known to have ended, so that its result can be queried."""


class Replies:
    """Delivers each reply to the one who waits for it. An unexpected reply is dropped: the state can be queried."""

    def __init__(self) -> None:
        self._questions: dict[Question, asyncio.Future[Answer | Problem]] = {}
        self._queries: dict[UUID, asyncio.Future[Answer | Problem]] = {}
        self._submitted: WeakValueDictionary[UUID, PendingRequest] = WeakValueDictionary()

    def pending(self, saga: UUID) -> PendingRequest:
        """The receiver of replies to a submitted request; all who submit the same id over this client share it.

        After a refusal, submitting again makes a new one, which does not get the earlier refusal.
        """
        pending = self._submitted.get(saga)
        if pending is None or (pending.outcome.done() and isinstance(pending.outcome.result(), Problem)):
            pending = self._submitted[saga] = PendingRequest()
        return pending

    def answer_to(self, question: Question, query_id: UUID | None = None) -> asyncio.Future[Answer | Problem]:
        """A future for the answer to `question`, and to the query `query_id` if it is one. Call `forget` afterwards."""
        future = self._questions[question] = asyncio.get_running_loop().create_future()
        if query_id is not None:
            self._queries[query_id] = future
        return future

    def forget(self, question: Question, query_id: UUID | None = None) -> None:
        """Stop waiting for an answer."""
        self._questions.pop(question, None)
        if query_id is not None:
            self._queries.pop(query_id, None)

    def sink(self, incoming: IncomingMessage) -> None:
        """Process a delivered reply; returns at once."""
        reply = admit(incoming.delivery, EXPECTED)
        if isinstance(reply, SynthesizedResult):
            submitted = self._submitted.get(reply.correlation_id)
            _complete(submitted.outcome if submitted else None, reply)
        elif isinstance(reply, QueryAnswer):
            self._answer(reply)
        elif isinstance(reply, QuarantineAnswer):
            self._complete_all(QUARANTINE, reply)
        elif isinstance(reply, PruneAnswer):
            self._complete_all(PRUNE, reply)
        elif isinstance(reply, Problem):
            self._problem(reply, is_reply=incoming.delivery.type in (None, reply.contract))

    def _answer(self, answer: QueryAnswer) -> None:
        """Deliver an answer to a query, to a command, or to the repeated submission of a request.

        A query that was delivered twice has two answers: the second must not complete a command sent meanwhile.
        """
        saga = answer.correlation_id
        if answer.query_id is not None:
            _complete(self._queries.get(answer.query_id), answer)
        else:  # to a command, or from an orchestrator that does not repeat ids
            _complete(self._questions.get((_COMMANDS.get(answer.answers, answer.ask), saga)), answer)
        submitted = self._submitted.get(saga) if saga else None
        if submitted is not None and answer.state is not None and answer.state.status in FINAL:
            submitted.ended.set()

    def _complete_all(self, kind: str, answer: Answer) -> None:
        """Deliver an answer that names no saga; there is one question of its kind at a time."""
        for (asked, _), future in list(self._questions.items()):
            if asked == kind:
                _complete(future, answer)

    def _problem(self, problem: Problem, *, is_reply: bool) -> None:
        """Deliver a problem. Without a query's id it names only its request: it refuses the request, or every open
        question about it.

        `is_reply` is false for a problem that our ingress made of an unreadable reply: that refuses no request.
        """
        if problem.query_id is not None:
            _complete(self._queries.get(problem.query_id), problem)
            return
        saga = UUID(problem.correlation_id) if problem.correlation_id else None
        submitted = self._submitted.get(saga) if saga else None
        if is_reply and submitted and not submitted.outcome.done() and problem.code not in _OF_QUESTIONS:
            submitted.outcome.set_result(problem)
            return
        for (_, about), future in list(self._questions.items()):
            if about == saga:
                _complete(future, problem)


def _complete(future: asyncio.Future[T] | None, value: T) -> None:
    if future is not None and not future.done():
        future.set_result(value)
