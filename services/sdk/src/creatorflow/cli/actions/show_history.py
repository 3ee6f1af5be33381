"""`history`: shows every event of a request with its reason, in columns; with `--follow` also the coming ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from datetime import date
from uuid import UUID

from creatorflow_contracts.v1.event import SagaEvent

from creatorflow.cli.errors import ExitCode
from creatorflow.cli.inputs.arguments import request_prefix
from creatorflow.cli.inputs.client_connection import connect
from creatorflow.cli.inputs.id_lookup import request_id
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.text import one_line
from creatorflow.cli.views.event_lines import reason
from creatorflow.cli.views.run_state import FINAL
from creatorflow.client import Client

_WIDEST = 44


class Columns:
    """Formats events as lines; the columns are as wide as the first events need, a new day begins with its date."""

    def __init__(self, events: Sequence[SagaEvent]) -> None:
        cells = [_cells(event) for event in events]
        self._widths = [max((len(cell[at]) for cell in cells), default=0) for at in range(3)]
        self._day: date | None = None

    def lines(self, event: SagaEvent) -> list[str]:
        """The line of an event, preceded by its date if that is not the one of the event before."""
        day, at = self._day, event.at.astimezone()
        self._day = at.date()
        date_line = [] if day == self._day else [at.strftime("%Y-%m-%d")]
        cells = [cell.ljust(min(width, _WIDEST)) for cell, width in zip(_cells(event), self._widths, strict=True)]
        time = f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"
        return [*date_line, f"{event.seq:>5}  {time}  {'  '.join(cells)}  {one_line(reason(event))}".rstrip()]


def _cells(event: SagaEvent) -> tuple[str, str, str]:
    again = f" #{event.attempt}" if event.attempt is not None and event.attempt > 1 else ""
    return event.event, event.step or "-", (event.agent or "-") + again


async def history(printer: Printer, url: str | None, request: str, after: int, *, follow: bool) -> ExitCode:
    """Show the events after number `after`: those so far, or with `follow` all up to the final one."""
    prefix = request_prefix(request)
    async with connect(url) as client:
        saga = await request_id(client, prefix)
        printer.when_interrupted = (f"`creatorflow history {saga}` shows it again",)
        past = await client.history(saga, after)
        columns = Columns(past)
        for event in past:
            _show(printer, columns, event)
        if follow and not await _has_ended(client, saga, past):
            async with aclosing(client.watch(saga, past[-1].seq if past else after)) as events:
                async for event in events:
                    _show(printer, columns, event)
        elif not past:
            printer.note(f"there are no events after number {after}")
    return ExitCode.SUCCESS


async def _has_ended(client: Client, saga: UUID, past: Sequence[SagaEvent]) -> bool:
    return past[-1].event in FINAL if past else (await client.state(saga)).status in FINAL


def _show(printer: Printer, columns: Columns, event: SagaEvent) -> None:
    if printer.as_json:
        printer.message(event)
    else:
        for line in columns.lines(event):
            printer.write(line)
