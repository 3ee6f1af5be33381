"""The operator's access to the quarantine: messages are listed by page, and redriven or dropped by id."""

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
"""Seconds for commands that read or change many rows."""
MAX_BODY: Final = MAX_EDITED // 4 * 3
"""Maximum bytes of an edited body."""
PAGE: Final = 100


class QuarantineSelection(TypedDict, total=False):
    """Filters of quarantined messages; a message must match all that are given."""

    code: str | None
    """The code of its problem."""
    agent: str | None
    """The agent that sent it, or that it was sent to."""
    contract: str | None
    """The contract with version, as in `agent-task.v1`."""
    kind: str | None
    """The place where the problem was found: `request`, `command`, `result`, `dead_letter`, `outbox`."""
    saga: UUID | None
    """The request it belongs to."""
    prefix: str | None
    """Hexadecimal digits with which the message's id begins."""


class Quarantine:
    """The messages that could not be processed or sent, with payload and error. Its client must be open.

    Every method raises NoAnswer, and Refused for a command that the orchestrator refuses.
    """

    def __init__(self, link: ClientConnection) -> None:
        self._link = link

    async def groups(
        self, *, state: QuarantineState = "resting", **chosen: Unpack[QuarantineSelection]
    ) -> tuple[QuarantineGroup, ...]:
        """Count the messages by problem code, agent and contract with version."""
        return (await self._ask(_selection("groups", 1000, None, state, **chosen))).groups

    async def items(
        self, *, state: QuarantineState = "resting", limit: int | None = None, **chosen: Unpack[QuarantineSelection]
    ) -> AsyncGenerator[QuarantineItem, None]:
        """List the messages, oldest first, without their bodies; all of them, or the first `limit`."""
        after, left = None, limit
        while left is None or left > 0:
            page = PAGE if left is None else min(left, PAGE)
            answer = await self._ask(_selection("list", page, after, state, **chosen))
            for item in answer.items:
                yield item
            if not answer.more or not answer.items:
                return
            after, left = answer.items[-1].id, None if left is None else left - len(answer.items)

    async def show(self, id: UUID) -> tuple[QuarantineItem, bytes]:
        """Show one message with its whole body. Raises Refused (QUARANTINE_UNKNOWN)."""
        body = b""
        while True:
            answer = await self._ask(QuarantineCommand(action="show", ids=(id,), offset=len(body)))
            item = next((entry for entry in answer.items if entry.id == id), None)
            if item is None:
                raise Refused(_unknown(id, answer.outcomes))
            part = base64.b64decode(item.body or "")
            body += part
            if not part or len(body) >= item.size:
                return item, body

    async def redrive(
        self, ids: Sequence[UUID], *, body: bytes | None = None, dry_run: bool = False
    ) -> tuple[QuarantineOutcome, ...]:
        """Send messages again, at most 1000; returns the outcome of each, in words.

        A request is accepted again with its id, a result is processed again, the step of a task gets a new attempt if
        its request is still open. `body` (with one id, at most 750,000 bytes) replaces the quarantined one, and is
        checked first. With `dry_run` the outcomes are those that would happen.
        """
        edited = None if body is None else base64.b64encode(body).decode()
        command = QuarantineCommand(action="redrive", ids=tuple(ids), body=edited, dry_run=dry_run)
        return (await self._ask(command)).outcomes

    async def drop(self, ids: Sequence[UUID], *, dry_run: bool = False) -> tuple[QuarantineOutcome, ...]:
        """Mark messages as not needed, at most 1000; returns their outcomes, in words. `dry_run` as in `redrive`."""
        return (await self._ask(QuarantineCommand(action="drop", ids=tuple(ids), dry_run=dry_run))).outcomes

    async def _ask(self, command: QuarantineCommand) -> QuarantineAnswer:
        answer = await self._link.quarantine(command, LONG_ANSWER_TIMEOUT)
        answered = {outcome.id for outcome in answer.outcomes}
        if answer.action != command.action or not answered <= set(command.ids):
            raise NoAnswer("the answer belongs to an earlier command; try again", self._link.where)
        return answer


def _selection(
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
    outcome = next((entry for entry in outcomes if entry.id == id), None)
    return Problem(
        code=(outcome and outcome.code) or ProblemCode.QUARANTINE_UNKNOWN,
        message=(outcome and outcome.message) or "no such message is in quarantine",
        where=str(id),
        hint=(outcome and outcome.hint) or "`creatorflow quarantine list --ids` shows the ids",
    )
