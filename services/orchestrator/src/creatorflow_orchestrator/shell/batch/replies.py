"""Messages that are published once and stored nowhere; a client that misses one queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from creatorflow.bus import OutgoingMessage
from creatorflow.tracecontext import Headers, inject, sendable
from creatorflow_contracts import topology
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.base import Message
from pydantic import BaseModel

from creatorflow_orchestrator.shell.store import QuarantineRow
from creatorflow_orchestrator.translate.truncation import MAX_KEYS, SizeBudget, size_of


def transient(
    exchange: str, key: str, message: Message, correlation_id: str | None, trace: Headers | None = None
) -> OutgoingMessage:
    """Make a message for those who listen now; it carries the trace of these kept headers."""
    return OutgoingMessage(
        exchange=exchange,
        routing_key=key,
        body=message.to_json(),
        type=message.contract,
        correlation_id=correlation_id,
        headers=sendable(trace or {}),
        persistent=False,
        mandatory=False,
    )


def reply(reply_to: str, message: Message | Problem, correlation_id: str | None) -> OutgoingMessage:
    """Make a reply to a client's queue, in the trace of the message that is being processed."""
    body = message.model_dump_json(exclude_none=True).encode()
    return OutgoingMessage(
        "", reply_to, body, message.contract, correlation_id, inject(), persistent=False, mandatory=False
    )


@dataclass(frozen=True, slots=True)
class RefusalReply(OutgoingMessage):
    """A problem for the sender of a message that is not stored; `row` is quarantined if the reply does not arrive."""

    row: QuarantineRow | None = None


def refusal(reply_to: str, problem: Problem, row: QuarantineRow) -> RefusalReply:
    """Make the reply to a refused message. Mandatory, to notice a missing queue, except for a direct reply-to."""
    answer = reply(reply_to, problem, problem.correlation_id)
    return RefusalReply(
        answer.exchange,
        answer.routing_key,
        answer.body,
        answer.type,
        answer.correlation_id,
        answer.headers,
        persistent=False,
        mandatory=not reply_to.startswith(topology.DIRECT_REPLIES),
        row=row,
    )


MAX_ANSWER = 512 * 1024
"""Bytes of the parts of one reply; its field `more` is set if there are others."""

Part = TypeVar("Part", bound=BaseModel)


class ReplyBudget:
    """The space left in a reply for its parts. The first part always fits, whatever its size."""

    def __init__(self) -> None:
        self._left = SizeBudget(MAX_ANSWER, MAX_KEYS)
        self._is_empty = True

    def take(self, part: BaseModel) -> bool:
        """Take the space of one more part; False if it does not fit."""
        self._left.take(size_of(part.model_dump_json(exclude_none=True).encode()))
        fits = self._is_empty or (self._left.bytes >= 0 and self._left.keys >= 0)
        self._is_empty = False
        return fits


def fit(parts: Iterable[Part], total: int) -> tuple[tuple[Part, ...], bool]:
    """Take the first parts, as many as fit a reply; the flag is True if there are more."""
    taken = tuple(takewhile(ReplyBudget().take, parts))
    return taken, len(taken) < total
