"""Answers queries from the store. Nothing here changes anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import assert_never
from uuid import UUID

from creatorflow.bus import Bus, BusError, IncomingMessage
from creatorflow.logs import get_logger
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.refusals import MAX_BODY, MAX_KEYS
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.event import LiveAgent, QueryAnswer, RefusedAgent, SagaEvent, SagaState
from creatorflow_contracts.v1.output import SynthesizedResult
from creatorflow_contracts.v1.request import Query

from creatorflow_orchestrator.shell.batch.committed_batch import CommittedBatch
from creatorflow_orchestrator.shell.batch.replies import fit, reply
from creatorflow_orchestrator.shell.batch.saga_codec import decode
from creatorflow_orchestrator.shell.housekeeping.background import BackgroundTasks
from creatorflow_orchestrator.shell.store import SagaFilter, Store, StoreUnavailable
from creatorflow_orchestrator.shell.store.rows import FINAL_STATUSES
from creatorflow_orchestrator.translate.saga_events import ProgressOf, stored_event, to_state
from creatorflow_orchestrator.translate.truncation import cut, size_of

MAX_AT_ONCE = 16
LISTED_REQUEST = 500
"""Characters of a request's text in a list."""

log = get_logger(__name__)


class Queries:
    """Answers each query beside the worker, a few at a time."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        live: Callable[[], list[LiveAgent]],
        progress: ProgressOf | None = None,
        refused: Callable[[], tuple[RefusedAgent, ...]] = tuple,
    ) -> None:
        self._refused = refused
        self._bus = bus
        self._store = store
        self._live = live
        self._progress = progress
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self._tasks = BackgroundTasks()

    def take(self, incoming: IncomingMessage, query: Query) -> None:
        """Answer a query in the background."""
        self._tasks.start(self._answer(incoming, query))

    def on_commit(self, batch: CommittedBatch) -> None:
        """Send the results of final sagas that were requested again, in the background."""
        for reply_to, saga_id in batch.state.effects.results_to_resend:
            self._tasks.start(self._send_result(reply_to, saga_id))

    async def close(self) -> None:
        """Stop the queries that are not answered; the broker redelivers them to another replica."""
        await self._tasks.cancel()

    async def failing(self) -> None:
        """Wait until answering a query fails unexpectedly, and raise the error."""
        await self._tasks.failing()

    async def _send_result(self, reply_to: str, saga_id: UUID) -> None:
        query = Query(ask="result", correlation_id=saga_id)
        answer = await self._answer_or_problem(query)
        if isinstance(answer, QueryAnswer) and answer.result is not None:
            await self._send(reply_to, answer.result, str(saga_id))

    async def _answer(self, incoming: IncomingMessage, query: Query) -> None:
        correlation_id = None if query.correlation_id is None else str(query.correlation_id)
        answer = await self._answer_or_problem(query)
        if incoming.delivery.reply_to and answer is not None:
            await self._send(incoming.delivery.reply_to, answer, correlation_id)
        await incoming.ack()

    async def _answer_or_problem(self, query: Query) -> QueryAnswer | Problem | None:
        """Return the answer; `None` while the store is unavailable. A saga that cannot be read gets a problem."""
        try:
            async with self._slots:
                return await self.answer(query)
        except StoreUnavailable as error:
            log.warning("query_unanswered", ask=query.ask, correlation_id=str(query.correlation_id), reason=str(error))
            return None
        except (ValueError, LookupError) as error:  # a row that another release wrote
            log.error("query_unprocessable", ask=query.ask, correlation_id=str(query.correlation_id), exc_info=error)
            return _problem("UNPROCESSABLE", "what is stored cannot be read by this release", query)

    async def _send(self, reply_to: str, answer: Message, saga_id: str | None) -> None:
        try:
            await self._bus.publish(reply(reply_to, answer, saga_id))
        except BusError as error:
            log.warning("answer_unsent", correlation_id=saga_id, reason=str(error))

    async def answer(self, query: Query) -> QueryAnswer | Problem:
        """Answer a query. Raises `StoreError`."""
        match query.ask:
            case "agents":
                return self._agents(query)
            case "list":
                wanted = SagaFilter(query.status, query.since, query.dry_run, query.prefix)
                rows = await self._store.sagas(query.limit, wanted)
                sagas, more = fit((_listed(row.state) for row in rows), len(rows))
                return QueryAnswer(ask="list", query_id=query.id, sagas=sagas, more=more)
            case "state" | "history" | "result":
                return await self._answer_saga(query)
            case _:
                assert_never(query.ask)

    async def _answer_saga(self, query: Query) -> QueryAnswer | Problem:
        """Answer a query about one saga."""
        if query.correlation_id is None:
            return _problem("CORRELATION_INVALID", "the query names no request", query)
        row = await self._store.saga(query.correlation_id)
        if row is None:
            return _problem("UNKNOWN_SAGA", "no such request was accepted", query)
        return _fitting(
            await self._of(query, query.correlation_id, to_state(decode(row.state).saga, progress=self._progress))
        )

    def _agents(self, query: Query) -> QueryAnswer:
        """List the agents; without their vocabulary, which only planning reads, if they are too many for one reply."""
        live = self._live()
        agents, more = fit(live, len(live))
        if more:
            agents, more = fit(map(_brief, live), len(live))
        return QueryAnswer(ask="agents", query_id=query.id, agents=agents, refused=self._refused(), more=more)

    async def _of(self, query: Query, saga_id: UUID, state: SagaState) -> QueryAnswer:
        if query.ask == "history":
            events, more = await self._history(saga_id, query.after_seq, query.limit)
            return QueryAnswer(
                ask="history", query_id=query.id, correlation_id=saga_id, state=state, events=events, more=more
            )
        result = await self._result(saga_id, state) if query.ask == "result" else None
        return QueryAnswer(ask=query.ask, query_id=query.id, correlation_id=saga_id, state=state, result=result)

    async def _history(self, saga_id: UUID, after_seq: int, limit: int) -> tuple[tuple[SagaEvent, ...], bool]:
        rows = await self._store.history(saga_id, after_seq, limit + 1)
        return fit((stored_event(row.seq, row.at, row.event, row.data) for row in rows[:limit]), len(rows))

    async def _result(self, saga_id: UUID, state: SagaState) -> SynthesizedResult | None:
        """Read the saga's final result; `None` while it runs."""
        if state.status not in FINAL_STATUSES:
            return None
        row = await self._store.last(saga_id, state.status)
        return (
            None
            if row is None
            else SynthesizedResult.model_validate_json(json.dumps(json.loads(row.data)["data"]["result"]))
        )


def _brief(agent: LiveAgent) -> LiveAgent:
    return agent.model_copy(update={"card": agent.card.model_copy(update={"vocabulary": {}})})


def _listed(state: str) -> SagaState:
    saga = to_state(decode(state).saga, with_steps=False)
    return saga.model_copy(update={"request": cut(saga.request, LISTED_REQUEST)})


def _fitting(answer: QueryAnswer) -> QueryAnswer:
    """Cut the request and the steps from an answer that would be larger than a receiver takes."""
    weight = size_of(answer.to_json())
    if answer.state is None or (weight.bytes <= MAX_BODY and weight.keys <= MAX_KEYS):
        return answer
    state = answer.state.model_copy(update={"request": cut(answer.state.request, LISTED_REQUEST), "steps": ()})
    return answer.model_copy(update={"state": state})


def _problem(code: str, message: str, query: Query) -> Problem:
    hint = "See `creatorflow list` for the requests there are."
    return Problem(
        code=code,
        message=message,
        where="correlation_id",
        correlation_id=None if query.correlation_id is None else str(query.correlation_id),
        query_id=query.id,
        hint=hint,
    )
