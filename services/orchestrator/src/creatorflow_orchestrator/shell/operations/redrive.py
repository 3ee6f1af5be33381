"""Redrives and drops quarantined messages, each once.

A redrive is one transaction: the mark on the quarantined message, and the outbox row that is sent in its place. A
second redrive, by another replica or by the same command delivered again, finds the mark.
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
MAX_MESSAGE = 300
"""Characters of the outcome of one message; a thousand outcomes fit a reply."""

RESOLVED = "resolved"
"""Stands for the resolution of a message that another command has just redriven or dropped."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Targets:
    """The messages that a command names: `unresolved` are to be processed, the others have `outcomes`."""

    order: tuple[UUID, ...]
    """Ids of all of them, in the order of the reply."""
    unresolved: tuple[QuarantineEntry, ...]
    outcomes: dict[UUID, QuarantineOutcome]
    more: bool = False
    """True if others match beyond the page."""


class QuarantineResolver:
    """Redrives and drops quarantined messages.

    `send` takes committed outbox rows; `expect_untaken_rows` is called when there may be others.
    """

    def __init__(
        self,
        store: Store,
        policy: RedrivePolicy,
        send: Callable[[Sequence[OutboxRow]], None],
        expect_untaken_rows: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._policy = policy
        self._send = send
        self._expect_untaken_rows = expect_untaken_rows
        self._now = now

    async def redrive(self, command: QuarantineCommand, edited: bytes | None = None) -> QuarantineAnswer:
        """Redrive messages, each as `RedrivePolicy` decides; `edited` replaces the body of a single one.

        Waits while the store is unavailable.
        """
        targets = await self._targets(command)
        for chunk in _chunks(targets.unresolved):
            at = self._now()
            ids = [entry.id for entry in chunk]
            redrive = partial(self._redrive, ids, at, edited, dry_run=command.dry_run)
            targets.outcomes.update(await retry_while_unavailable(redrive, self._expect_untaken_rows))
        return _answer(command, targets)

    async def drop(self, command: QuarantineCommand) -> QuarantineAnswer:
        """Drop messages. They can be shown until they are pruned. Waits while the store is unavailable."""
        targets = await self._targets(command)
        ids = [entry.id for entry in targets.unresolved]
        at = self._now()
        drop = partial(self._drop, ids, at)
        dropped = ids if command.dry_run else await retry_while_unavailable(drop, self._expect_untaken_rows)
        message = "it would be dropped" if command.dry_run else "dropped"
        targets.outcomes.update(
            (row_id, _done(row_id, message) if row_id in dropped else _resolved(row_id, RESOLVED)) for row_id in ids
        )
        return _answer(command, targets)

    async def _targets(self, command: QuarantineCommand) -> Targets:
        if not command.ids:
            wanted = to_filter(command)
            page = await self._store.quarantine_entries(wanted, command.limit + 1, command.after)
            entries = tuple(page[: command.limit])
            return Targets(tuple(entry.id for entry in entries), entries, {}, len(page) > command.limit)
        order = tuple(dict.fromkeys(command.ids))
        named = await self._store.quarantine_named(order)
        outcomes = {row_id: _unknown(row_id) for row_id in order if row_id not in named}
        outcomes |= {row_id: _resolved(row_id, entry.settled) for row_id, entry in named.items() if entry.settled}
        return Targets(order, tuple(named[row_id] for row_id in order if row_id not in outcomes), outcomes)

    async def _redrive(
        self, ids: Sequence[UUID], at: datetime, edited: bytes | None, *, dry_run: bool
    ) -> dict[UUID, QuarantineOutcome]:
        rows = {row.id: row for row in await self._store.quarantine_rows(ids) if row.id is not None}
        verdicts = {row_id: await self._judge(row, at, edited) for row_id, row in rows.items() if row.settled is None}
        redrives = {row_id: verdict for row_id, verdict in verdicts.items() if isinstance(verdict, Redrive)}
        mine = redrives.keys() if dry_run else await self._commit(redrives, at)
        outcomes = {row_id: _unknown(row_id) for row_id in ids if row_id not in rows}
        for row_id, row in rows.items():
            verdict = verdicts.get(row_id)
            if isinstance(verdict, Problem):
                outcomes[row_id] = _refused(row_id, verdict)
            elif isinstance(verdict, Redrive) and row_id in mine:
                outcomes[row_id] = _done(row_id, verdict.effect)
            elif row.settled_at == at:  # by a commit of ours that seemed to have failed
                outcomes[row_id] = _done(row_id, "sent again")
            else:
                outcomes[row_id] = _resolved(row_id, row.settled or RESOLVED)
        return outcomes

    async def _judge(self, row: QuarantineRow, at: datetime, edited: bytes | None) -> Redrive | Problem:
        try:
            return await self._policy.judge(row, at, edited)
        except StoreError:
            raise
        except Exception as error:  # a defect that one message meets must not stop the others
            log.exception("redrive_unprocessable", id=str(row.id), kind=row.kind)
            message = f"judging it raised {type(error).__name__}"
            return Problem(code="UNPROCESSABLE", message=message, where="ids", hint="Keep it and report it: a defect.")

    async def _commit(self, redrives: dict[UUID, Redrive], at: datetime) -> frozenset[UUID]:
        if not redrives:
            return frozenset()
        async with self._store.transaction() as tx:
            mine = await tx.mark_resolved(list(redrives), "redriven", at)
            outbox = tuple(redrive.row for row_id, redrive in redrives.items() if row_id in mine)
            applied = await tx.conclude(Changes(outbox=outbox))
        fault("after_commit")
        log.info("redriven", messages=len(mine))
        self._send(applied.outbox)
        return mine

    async def _drop(self, ids: Sequence[UUID], at: datetime) -> frozenset[UUID]:
        async with self._store.transaction() as tx:
            dropped = await tx.mark_resolved(ids, "dropped", at)
        named = await self._store.quarantine_named(ids)
        return dropped | {row_id for row_id, entry in named.items() if entry.settled_at == at}


def to_filter(command: QuarantineCommand) -> QuarantineFilter:
    """Make the store's filter from those of a command."""
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
    outcomes = tuple(targets.outcomes[row_id] for row_id in targets.order)
    return QuarantineAnswer(action=command.action, outcomes=outcomes, dry_run=command.dry_run, more=targets.more)


def _done(row_id: UUID, effect: str) -> QuarantineOutcome:
    return QuarantineOutcome(id=row_id, done=True, message=effect[:MAX_MESSAGE])


def _refused(row_id: UUID, problem: Problem) -> QuarantineOutcome:
    message = problem.message if problem.where in ("ids", "body") else f"{problem.message} ({problem.where})"
    return QuarantineOutcome(
        id=row_id, done=False, code=problem.code, message=message[:MAX_MESSAGE], hint=problem.hint[:MAX_MESSAGE]
    )


def _unknown(row_id: UUID) -> QuarantineOutcome:
    hint = "See `creatorflow quarantine list` for the messages in quarantine."
    return QuarantineOutcome(id=row_id, done=False, code="QUARANTINE_UNKNOWN", message="no such message", hint=hint)


def _resolved(row_id: UUID, resolution: str) -> QuarantineOutcome:
    hint = "Nothing: a message is redriven or dropped once."
    message = f"it was {resolution} before"
    return QuarantineOutcome(id=row_id, done=False, code="REDRIVE_REFUSED", message=message, hint=hint)
