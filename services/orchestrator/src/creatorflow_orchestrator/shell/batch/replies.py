"""Messages that are told once, and kept nowhere: whoever misses one asks."""

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
    """A message that is told once, to whoever listens; it carries the trace of these kept headers."""
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
    """An answer to a queue of the asker's, in the trace of what is being processed."""
    body = message.model_dump_json(exclude_none=True).encode()
    return OutgoingMessage(
        "", reply_to, body, message.contract, correlation_id, inject(), persistent=False, mandatory=False
    )


@dataclass(frozen=True, slots=True)
class RefusalReply(OutgoingMessage):
    """A problem to the sender of a message that is kept nowhere, and the row in quarantine if it does not get there."""

    row: QuarantineRow | None = None


def refusal(reply_to: str, problem: Problem, row: QuarantineRow) -> RefusalReply:
    """The answer to a refused message. Mandatory, so that a queue that is gone is known; a direct reply-to never is."""
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
"""Bytes of the parts of one answer; `more` says that there are others."""

Part = TypeVar("Part", bound=BaseModel)


class ReplyBudget:
    """What an answer has left for its parts. The first has room, whatever its size."""

    def __init__(self) -> None:
        self._left = SizeBudget(MAX_ANSWER, MAX_KEYS)
        self._is_empty = True

    def has(self, part: BaseModel) -> bool:
        """Whether one more part fits; if so it is in."""
        self._left.take(size_of(part.model_dump_json(exclude_none=True).encode()))
        fits = self._is_empty or (self._left.bytes >= 0 and self._left.keys >= 0)
        self._is_empty = False
        return fits


def fit(parts: Iterable[Part], there_are: int) -> tuple[tuple[Part, ...], bool]:
    """The first parts, as many as fit an answer; whether there are more."""
    taken = tuple(takewhile(ReplyBudget().has, parts))
    return taken, len(taken) < there_are
