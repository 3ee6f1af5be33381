"""The live picture of a request: its plan as a tree of levels with one line per step, a header and a footer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from creatorflow.cli.text import one_line, repairs, seconds

from .reading_lines import short_reading
from .run_state import RunState, StepRow, levels

MARKS: Final = {
    "waiting": ("·", "dim"),
    "open": ("▸", "cyan"),
    "retrying": ("↻", "yellow"),
    "held": ("‖", "yellow"),
    "parked": ("‖", "bold yellow"),
    "succeeded": ("✔", "green"),
    "failed": ("✘", "bold red"),
    "skipped": ("⤼", "dim"),
    "cancelled": ("■", "magenta"),
}
STATUS_STYLE: Final = {
    "completed": "green",
    "failed": "bold red",
    "cancelled": "magenta",
    "compensating": "yellow",
    "parked": "bold yellow",
}
_NOTE_STYLE: Final = {"retrying": "yellow", "held": "yellow", "parked": "yellow", "failed": "red"}
_SPINNER: Final = Spinner("dots", style="cyan")


def picture(board: RunState, now: datetime, *, hint: str = "", height: int = 0) -> RenderableType:
    """Draw the picture at the time `now`. Finished levels are folded if it exceeds `height` (rows; 0: any)."""
    read = _read(board)
    return Group(*_header(board), *read, _tree(board, now, height, len(read)), *_footer(board, now, hint))


def _header(board: RunState) -> Iterator[RenderableType]:
    title = Text(one_line(board.request, 96) or "request", style="bold", overflow="ellipsis", no_wrap=True)
    below = Text(board.id, style="dim")
    if board.pattern:
        below.append(f"  {one_line(board.pattern, 40)}")
    below.append(f"  {board.status}", style=STATUS_STYLE.get(board.status, "cyan"))
    yield Text()
    yield title
    yield below


def _read(board: RunState) -> list[Text]:
    """What was understood from the request, left out, and covered by no agent."""
    lines = short_reading(board.reading, board.notes) if board.reading else ()
    return [Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in lines]


def _tree(board: RunState, now: datetime, height: int, read: int) -> RenderableType:
    if not board.steps:
        waiting = Text.assemble(" ", (board.note and one_line(board.note, 80)) or "waiting for the plan", style="dim")
        return waiting if board.final else _beside(_SPINNER, waiting)
    grid = Table.grid(padding=(0, 1))
    for _ in range(5):
        grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column(ratio=1)  # on a narrow terminal only the note is cut, because it does not wrap
    rows = levels(board.steps)
    folded = 0 < height < len(board.steps) + read + (9 if board.parked else 7)
    for number, row in enumerate(rows):
        _add_level(grid, row, last=number == len(rows) - 1, now=now, folded=folded)
    return grid


def _beside(left: RenderableType, right: RenderableType) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(left, right)
    return grid


def _add_level(grid: Table, row: list[StepRow], *, last: bool, now: datetime, folded: bool) -> None:
    if folded and all(step.status in ("succeeded", "skipped") for step in row):
        grid.add_row(_branch(first=True, last=last), Text("✔", "green"), Text(f"{len(row)} finished", "dim"))
        return
    for position, step in enumerate(row):
        grid.add_row(_branch(first=position == 0, last=last), *_cells(step, now))


def _branch(*, first: bool, last: bool) -> Text:
    mark = ("╰─" if last else "├─") if first else ("  " if last else "│ ")
    return Text(mark, style="bright_black")


def _cells(step: StepRow, now: datetime) -> Iterator[RenderableType]:
    mark, style = MARKS.get(step.status, ("?", "dim"))
    quiet = step.status in ("waiting", "skipped")
    yield _SPINNER if step.status == "open" else Text(mark, style)
    yield Text(one_line(step.id), "dim" if quiet else "bold")
    yield Text(one_line(step.agent) or "child request", "dim" if quiet else "")
    yield Text(_time(step, now), "dim", justify="right")
    yield _note(step)


def _time(step: StepRow, now: datetime) -> str:
    if step.started_at is None or (step.has_ended and step.finished_at is None):
        return ""
    return seconds(max(((step.finished_at or now) - step.started_at).total_seconds() * 1000, 0))


def _note(step: StepRow) -> RenderableType:
    parts = []
    if step.attempt > 1:
        parts.append(f"attempt {step.attempt}")
    if step.status == "waiting" and step.depends_on:
        parts.append("after " + ", ".join(step.depends_on))
    elif note := step.note or (step.recovery if step.has_ended else ""):
        parts.append(one_line(note, 120))
    text = Text(" · ".join(parts), _NOTE_STYLE.get(step.status, "dim"), no_wrap=True, overflow="ellipsis")
    if step.status != "open" or step.progress is None:
        return text
    return _beside(ProgressBar(total=1.0, completed=step.progress, width=12), text)


def _footer(board: RunState, now: datetime, hint: str) -> Iterator[RenderableType]:
    duration = max(((board.finished_at or now) - (board.started_at or now)).total_seconds() * 1000, 0)
    line = Text(style="dim")
    if board.steps:
        line.append(f"{board.ended_steps} of {len(board.steps)} steps  ")
    line.append(seconds(duration))
    if board.iteration and not board.final:
        line.append(f"  {one_line(board.iteration, 60)}")
    if hint and not board.final:
        line.append(f"  {hint}")
    yield line
    if board.parked and not board.final:
        yield Text("\n".join(repairs(board.id, board.parked[0])), "yellow")
    if board.status == "compensating":
        yield Text(one_line(board.note, 200), "yellow", no_wrap=True, overflow="ellipsis")
