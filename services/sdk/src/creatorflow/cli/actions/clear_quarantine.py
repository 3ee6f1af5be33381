"""`quarantine list|show|redrive|drop`: shows quarantined messages, and redrives or drops them page by page."""

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
SHOWN: Final = 20
"""With more messages than that, only the refused ones are shown one by one."""
STOPPING: Final = 10.0
"""Seconds that a Ctrl-C waits for the answer about the page that was sent."""
_UNCHANGED: Final = "the other messages are still in quarantine"
_DONE: Final = {"redrive": "redriven", "drop": "dropped"}


@dataclass(frozen=True, slots=True)
class QuarantineChange:
    """The arguments of `redrive` or `drop`. `rate` is in messages per second; `confirmed` skips the question."""

    action: Literal["redrive", "drop"]
    chosen: Selection
    dry_run: bool = False
    rate: float | None = None
    confirmed: bool = False


@dataclass(slots=True)
class Tally:
    """The progress of a redrive or drop: the messages that were done and refused, of `total`."""

    action: str
    total: int
    dry_run: bool
    done: int = 0
    refused: int = 0

    @property
    def line(self) -> str:
        """The progress in words, as in `7 of 9 messages redriven, 1 refused`."""
        verb = f"{'would be ' if self.dry_run else ''}{_DONE[self.action]}"
        line = f"{self.done} of {counted(self.total, 'message')} {verb}"
        return line + (f", {self.refused} refused" if self.refused else "")


async def show_list(
    printer: Printer, url: str | None, filters: Filters, state: QuarantineState, limit: int | None, *, ids: bool
) -> ExitCode:
    """Show the messages in quarantine: in groups, or with `ids` one by one."""
    filters.check()
    async with connect(url) as client:
        chosen = await filters.chosen(client)
        if ids:
            listed = client.quarantine.items(**chosen, state=state, limit=(limit or LISTED) + 1)
            return _show_items(printer, [item async for item in listed], limit or LISTED)
        groups = (await client.quarantine.groups(**chosen, state=state))[:limit]
    if printer.as_json:
        for group in groups:
            printer.message(group)
    elif groups:
        printer.show(groups_table(groups))
        printer.note("`creatorflow quarantine list --ids` lists the messages; --code CODE selects some of them")
    else:
        empty = "no message in quarantine matches" if filters.any else "quarantine is empty"
        printer.note(empty if state == "resting" else f"no message was {state}")
    return ExitCode.SUCCESS


def _show_items(printer: Printer, items: Sequence[QuarantineItem], limit: int) -> ExitCode:
    if printer.as_json:
        for item in items[:limit]:
            printer.message(item)
    elif items:
        printer.show(items_table(items[:limit]))
    else:
        printer.note("no message in quarantine matches")
    if len(items) > limit:
        printer.note(f"there are more than {limit}; --limit N shows more, --code and the other filters select some")
    return ExitCode.SUCCESS


async def show_one(printer: Printer, url: str | None, id: str, body: Path | None) -> ExitCode:
    """Show one message, or write its body to a file."""
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
            printer.write(line)
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
        raise CommandError.usage(f"the body cannot be written: {reason}", str(file), "name another file") from None
    printer.note(f"{len(data)} bytes written to {file}")


async def redrive_edited(printer: Printer, url: str | None, change: QuarantineChange, body: Path | None) -> ExitCode:
    """Redrive one message with another body: that of the file `body`, or as edited in an editor."""
    prefix = change.chosen.single_id("--edit" if body is None else "--body")
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
        outcomes = await client.quarantine.redrive(named, body=data, dry_run=change.dry_run)
    tally = Tally(change.action, 1, change.dry_run)
    _count(printer, tally, outcomes)
    return _ended(printer, tally)


async def apply(printer: Printer, url: str | None, change: QuarantineChange) -> ExitCode:
    """Redrive or drop the chosen messages, at most `rate` per second, and show the progress."""
    change.chosen.check()
    async with connect(url) as client:
        ids = await change.chosen.matching_ids(client)
        if not ids:
            printer.note("no message in quarantine matches")
            return ExitCode.SUCCESS
        if change.action == "drop" and not change.dry_run and not change.confirmed:
            await _confirm(len(ids))
        tally = Tally(change.action, len(ids), change.dry_run)
        printer.when_interrupted = (tally.line, _UNCHANGED)
        with progress(printer, lambda: tally.line, tally.total) as show_progress:
            for page in _pages(ids, change.rate):
                began = time.monotonic()
                _count(printer, tally, await _send_page(printer, tally, client, change, page))
                show_progress(tally.done + tally.refused)
                printer.when_interrupted = (tally.line, _UNCHANGED)
                if change.rate and tally.done + tally.refused < tally.total:
                    await asyncio.sleep(max(len(page) / change.rate - (time.monotonic() - began), 0))
    return _ended(printer, tally)


async def _confirm(number: int) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        hint = f"add --yes to drop {counted(number, 'message')}"
        raise CommandError.usage("there is no terminal to ask for confirmation", "drop", hint)
    question = f"Drop {counted(number, 'message')} for good? [y/N] "
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = await _typed_line()
    if answer.strip().lower() not in ("y", "yes"):
        raise CommandError(ExitCode.REFUSED, "NOT_AGREED", "nothing was dropped", "drop", "answer y, or add --yes")


async def _typed_line() -> str:
    """Read a line from the terminal; unlike a blocking read, the wait is ended by a Ctrl-C."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()


def _pages(ids: Sequence[UUID], rate: float | None) -> Iterator[Sequence[UUID]]:
    """Split the ids into pages that are small enough to keep the rate evenly: ten pages a second if it is high."""
    size = PAGE if rate is None else min(PAGE, max(1, int(rate / 10)))
    return (ids[at : at + size] for at in range(0, len(ids), size))


async def _send_page(
    printer: Printer, tally: Tally, client: Client, change: QuarantineChange, page: Sequence[UUID]
) -> tuple[QuarantineOutcome, ...]:
    """Redrive or drop a page; return its outcomes. A Ctrl-C waits for them, so that what is reported was done."""
    send = client.quarantine.redrive if change.action == "redrive" else client.quarantine.drop
    answer = asyncio.ensure_future(send(page, dry_run=change.dry_run))
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        printer.when_interrupted = (f"{tally.line}; the outcome of {len(page)} more is unknown",)
        with suppress(TimeoutError, ClientError):
            async with asyncio.timeout(STOPPING):
                _count(printer, tally, await answer)
            printer.when_interrupted = (tally.line, _UNCHANGED)
        raise


def _count(printer: Printer, tally: Tally, outcomes: Sequence[QuarantineOutcome]) -> None:
    for outcome in outcomes:
        tally.done += outcome.done
        tally.refused += not outcome.done
        if printer.as_json:
            printer.message(outcome)
        elif not outcome.done or tally.total <= SHOWN:
            printer.write(_outcome_line(outcome))


def _outcome_line(outcome: QuarantineOutcome) -> str:
    parts = (outcome.code, outcome.message) if outcome.code else (outcome.message,)
    line = f"{outcome.id}  {': '.join(one_line(part) for part in parts if part)}"
    return line + (f" (next: {one_line(outcome.hint)})" if outcome.hint and not outcome.done else "")


def _ended(printer: Printer, tally: Tally) -> ExitCode:
    printer.note(tally.line)
    return ExitCode.REFUSED if tally.refused else ExitCode.SUCCESS
