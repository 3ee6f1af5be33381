"""Decides how a quarantined message is redriven, by its kind; or why it cannot be.

- a request is submitted again, with its id; it is planned at once to see that it would be accepted. A child's parent
  has had the refusal as its result, so there it is a new attempt of the parent's step.
- a command is sent again; a query is not, for its client does not wait any more.
- a result is processed again, as recorded, by its saga as it now stands.
- a dead letter becomes a new attempt of the task's step, by the task's agent, unless an attempt is under way.
- a message of ours that could not be sent (`outbox`) is sent again; if a step waited for it, as a new attempt of that.

Every message is read through ingress first, with its original sender. Nothing is changed here. The message that is sent
is checked once more when it arrives, for things may have changed meanwhile.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from creatorflow.tracecontext import resumed
from creatorflow_contracts import topology
from creatorflow_contracts.ingress import Delivery, admit
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.refusals import MAX_BODY
from creatorflow_contracts.routes import ROUTE_OF
from creatorflow_contracts.v1.base import Message
from creatorflow_contracts.v1.request import CancelRequest, RequestSubmitted, StepCommand
from creatorflow_contracts.v1.work import AgentResult, AgentTask

from creatorflow_orchestrator.core.errors import CoreError, Refusal
from creatorflow_orchestrator.core.plan import Card
from creatorflow_orchestrator.core.saga.machine import advance, find_step
from creatorflow_orchestrator.core.state.commands import Refuse
from creatorflow_orchestrator.core.state.events import StepCommanded
from creatorflow_orchestrator.core.state.saga_state import Saga, SagaStatus, StepState, StepStatus
from creatorflow_orchestrator.shell.batch.quarantine_rows import (
    COMMAND,
    DEAD_LETTER,
    OUTBOX,
    QUEUES,
    REQUEST,
    RESULT,
)
from creatorflow_orchestrator.shell.batch.saga_codec import decode
from creatorflow_orchestrator.shell.messaging.intake import EXPECTED
from creatorflow_orchestrator.shell.processing.request_planning import plan_request, problem_of
from creatorflow_orchestrator.shell.store import OutboxRow, QuarantineRow, SagaRow
from creatorflow_orchestrator.translate.attempts import AttemptRef, lost_attempt
from creatorflow_orchestrator.translate.definitions import request_digest, to_definition
from creatorflow_orchestrator.translate.output_check import checked_result
from creatorflow_orchestrator.translate.tasks import result_event

M = TypeVar("M", bound=Message)

_MAJOR = re.compile(r"\.v\d{1,9}$")
_MUST_ARRIVE = frozenset({topology.REQUESTS, topology.TASKS, topology.RESULTS})


class SagaReader(Protocol):
    """The part of the store that the policy needs."""

    async def saga(self, saga_id: UUID) -> SagaRow | None: ...


@dataclass(frozen=True, slots=True)
class Redrive:
    """The row to send in place of a quarantined message, and its effect in words."""

    row: OutboxRow
    effect: str


class RedriveRefused(Exception):
    """A message cannot be redriven: the problem has the reason, and the hint what to do instead."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class RedrivePolicy:
    """Decides on quarantined messages; reads their sagas from the store and changes nothing."""

    def __init__(self, sagas: SagaReader, cards: Callable[[], Sequence[Card]]) -> None:
        self._sagas = sagas
        self._cards = cards
        self._by_kind = {
            REQUEST: self._request,
            COMMAND: self._command,
            RESULT: self._result,
            DEAD_LETTER: self._dead_letter,
            OUTBOX: self._unsent,
        }

    async def judge(self, row: QuarantineRow, at: datetime, edited: bytes | None = None) -> Redrive | Problem:
        """Decide what to send for a quarantined message, with `edited` as its body if given. Raises `StoreError`."""
        try:
            if edited is not None:
                row = _edited(row, edited)
            if row.kind not in self._by_kind:
                raise _refusal("its origin is not known", "Drop it.")
            return await self._by_kind[row.kind](row, at)
        except RedriveRefused as refused:
            return refused.problem

    async def _request(self, row: QuarantineRow, at: datetime) -> Redrive:
        message = _read(row, RequestSubmitted)
        if message.parent is not None:
            parent = await self._saga(message.parent.correlation_id)
            return _new_attempt(row, parent, find_step(parent, message.parent.task_id), "", at)
        accepted = await self._sagas.saga(message.correlation_id)
        if accepted is not None and accepted.digest == request_digest(message):
            hint = "Drop it; follow the request by its id."
            raise _refusal("this request was accepted meanwhile", hint)
        if accepted is not None:
            hint = "Edit it: give it a fresh request id."
            raise _refusal("its request id was accepted with another request", hint, "CONFLICTING_REQUEST")
        await asyncio.to_thread(self._check_accepted, message, at)
        return Redrive(_sent_again(row, message, message.correlation_id, at), "the request is sent again, with its id")

    def _check_accepted(self, message: RequestSubmitted, at: datetime) -> None:
        """Check that a request would be accepted now. Raises `RedriveRefused`."""
        try:
            to_definition(message, plan_request(message, self._cards()).plan, self._cards(), at)
        except Refusal as refusal:
            raise RedriveRefused(problem_of(refusal, str(message.correlation_id))) from None

    async def _command(self, row: QuarantineRow, at: datetime) -> Redrive:
        message = _read(row, Message)
        if not isinstance(message, CancelRequest | StepCommand):
            raise _refusal("nobody waits for its answer any more", "Drop it and ask again.")
        saga = await self._saga(message.correlation_id)
        if saga.status.final:
            hint = "Drop it: a command has no effect any more."
            raise _refusal(f"its request has ended: {saga.status.value}", hint)
        return Redrive(_sent_again(row, message, message.correlation_id, at), "the command is sent again")

    async def _result(self, row: QuarantineRow, at: datetime) -> Redrive:
        message = _read(row, Message)
        if not isinstance(message, AgentResult):
            hint = "Drop it: the agent's heartbeats name its tasks."
            raise _refusal("a claim is only valid at the time when it was sent", hint)
        saga = await self._saga(message.correlation_id)
        _check_counts(saga, message, at)
        key = _key_of_now(row.routing_key, message)
        again = replace(_sent_again(row, message, message.correlation_id, at), routing_key=key)
        return Redrive(again, "the result is processed again")

    async def _dead_letter(self, row: QuarantineRow, at: datetime) -> Redrive:
        task = _read(row, AgentTask)
        saga = await self._saga(task.correlation_id)
        return _new_attempt(row, saga, saga.steps.get(task.step), task.agent, at)

    async def _unsent(self, row: QuarantineRow, at: datetime) -> Redrive:
        attempt = _waiting(row)
        if attempt is not None:
            saga = await self._saga(attempt.saga_id)
            return _new_attempt(row, saga, find_step(saga, attempt.task_id), "", at)
        if len(row.body) > MAX_BODY:
            hint = "See it with `show`; query its request for the outputs of its steps."
            raise _refusal("it is larger than any receiver takes", hint)
        again = OutboxRow(
            saga_id=_uuid(row.correlation_id),
            exchange=row.exchange,
            routing_key=row.routing_key,
            type=row.contract or "",
            body=row.body,
            created_at=at,
            headers=resumed(row.headers),
            mandatory=row.exchange in _MUST_ARRIVE,
        )
        return Redrive(again, "the message is sent again")

    async def _saga(self, saga_id: UUID) -> Saga:
        row = await self._sagas.saga(saga_id)
        if row is None:
            hint = "Drop it: no such request was accepted, or it ended long ago and was pruned."
            raise _refusal("its request is not known", hint, "UNKNOWN_SAGA")
        return decode(row.state).saga


def _refusal(message: str, hint: str, code: str = "REDRIVE_REFUSED") -> RedriveRefused:
    return RedriveRefused(Problem(code=code, message=message[:4096], where="ids", hint=hint))


def _edited(row: QuarantineRow, body: bytes) -> QuarantineRow:
    if row.kind in (DEAD_LETTER, OUTBOX):
        hint = "Redrive it as it is, or complete its step: `step complete`."
        raise _refusal("a message of the orchestrator's own is made anew and cannot be edited", hint)
    return replace(row, body=body)


def _read(row: QuarantineRow, kind: type[M]) -> M:
    """Read the message through ingress as it is today, as if from the queue that it came from."""
    expected = EXPECTED[QUEUES[row.kind]]
    message = admit(Delivery(row.body), expected)
    if not isinstance(message, Problem) and row.kind == RESULT:
        sender = row.properties.get("user_id")
        key = _key_of_now(row.routing_key, message)
        user = sender if isinstance(sender, str) else None
        message = admit(Delivery(row.body, topology.RESULTS, key, user_id=user), expected)
    if isinstance(message, Problem):
        raise RedriveRefused(message)
    if not isinstance(message, kind):
        raise TypeError(f"{type(message).__name__} came from {QUEUES[row.kind]}")
    return message


def _key_of_now(routing_key: str, message: Message) -> str:
    """Return the routing key it came with, which names the sender, in the message's present major version."""
    return _MAJOR.sub("." + message.contract.rpartition(".")[2], routing_key)


def _sent_again(row: QuarantineRow, message: Message, saga_id: UUID, at: datetime) -> OutboxRow:
    route = ROUTE_OF[message.contract]
    return OutboxRow(saga_id, route.exchange, route.key, message.contract, row.body, at, resumed(row.headers))


def _check_counts(saga: Saga, message: AgentResult, at: datetime) -> None:
    """Check that the saga, as it stands, would count the result. Raises `RedriveRefused`."""
    try:
        after, commands = advance(saga, checked_result(result_event(message, at, 0.0), saga, 0.0))
    except CoreError as error:
        raise _refusal(str(error), "Drop it.") from None
    for command in commands:
        if isinstance(command, Refuse):
            hint = "Drop it, or complete the step: `step complete`."
            raise _refusal(command.message, hint, command.code)
    if after is saga and not commands:
        raise _refusal("the request has counted this very result", "Drop it.")


def _new_attempt(row: QuarantineRow, saga: Saga, step: StepState | None, agent: str, at: datetime) -> Redrive:
    """Make the step command with which a person would start a new attempt of the step whose task this was."""
    if saga.status.final:
        done = saga.status is SagaStatus.COMPLETED
        hint = "Drop it: the request has its result." if done else "Submit the request again, under a fresh id."
        raise _refusal(f"its request has ended: {saga.status.value}", hint)
    if step is None:
        hint = "Drop it; see the request's state for its steps."
        raise _refusal("another attempt has taken its place", hint)
    worker = step.attempt.agent or "a child request"
    if step.status is StepStatus.OPEN:
        message = f"step {step.id} is under way: attempt {step.attempt.number} by {worker}"
        raise _refusal(message, "Wait for it, or retry the step: `step retry`.")
    other = agent if agent and agent != step.attempt.agent else ""
    reason = f"redriven from quarantine, {row.id}"
    _, commands = advance(saga, StepCommanded(at, step.id, "retry", agent=other, reason=reason))
    for command in commands:
        if isinstance(command, Refuse):
            raise _refusal(command.message, "Drop it: the step has gone on without it.")
    retry = StepCommand(
        correlation_id=saga.id, step=step.id, action="retry", agent=other or None, reason=reason, id=row.id
    )
    key = topology.command_key("step")
    again = OutboxRow(saga.id, topology.REQUESTS, key, retry.contract, retry.to_json(), at, resumed(row.headers))
    return Redrive(again, f"step {step.id} gets a new attempt by {agent or worker}")


def _waiting(row: QuarantineRow) -> AttemptRef | None:
    """Return the attempt that waits for a message of ours; `None` if no saga waits for it, or it cannot be read."""
    try:
        return lost_attempt(row.contract or "", row.body)
    except (ValueError, LookupError, TypeError):
        return None


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
