"""What an operator asks of the quarantine and of sagas that ended long ago, beside the worker: it is no saga's turn.

What reads is told from the store as it is, and not told while the store is away, like a query. What redrives or drops
waits for the store. A command is acknowledged when it is done; delivered again it finds done what was done.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

from creatorflow.bus import Bus, BusError, IncomingMessage
from creatorflow.logs import get_logger
from creatorflow.telemetry import fail_current, processing_span
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.operate import (
    PruneAnswer,
    PruneCommand,
    QuarantineAnswer,
    QuarantineCommand,
    QuarantineItem,
)

from creatorflow_orchestrator.shell.batch.replies import ReplyBudget, fit, reply
from creatorflow_orchestrator.shell.housekeeping.background import BackgroundTasks
from creatorflow_orchestrator.shell.housekeeping.retention import forget
from creatorflow_orchestrator.shell.store import Store, StoreRefused, StoreUnavailable

from .quarantine_view import to_group, to_item
from .redrive import QuarantineResolver, to_filter

MAX_AT_ONCE = 4
MAX_SHOWN = 256 * 1024
"""Bytes of one body in one answer."""

Command = QuarantineCommand | PruneCommand

log = get_logger(__name__)


class OperatorCommands:
    """Carries out each command in the background, a few at a time."""

    def __init__(self, bus: Bus, store: Store, settling: QuarantineResolver, now: Callable[[], datetime]) -> None:
        self._bus = bus
        self._store = store
        self._settling = settling
        self._now = now
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self._tasks = BackgroundTasks()

    def take(self, incoming: IncomingMessage, command: Command) -> None:
        """Carry a command out in the background."""
        self._tasks.start(self._serve(incoming, command))

    async def close(self) -> None:
        """Let go of what is not done; the broker gives it to another replica."""
        await self._tasks.cancel()

    async def failing(self) -> None:
        """Raise what ended a command; nothing is known that should."""
        await self._tasks.failing()

    async def _serve(self, incoming: IncomingMessage, command: Command) -> None:
        to, replied = incoming.delivery.reply_to, None
        with processing_span(incoming):
            async with self._slots:
                answer = await self._answer_or_problem(command)
            if isinstance(answer, Problem):
                fail_current(answer.code)
            if to and answer is not None:
                replied = reply(to, answer, incoming.delivery.correlation_id)
        if replied is not None:
            try:
                await self._bus.publish(replied)
            except BusError as error:
                log.warning("answer_unsent", contract=command.contract, reason=str(error))
        await incoming.ack()

    async def _answer_or_problem(self, command: Command) -> QuarantineAnswer | PruneAnswer | Problem | None:
        """The answer; `None` where the store went away from under a question."""
        try:
            return await self.answer(command)
        except StoreUnavailable as error:
            log.warning("command_unanswered", contract=command.contract, reason=str(error))
            return None
        except StoreRefused as error:
            log.exception("command_unprocessable", contract=command.contract)
            return _problem("UNPROCESSABLE", str(error), "ids", "Keep what rests and report it: this is a defect.")

    async def answer(self, command: Command) -> QuarantineAnswer | PruneAnswer | Problem:
        """Carry a command out and say what came of it. Raises `StoreError`."""
        if isinstance(command, PruneCommand):
            return await self._prune(command)
        match command.action:
            case "list":
                return await self._list(command)
            case "groups":
                found = await self._store.quarantine_groups(to_filter(command), command.limit + 1)
                groups, more = fit(map(to_group, found[: command.limit]), len(found))
                return QuarantineAnswer(action="groups", groups=groups, more=more)
            case "show":
                return await self._show(command)
            case "redrive":
                return await self._redrive(command)
            case "drop":
                return await self._settling.drop(command)
            case _:
                assert_never(command.action)

    async def _list(self, command: QuarantineCommand) -> QuarantineAnswer:
        found = await self._store.quarantine_entries(to_filter(command), command.limit + 1, command.after)
        items, more = fit(map(to_item, found[: command.limit]), len(found))
        return QuarantineAnswer(action="list", items=items, more=more)

    async def _show(self, command: QuarantineCommand) -> QuarantineAnswer | Problem:
        """As many as fit an answer, and at least one."""
        items: list[QuarantineItem] = []
        room = ReplyBudget()
        for fromkey in dict.fromkeys(command.ids):
            part = await self._store.quarantine_part(fromkey, command.offset, MAX_SHOWN)
            if part is None:
                continue
            item = to_item(part.entry, part.body, part.headers)
            if not room.has(item):
                return QuarantineAnswer(action="show", items=tuple(items), more=True)
            items.append(item)
        if not items:
            hint = "See `creatorflow quarantine list` for what rests."
            return _problem("QUARANTINE_UNKNOWN", "no such message is in quarantine", "ids", hint)
        return QuarantineAnswer(action="show", items=tuple(items))

    async def _redrive(self, command: QuarantineCommand) -> QuarantineAnswer | Problem:
        if command.body is None:
            return await self._settling.redrive(command)
        try:
            edited = base64.b64decode(command.body, validate=True)
        except binascii.Error:
            return _problem("FIELD_INVALID", "the edited body is no base64", "body", "Encode its bytes in base64.")
        return await self._settling.redrive(command, edited)

    async def _prune(self, command: PruneCommand) -> PruneAnswer:
        before = self._now() - timedelta(milliseconds=command.older_than_ms)
        if command.dry_run:
            found = await self._store.prunable(before, command.limit + 1)
            return PruneAnswer(sagas=min(found, command.limit), more=found > command.limit, dry_run=True)
        sagas = await forget(self._store, before, command.limit)
        return PruneAnswer(sagas=sagas, more=bool(await self._store.prunable(before, 1)))


def _problem(code: str, message: str, where: str, hint: str) -> Problem:
    return Problem(code=code, message=message, where=where, hint=hint)
