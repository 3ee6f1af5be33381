"""The quarantine, as an operator works with it: looked at by page, sent again or given up by id."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Sequence
from typing import Final, Literal, TypedDict, Unpack
from uuid import UUID

from creatorflow_contracts.problem import Problem, ProblemCode
from creatorflow_contracts.v1.operate import (
    MAX_EDITED,
    QuarantineAnswer,
    QuarantineCommand,
    QuarantineGroup,
    QuarantineItem,
    QuarantineOutcome,
    QuarantineState,
)

from .connection import ClientConnection
from .errors import NoAnswer, Refused

LONG_ANSWER_TIMEOUT: Final = 30.0
"""Seconds for what reads or changes many rows."""
MAX_BODY: Final = MAX_EDITED // 4 * 3
"""Bytes of an edited body."""
PAGE: Final = 100


class QuarantineSelection(TypedDict, total=False):
    """Which messages of the quarantine are meant: those of which all this is so."""

    code: str | None
    """The problem's."""
    agent: str | None
    """Of the message, as its `contract`."""
    contract: str | None
    kind: str | None
    """Of the place where it was found: `request`, `command`, `result`, `dead_letter`, `outbox`."""
    saga: UUID | None
    prefix: str | None
    """Hexadecimal digits with which the message's id begins."""


class Quarantine:
    """What nothing could process, with its bytes and the reason why. It belongs to its client, and needs it open.

    Every method raises NoAnswer, and Refused for what the orchestrator does not take.
    """

    def __init__(self, link: ClientConnection) -> None:
        self._link = link

    async def groups(
        self, *, state: QuarantineState = "resting", **chosen: Unpack[QuarantineSelection]
    ) -> tuple[QuarantineGroup, ...]:
        """How many messages rest for which reason: by problem code, agent and contract with version."""
        return (await self._ask(_looking("groups", 1000, None, state, **chosen))).groups

    async def items(
        self, *, state: QuarantineState = "resting", limit: int | None = None, **chosen: Unpack[QuarantineSelection]
    ) -> AsyncGenerator[QuarantineItem, None]:
        """The messages at rest, oldest first, without their bodies; all of them, or the first `limit`."""
        after, left = None, limit
        while left is None or left > 0:
            page = PAGE if left is None else min(left, PAGE)
            answer = await self._ask(_looking("list", page, after, state, **chosen))
            for item in answer.items:
                yield item
            if not answer.more or not answer.items:
                return
            after, left = answer.items[-1].id, None if left is None else left - len(answer.items)

    async def show(self, id: UUID) -> tuple[QuarantineItem, bytes]:
        """One message at rest, and its whole body. Raises Refused (QUARANTINE_UNKNOWN)."""
        body = b""
        while True:
            answer = await self._ask(QuarantineCommand(action="show", ids=(id,), offset=len(body)))
            item = next((each for each in answer.items if each.id == id), None)
            if item is None:
                raise Refused(_unknown(id, answer.outcomes))
            part = base64.b64decode(item.body or "")
            body += part
            if not part or len(body) >= item.size:
                return item, body

    async def redrive(
        self, ids: Sequence[UUID], *, body: bytes | None = None, dry_run: bool = False
    ) -> tuple[QuarantineOutcome, ...]:
        """Send messages on their way again, at most 1000; what became of each, in words.

        A request is taken again with its id, a result is processed again, a task's step gets a new attempt if its
        request is still open. `body` (of one id, at most 750,000 bytes) is sent in place of the one that rests, and is
        checked first. `dry_run` says what would happen.
        """
        edited = None if body is None else base64.b64encode(body).decode()
        command = QuarantineCommand(action="redrive", ids=tuple(ids), body=edited, dry_run=dry_run)
        return (await self._ask(command)).outcomes

    async def drop(self, ids: Sequence[UUID], *, dry_run: bool = False) -> tuple[QuarantineOutcome, ...]:
        """Give messages up, at most 1000; what became of each, in words. `dry_run` says what would happen."""
        return (await self._ask(QuarantineCommand(action="drop", ids=tuple(ids), dry_run=dry_run))).outcomes

    async def _ask(self, command: QuarantineCommand) -> QuarantineAnswer:
        answer = await self._link.quarantine(command, LONG_ANSWER_TIMEOUT)
        told = {outcome.id for outcome in answer.outcomes}
        if answer.action != command.action or not told <= set(command.ids):
            raise NoAnswer("the answer is of an earlier question; ask again", self._link.where)
        return answer


def _looking(
    action: Literal["groups", "list"],
    limit: int,
    after: UUID | None,
    state: QuarantineState,
    *,
    code: str | None = None,
    agent: str | None = None,
    contract: str | None = None,
    kind: str | None = None,
    saga: UUID | None = None,
    prefix: str | None = None,
) -> QuarantineCommand:
    return QuarantineCommand(
        action=action,
        code=code,
        agent=agent,
        contract_name=contract,
        kind=kind,
        correlation_id=saga,
        prefix=prefix,
        state=state,
        after=after,
        limit=limit,
    )


def _unknown(id: UUID, outcomes: Sequence[QuarantineOutcome]) -> Problem:
    told = next((outcome for outcome in outcomes if outcome.id == id), None)
    return Problem(
        code=(told and told.code) or ProblemCode.QUARANTINE_UNKNOWN,
        message=(told and told.message) or "no such message is in quarantine",
        where=str(id),
        hint=(told and told.hint) or "`creatorflow quarantine list --ids` shows the ids",
    )
