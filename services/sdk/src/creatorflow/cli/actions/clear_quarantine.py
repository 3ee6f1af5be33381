"""`quarantine list|show|redrive|drop`: what rests is shown; what is mended goes on its way, page by page."""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from creatorflow_contracts.v1.operate import QuarantineItem, QuarantineOutcome, QuarantineState

from creatorflow.cli.errors import CommandError, ExitCode
from creatorflow.cli.inputs.arguments import message_prefixes, read_bytes, stdin_bytes
from creatorflow.cli.inputs.client_connection import connect
from creatorflow.cli.inputs.editor import edited
from creatorflow.cli.inputs.id_lookup import message_ids
from creatorflow.cli.inputs.quarantine_filters import Filters, Selection
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.text import counted, one_line
from creatorflow.cli.views.quarantine_tables import body_lines, groups_table, item_lines, items_table, progress
from creatorflow.client import Client, ClientError
from creatorflow.client.quarantine_client import MAX_BODY

PAGE: Final = 100
"""Messages in one command."""
LISTED: Final = 100
SAID: Final = 20
"""With more messages than that only those that were refused are told one by one."""
STOPPING: Final = 10.0
"""Seconds that a Ctrl-C waits for the answer about the messages that are on their way."""
_DONE: Final = {"redrive": "redriven", "drop": "dropped"}


@dataclass(frozen=True, slots=True)
class Work:
    """What `redrive` or `drop` was told. `rate` is messages a second; `agreed`: nothing need be asked."""

    action: Literal["redrive", "drop"]
    chosen: Selection
    dry_run: bool = False
    rate: float | None = None
    agreed: bool = False


@dataclass(slots=True)
class Tally:
    """How far it got."""

    action: str
    total: int
    dry_run: bool
    done: int = 0
    refused: int = 0

    @property
    def line(self) -> str:
        """In words."""
        word = f"{'would be ' if self.dry_run else ''}{_DONE[self.action]}"
        line = f"{self.done} of {counted(self.total, 'message')} {word}"
        return line + (f", {self.refused} refused" if self.refused else "")


async def show_list(
    printer: Printer, url: str | None, filters: Filters, state: QuarantineState, limit: int | None, *, ids: bool
) -> ExitCode:
    """Show what rests there: groups, or each message."""
    filters.check()
    async with connect(url) as client:
        chosen = await filters.chosen(client)
        if ids:
            found = [item async for item in client.quarantine.items(**chosen, state=state, limit=(limit or LISTED) + 1)]
            return _items(printer, found, limit or LISTED)
        groups = (await client.quarantine.groups(**chosen, state=state))[:limit]
    if printer.as_json:
        for group in groups:
            printer.message(group)
    elif groups:
        printer.show(groups_table(groups))
        printer.note("`creatorflow quarantine list --ids` names them, with --code CODE only some")
    else:
        printer.note("nothing rests in quarantine" if state == "resting" else f"nothing was {state}")
    return ExitCode.SUCCESS


def _items(printer: Printer, found: Sequence[QuarantineItem], limit: int) -> ExitCode:
    if printer.as_json:
        for item in found[:limit]:
            printer.message(item)
    elif found:
        printer.show(items_table(found[:limit]))
    else:
        printer.note("nothing rests in quarantine")
    if len(found) > limit:
        printer.note(f"there are more than {limit}; --limit shows more, --code and the others choose")
    return ExitCode.SUCCESS


async def show_one(printer: Printer, url: str | None, id: str, body: Path | None) -> ExitCode:
    """Show one message, or write its bytes to a file."""
    prefixes = message_prefixes((id,))
    async with connect(url) as client:
        (message,) = await message_ids(client, prefixes)
        item, data = await client.quarantine.show(message)
    if body is not None:
        _write(printer, body, data)
    elif printer.as_json:
        printer.message(item.model_copy(update={"body": base64.b64encode(data).decode()}))
    else:
        for line in (*item_lines(item), "", *body_lines(data)):
            printer.say(line)
    return ExitCode.SUCCESS


def _write(printer: Printer, file: Path, data: bytes) -> None:
    if str(file) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        file.write_bytes(data)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError.usage(f"the bytes cannot be written: {reason}", str(file), "name another file") from None
    printer.note(f"{len(data)} bytes written to {file}")


async def redrive_edited(printer: Printer, url: str | None, work: Work, body: Path | None) -> ExitCode:
    """Redrive one message with other bytes: a file's, or as an editor leaves them."""
    prefix = work.chosen.one("--edit" if body is None else "--body")
    if body is None:
        async with connect(url) as client:
            (message,) = await message_ids(client, (prefix,))
            _, before = await client.quarantine.show(message)
        prefix, data = message.hex, await edited(before, str(message))
    else:
        data = stdin_bytes(MAX_BODY) if str(body) == "-" else read_bytes(body, "the body")
    if len(data) > MAX_BODY:
        raise CommandError.usage(f"the body is longer than {MAX_BODY} bytes", "--body", "send a smaller one")
    async with connect(url) as client:
        named = await message_ids(client, (prefix,))
        outcomes = await client.quarantine.redrive(named, body=data, dry_run=work.dry_run)
    tally = Tally(work.action, 1, work.dry_run)
    _count(printer, tally, outcomes)
    return _ended(printer, tally)


async def work(printer: Printer, url: str | None, told: Work) -> ExitCode:
    """Redrive or drop what was chosen, at most `rate` a second, told as it goes on."""
    told.chosen.check()
    async with connect(url) as client:
        ids = await told.chosen.found(client)
        if not ids:
            printer.note("nothing of that kind rests in quarantine")
            return ExitCode.SUCCESS
        if told.action == "drop" and not told.dry_run and not told.agreed:
            await _agree(len(ids))
        tally = Tally(told.action, len(ids), told.dry_run)
        printer.when_interrupted = (tally.line, "what was not reached rests as before")
        with progress(printer, lambda: tally.line, tally.total) as shown:
            for page in _pages(ids, told.rate):
                began = time.monotonic()
                _count(printer, tally, await _asked(printer, tally, client, told, page))
                shown(tally.done + tally.refused)
                printer.when_interrupted = (tally.line, "what was not reached rests as before")
                if told.rate and tally.done + tally.refused < tally.total:
                    await asyncio.sleep(max(len(page) / told.rate - (time.monotonic() - began), 0))
    return _ended(printer, tally)


async def _agree(number: int) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError.usage("nobody can be asked here", "drop", f"add --yes to drop {counted(number, 'message')}")
    question = f"Drop {counted(number, 'message')} for good? [y/N] "
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = await _typed_line()
    if answer.strip().lower() not in ("y", "yes"):
        raise CommandError(ExitCode.REFUSED, "NOT_AGREED", "nothing was dropped", "drop", "answer y, or add --yes")


async def _typed_line() -> str:
    """A line from the terminal; waiting for it is interrupted by a Ctrl-C, which a blocked read would not be."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()


def _pages(ids: Sequence[UUID], rate: float | None) -> Iterator[Sequence[UUID]]:
    """Pages small enough that the rate is kept evenly, ten a second where it is high."""
    size = PAGE if rate is None else min(PAGE, max(1, int(rate / 10)))
    return (ids[at : at + size] for at in range(0, len(ids), size))


async def _asked(
    printer: Printer, tally: Tally, client: Client, told: Work, page: Sequence[UUID]
) -> tuple[QuarantineOutcome, ...]:
    """The outcomes of a page. A Ctrl-C waits for them, so that what is told about is what was done."""
    do = client.quarantine.redrive if told.action == "redrive" else client.quarantine.drop
    asked = asyncio.ensure_future(do(page, dry_run=told.dry_run))
    try:
        return await asyncio.shield(asked)
    except asyncio.CancelledError:
        printer.when_interrupted = (f"{tally.line}; of {len(page)} more it is not known",)
        with suppress(TimeoutError, ClientError):
            async with asyncio.timeout(STOPPING):
                _count(printer, tally, await asked)
            printer.when_interrupted = (tally.line, "what was not reached rests as before")
        raise


def _count(printer: Printer, tally: Tally, outcomes: Sequence[QuarantineOutcome]) -> None:
    for outcome in outcomes:
        tally.done += outcome.done
        tally.refused += not outcome.done
        if printer.as_json:
            printer.message(outcome)
        elif not outcome.done or tally.total <= SAID:
            printer.say(_said(outcome))


def _said(outcome: QuarantineOutcome) -> str:
    parts = (outcome.code, outcome.message) if outcome.code else (outcome.message,)
    line = f"{outcome.id}  {': '.join(one_line(part) for part in parts if part)}"
    return line + (f" (next: {one_line(outcome.hint)})" if outcome.hint and not outcome.done else "")


def _ended(printer: Printer, tally: Tally) -> ExitCode:
    printer.note(tally.line)
    return ExitCode.REFUSED if tally.refused else ExitCode.SUCCESS
