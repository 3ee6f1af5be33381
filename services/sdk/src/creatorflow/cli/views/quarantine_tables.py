"""The views of the quarantine: groups, messages, the contents of one message. A quarantined message may contain
anything: it is shown as text, never as terminal commands."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from creatorflow_contracts.v1.operate import QuarantineGroup, QuarantineItem
from rich.table import Table
from rich.text import Text

from creatorflow.cli.inputs.editor import laid_out
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.text import one_line

SHOWN_TEXT: Final = 64 * 1024
"""Characters that are shown of a body that is not JSON."""
_HEX_ROW: Final = 16
_HEX_ROWS: Final = 32
_PROGRESS_EVERY: Final = 5.0
"""Seconds between two lines of progress without a terminal."""


def groups_table(groups: Sequence[QuarantineGroup]) -> Table:
    """Make a table with one row per group, in the given order."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("messages", justify="right", no_wrap=True)
    again = any(_times(group) > group.count for group in groups)
    if again:
        table.add_column("received", justify="right", no_wrap=True)
    for name in ("code", "agent", "contract", "oldest", "newest"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for group in groups:
        words = (group.code, group.agent or "-", group.contract or "-")
        counts = (str(group.count), *([f"{_times(group)} times"] if again else []))
        table.add_row(*counts, *(Text(one_line(word, 64)) for word in words), _at(group.oldest), _at(group.newest))
    return table


def items_table(items: Sequence[QuarantineItem]) -> Table:
    """Make a table with one row per message."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    for name in ("id", "at", "kind", "code"):
        table.add_column(name, no_wrap=True)
    table.add_column("agent", no_wrap=True, overflow="ellipsis")
    table.add_column("message", no_wrap=True, overflow="ellipsis", ratio=1)
    for item in items:
        words = (item.kind, item.code, item.agent or "-")
        message = f"{item.times} times: {item.message}" if item.times > 1 else item.message
        table.add_row(
            str(item.id), _at(item.at), *(Text(one_line(word, 64)) for word in words), Text(one_line(message, 300))
        )
    return table


def _times(group: QuarantineGroup) -> int:
    return group.times or group.count


def item_lines(item: QuarantineItem) -> Iterator[str]:
    """The fields of a message, one per line; empty ones are left out."""
    rows = (
        ("id", str(item.id)),
        ("at", item.at.astimezone().isoformat(sep=" ", timespec="seconds")),
        (
            "received",
            "" if item.times == 1 or item.last_at is None else f"{item.times} times, last {_at(item.last_at)}",
        ),
        ("state", item.state if item.settled_at is None else f"{item.state}, {_at(item.settled_at)}"),
        ("code", item.code),
        ("message", item.message),
        ("where", item.where),
        ("next", item.hint),
        ("kind", item.kind),
        ("contract", item.contract or ""),
        ("agent", item.agent or ""),
        ("request", item.correlation_id or ""),
        ("exchange", item.exchange),
        ("key", item.routing_key),
        ("headers", json.dumps(item.headers, ensure_ascii=False, default=str) if item.headers else ""),
        ("size", f"{item.size} bytes"),
    )
    return (f"{name:<10}{one_line(value)}" for name, value in rows if value)


def body_lines(body: bytes) -> Iterator[str]:
    """The body in lines: JSON indented, other text as it is, anything else in hexadecimal."""
    indented = laid_out(body)
    if indented is not None:
        return iter(indented.splitlines())
    try:
        return _text_lines(body.decode())
    except UnicodeDecodeError:
        return _hexadecimal(body)


def _text_lines(text: str) -> Iterator[str]:
    yield from text[:SHOWN_TEXT].splitlines()
    if len(text) > SHOWN_TEXT:
        yield f"... and {len(text) - SHOWN_TEXT} characters more; --body FILE writes all of it"


def _hexadecimal(body: bytes) -> Iterator[str]:
    for at in range(0, min(len(body), _HEX_ROW * _HEX_ROWS), _HEX_ROW):
        row = body[at : at + _HEX_ROW]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{at:08x}  {row.hex(' '):<{_HEX_ROW * 3}} {text}"
    if len(body) > _HEX_ROW * _HEX_ROWS:
        yield f"... {len(body)} bytes in all; --body FILE writes them"


@contextmanager
def progress(printer: Printer, line: Callable[[], str], total: int) -> Iterator[Callable[[int], None]]:
    """Show progress: a bar on a terminal, else `line()` every few seconds. Yields the function to call with the number
    of messages done after each page."""
    if printer.draws:
        with _bar(total) as advance:
            yield advance
        return
    last = time.monotonic()

    def advance_lines(done: int) -> None:
        nonlocal last
        if done < total and time.monotonic() - last >= _PROGRESS_EVERY:
            last = time.monotonic()
            printer.note(line())

    yield advance_lines


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def _at(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
