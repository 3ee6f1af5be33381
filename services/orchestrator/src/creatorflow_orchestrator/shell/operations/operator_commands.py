"""Operator commands on the quarantine and on sagas that ended long ago, executed beside the worker.

A command that reads gets no reply while the store is unavailable, like a query. One that redrives or drops waits for
the store. A command is acknowledged when it is done; delivered again, it finds its effects in the store.
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
from creatorflow_orchestrator.shell.housekeeping.retention import prune_sagas
from creatorflow_orchestrator.shell.store import Store, StoreRefused, StoreUnavailable

from .quarantine_view import to_group, to_item
from .redrive import QuarantineResolver, to_filter

MAX_AT_ONCE = 4
MAX_SHOWN = 256 * 1024
"""Bytes of one body in one reply."""

Command = QuarantineCommand | PruneCommand

log = get_logger(__name__)


class OperatorCommands:
    """Executes operator commands in the background, a few at a time."""

    def __init__(self, bus: Bus, store: Store, resolver: QuarantineResolver, now: Callable[[], datetime]) -> None:
        self._bus = bus
        self._store = store
        self._resolver = resolver
        self._now = now
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self._tasks = BackgroundTasks()

    def take(self, incoming: IncomingMessage, command: Command) -> None:
        """Execute a command in the background."""
        self._tasks.start(self._serve(incoming, command))

    async def close(self) -> None:
        """Stop the commands that are not done; the broker redelivers them to another replica."""
        await self._tasks.cancel()

    async def failing(self) -> None:
        """Wait until a command fails unexpectedly, and raise its error."""
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
        """Return the answer; `None` if the store became unavailable during a read."""
        try:
            return await self.answer(command)
        except StoreUnavailable as error:
            log.warning("command_unanswered", contract=command.contract, reason=str(error))
            return None
        except StoreRefused as error:
            log.exception("command_unprocessable", contract=command.contract)
            return _problem("UNPROCESSABLE", str(error), "ids", "Keep the messages and report this: it is a defect.")

    async def answer(self, command: Command) -> QuarantineAnswer | PruneAnswer | Problem:
        """Execute a command and return its outcome. Raises `StoreError`."""
        if isinstance(command, PruneCommand):
            return await self._prune(command)
        match command.action:
            case "list":
                return await self._list(command)
            case "groups":
                rows = await self._store.quarantine_groups(to_filter(command), command.limit + 1)
                groups, more = fit(map(to_group, rows[: command.limit]), len(rows))
                return QuarantineAnswer(action="groups", groups=groups, more=more)
            case "show":
                return await self._show(command)
            case "redrive":
                return await self._redrive(command)
            case "drop":
                return await self._resolver.drop(command)
            case _:
                assert_never(command.action)

    async def _list(self, command: QuarantineCommand) -> QuarantineAnswer:
        entries = await self._store.quarantine_entries(to_filter(command), command.limit + 1, command.after)
        items, more = fit(map(to_item, entries[: command.limit]), len(entries))
        return QuarantineAnswer(action="list", items=items, more=more)

    async def _show(self, command: QuarantineCommand) -> QuarantineAnswer | Problem:
        """Show as many of the messages as fit a reply, and at least one."""
        items: list[QuarantineItem] = []
        budget = ReplyBudget()
        for row_id in dict.fromkeys(command.ids):
            part = await self._store.quarantine_part(row_id, command.offset, MAX_SHOWN)
            if part is None:
                continue
            item = to_item(part.entry, part.body, part.headers)
            if not budget.take(item):
                return QuarantineAnswer(action="show", items=tuple(items), more=True)
            items.append(item)
        if not items:
            hint = "See `creatorflow quarantine list` for the messages in quarantine."
            return _problem("QUARANTINE_UNKNOWN", "no such message is in quarantine", "ids", hint)
        return QuarantineAnswer(action="show", items=tuple(items))

    async def _redrive(self, command: QuarantineCommand) -> QuarantineAnswer | Problem:
        if command.body is None:
            return await self._resolver.redrive(command)
        try:
            edited = base64.b64decode(command.body, validate=True)
        except binascii.Error:
            return _problem("FIELD_INVALID", "the edited body is no base64", "body", "Encode its bytes in base64.")
        return await self._resolver.redrive(command, edited)

    async def _prune(self, command: PruneCommand) -> PruneAnswer:
        before = self._now() - timedelta(milliseconds=command.older_than_ms)
        if command.dry_run:
            prunable = await self._store.prunable(before, command.limit + 1)
            return PruneAnswer(sagas=min(prunable, command.limit), more=prunable > command.limit, dry_run=True)
        sagas = await prune_sagas(self._store, before, command.limit)
        return PruneAnswer(sagas=sagas, more=bool(await self._store.prunable(before, 1)))


def _problem(code: str, message: str, where: str, hint: str) -> Problem:
    return Problem(code=code, message=message, where=where, hint=hint)
