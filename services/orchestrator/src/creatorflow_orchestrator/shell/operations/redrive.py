"""Redriving and dropping what rests in quarantine, once each.

A redrive is one transaction: the mark on what rested, and the outbox row that is sent in its place. Whoever comes
second, another replica or the same command delivered again, finds the mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from creatorflow.fault_injection import fault
from creatorflow.logs import get_logger
from creatorflow_contracts.problem import Problem
from creatorflow_contracts.v1.operate import QuarantineAnswer, QuarantineCommand, QuarantineOutcome

from creatorflow_orchestrator.shell.housekeeping.background import retry_while_unavailable
from creatorflow_orchestrator.shell.store import (
    Changes,
    OutboxRow,
    QuarantineEntry,
    QuarantineFilter,
    QuarantineRow,
    Store,
    StoreError,
)

from .redrive_policy import Redrive, RedrivePolicy

MAX_ROWS = 64
MAX_BYTES = 4 * 1024 * 1024
"""Of messages in one transaction, and in memory at once."""
MAX_SAID = 300
"""Characters of what is said of one message; a thousand of them fit an answer."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a command is about: what rests, and what is said of the rest. In order; `more` beyond the page."""

    order: tuple[UUID, ...]
    resting: tuple[QuarantineEntry, ...]
    said: dict[UUID, QuarantineOutcome]
    more: bool = False


class QuarantineResolver:
    """Carries out redrives and drops.

    `send` takes committed outbox rows; `look_again` is told that there may be others.
    """

    def __init__(
        self,
        store: Store,
        redriving: RedrivePolicy,
        send: Callable[[Sequence[OutboxRow]], None],
        look_again: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._redriving = redriving
        self._send = send
        self._look_again = look_again
        self._now = now

    async def redrive(self, command: QuarantineCommand, edited: bytes | None = None) -> QuarantineAnswer:
        """Send messages on their way again, each as `RedrivePolicy` says; `edited` in place of the one's body.

        Waits while the store is away.
        """
        targets = await self._targets(command)
        for chunk in _chunks(targets.resting):
            at = self._now()
            ids = [entry.id for entry in chunk]
            redrive = partial(self._redrive, ids, at, edited, dry_run=command.dry_run)
            targets.said.update(await retry_while_unavailable(redrive, self._look_again))
        return _answer(command, targets)

    async def drop(self, command: QuarantineCommand) -> QuarantineAnswer:
        """Give messages up. They can be looked at until they are forgotten. Waits while the store is away."""
        targets = await self._targets(command)
        ids = [entry.id for entry in targets.resting]
        at = self._now()
        dropped = (
            ids if command.dry_run else await retry_while_unavailable(partial(self._drop, ids, at), self._look_again)
        )
        done = "it would be dropped" if command.dry_run else "dropped"
        targets.said.update((one, _done(one, done) if one in dropped else _settled(one, "settled")) for one in ids)
        return _answer(command, targets)

    async def _targets(self, command: QuarantineCommand) -> Targets:
        if not command.ids:
            wanted = to_filter(command)
            page = await self._store.quarantine_entries(wanted, command.limit + 1, command.after)
            resting = tuple(page[: command.limit])
            return Targets(tuple(entry.id for entry in resting), resting, {}, len(page) > command.limit)
        order = tuple(dict.fromkeys(command.ids))
        found = await self._store.quarantine_named(order)
        said = {one: _unknown(one) for one in order if one not in found}
        said |= {one: _settled(one, entry.settled) for one, entry in found.items() if entry.settled}
        return Targets(order, tuple(found[one] for one in order if one not in said), said)

    async def _redrive(
        self, ids: Sequence[UUID], at: datetime, edited: bytes | None, *, dry_run: bool
    ) -> dict[UUID, QuarantineOutcome]:
        rows = {row.id: row for row in await self._store.quarantine_rows(ids) if row.id is not None}
        verdicts = {one: await self._judge(row, at, edited) for one, row in rows.items() if row.settled is None}
        again = {one: verdict for one, verdict in verdicts.items() if isinstance(verdict, Redrive)}
        mine = again.keys() if dry_run else await self._commit(again, at)
        said = {one: _unknown(one) for one in ids if one not in rows}
        for one, row in rows.items():
            verdict = verdicts.get(one)
            if isinstance(verdict, Problem):
                said[one] = _refused(one, verdict)
            elif isinstance(verdict, Redrive) and one in mine:
                said[one] = _done(one, verdict.does)
            elif row.settled_at == at:  # by a commit of ours that was thought to have failed
                said[one] = _done(one, "sent again")
            else:
                said[one] = _settled(one, row.settled or "settled")
        return said

    async def _judge(self, row: QuarantineRow, at: datetime, edited: bytes | None) -> Redrive | Problem:
        try:
            return await self._redriving.judge(row, at, edited)
        except StoreError:
            raise
        except Exception as error:  # a defect in one message's judging must not hold up the others
            log.exception("redrive_unprocessable", id=str(row.id), kind=row.kind)
            message = f"judging it raised {type(error).__name__}"
            return Problem(code="UNPROCESSABLE", message=message, where="ids", hint="Keep it and report it: a defect.")

    async def _commit(self, again: dict[UUID, Redrive], at: datetime) -> frozenset[UUID]:
        if not again:
            return frozenset()
        async with self._store.transaction() as tx:
            mine = await tx.settle(list(again), "redriven", at)
            applied = await tx.conclude(Changes(outbox=tuple(again[one].row for one in again if one in mine)))
        fault("after_commit")
        log.info("redriven", messages=len(mine))
        self._send(applied.outbox)
        return mine

    async def _drop(self, ids: Sequence[UUID], at: datetime) -> frozenset[UUID]:
        async with self._store.transaction() as tx:
            dropped = await tx.settle(ids, "dropped", at)
        named = await self._store.quarantine_named(ids)
        return dropped | {one for one, entry in named.items() if entry.settled_at == at}


def to_filter(command: QuarantineCommand) -> QuarantineFilter:
    """What a command's filters let through."""
    return QuarantineFilter(
        kind=command.kind,
        code=command.code,
        agent=command.agent,
        contract=command.contract_name,
        correlation_id=None if command.correlation_id is None else str(command.correlation_id),
        settled=None if command.state == "resting" or command.action in ("redrive", "drop") else command.state,
        prefix=command.prefix,
    )


def _chunks(entries: Sequence[QuarantineEntry]) -> Iterator[list[QuarantineEntry]]:
    chunk: list[QuarantineEntry] = []
    size = 0
    for entry in entries:
        if chunk and (len(chunk) >= MAX_ROWS or size + entry.size > MAX_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += entry.size
    if chunk:
        yield chunk


def _answer(command: QuarantineCommand, targets: Targets) -> QuarantineAnswer:
    outcomes = tuple(targets.said[one] for one in targets.order)
    return QuarantineAnswer(action=command.action, outcomes=outcomes, dry_run=command.dry_run, more=targets.more)


def _done(one: UUID, does: str) -> QuarantineOutcome:
    return QuarantineOutcome(id=one, done=True, message=does[:MAX_SAID])


def _refused(one: UUID, problem: Problem) -> QuarantineOutcome:
    said = problem.message if problem.where in ("ids", "body") else f"{problem.message} ({problem.where})"
    return QuarantineOutcome(
        id=one, done=False, code=problem.code, message=said[:MAX_SAID], hint=problem.hint[:MAX_SAID]
    )


def _unknown(one: UUID) -> QuarantineOutcome:
    hint = "See `creatorflow quarantine list` for what rests."
    return QuarantineOutcome(id=one, done=False, code="QUARANTINE_UNKNOWN", message="no such message", hint=hint)


def _settled(one: UUID, settled: str) -> QuarantineOutcome:
    hint = "Nothing: a message is redriven or dropped once."
    message = f"it was {settled} before"
    return QuarantineOutcome(id=one, done=False, code="REDRIVE_REFUSED", message=message, hint=hint)
