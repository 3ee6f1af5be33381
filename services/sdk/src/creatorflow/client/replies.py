"""Who waits for which reply. Replies come by direct reply-to; each is a copy sent once, so nobody waits for ever."""

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
"""What was asked about which request."""
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
"""Said of a question or a command; no request is ever refused with one of them."""


class PendingRequest:
    """A request that was submitted here. It is told what comes for it as long as somebody holds it."""

    def __init__(self) -> None:
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        """Its result, or its refusal."""
        self.ended = asyncio.Event()
        """It is known to have ended, so its result can be asked for."""


class Replies:
    """Hands each reply to who waits for it. An unexpected one is dropped: who needs the truth asks for it."""

    def __init__(self) -> None:
        self._questions: dict[Question, asyncio.Future[Answer | Problem]] = {}
        self._queries: dict[UUID, asyncio.Future[Answer | Problem]] = {}
        self._submitted: WeakValueDictionary[UUID, PendingRequest] = WeakValueDictionary()

    def pending(self, saga: UUID) -> PendingRequest:
        """Where the replies to a submitted request arrive; all who submit it here share it.

        After a refusal a submission is a new one: who comes back when told to is not told of the refusal again.
        """
        pending = self._submitted.get(saga)
        if pending is None or (pending.outcome.done() and isinstance(pending.outcome.result(), Problem)):
            pending = self._submitted[saga] = PendingRequest()
        return pending

    def answer_to(self, question: Question, query_id: UUID | None = None) -> asyncio.Future[Answer | Problem]:
        """Completed by the answer to `question`, to the query of that id if it is one; forget it when done."""
        future = self._questions[question] = asyncio.get_running_loop().create_future()
        if query_id is not None:
            self._queries[query_id] = future
        return future

    def forget(self, question: Question, query_id: UUID | None = None) -> None:
        """Nobody waits for this answer any more."""
        self._questions.pop(question, None)
        if query_id is not None:
            self._queries.pop(query_id, None)

    def sink(self, incoming: IncomingMessage) -> None:
        """Takes a delivery; returns at once."""
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
            self._problem(reply, told=incoming.delivery.type in (None, reply.contract))

    def _answer(self, answer: QueryAnswer) -> None:
        """An answer to a question, to a command, or to the submission of a request that was submitted before.

        A question that was delivered twice has two answers: the second is not for who gave a command meanwhile.
        """
        saga = answer.correlation_id
        if answer.query_id is not None:
            _complete(self._queries.get(answer.query_id), answer)
        else:  # of a command, or of an orchestrator that repeats no ids
            _complete(self._questions.get((_COMMANDS.get(answer.answers, answer.ask), saga)), answer)
        submitted = self._submitted.get(saga) if saga else None
        if submitted is not None and answer.state is not None and answer.state.status in FINAL:
            submitted.ended.set()

    def _complete_all(self, what: str, answer: Answer) -> None:
        """For an answer that does not say which saga was asked about; there is one question of the kind at a time."""
        for (asked, _), future in list(self._questions.items()):
            if asked == what:
                _complete(future, answer)

    def _problem(self, problem: Problem, *, told: bool) -> None:
        """A problem without a query's id names its request, not what was asked: a refusal of the request, or of every
        open question on it.

        `told`: somebody sent it. Otherwise our door made it, of a reply that cannot be read: that refuses nothing.
        """
        if problem.query_id is not None:
            _complete(self._queries.get(problem.query_id), problem)
            return
        saga = UUID(problem.correlation_id) if problem.correlation_id else None
        submitted = self._submitted.get(saga) if saga else None
        if told and submitted and not submitted.outcome.done() and problem.code not in _OF_QUESTIONS:
            submitted.outcome.set_result(problem)
            return
        for (_, about), future in list(self._questions.items()):
            if about == saga:
                _complete(future, problem)


def _complete(future: asyncio.Future[T] | None, value: T) -> None:
    if future is not None and not future.done():
        future.set_result(value)
