"""The table of requests: one row per request, which fits the width of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from uuid import UUID

from creatorflow_contracts.v1.event import SagaState
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from creatorflow.cli.text import one_line

from .live_tree import STATUS_STYLE

WIDE: Final = 120
"""Columns from which whole ids, the pattern and the year fit beside the text of the request."""
SHORT_ID: Final = 8


@dataclass(frozen=True, slots=True)
class RequestTable:
    """A table of requests. On a narrow terminal, ids are cut to a unique beginning, which the commands accept."""

    states: Sequence[SagaState]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the table for the width of the terminal."""
        yield self._table(is_wide=options.max_width >= WIDE)

    def _table(self, *, is_wide: bool) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
        for name in ("id", "status", *(("pattern",) if is_wide else ()), "kind", "submitted"):
            table.add_column(name, no_wrap=True)
        table.add_column("request", no_wrap=True, overflow="ellipsis", ratio=1)
        length = _unique_length([state.correlation_id for state in self.states])
        for state in self.states:
            id, at = str(state.correlation_id), state.submitted_at.astimezone()
            table.add_row(
                id if is_wide else id[:length],
                _status(state),
                *((one_line(state.pattern),) if is_wide else ()),
                "plan" if state.dry_run else "run",
                at.strftime("%Y-%m-%d %H:%M" if is_wide else "%m-%d %H:%M"),
                Text(one_line(state.request, 200)),
            )
        return table


def _unique_length(ids: Sequence[UUID]) -> int:
    """The number of first characters by which all these ids differ; at least `SHORT_ID`."""
    texts = sorted(str(id) for id in set(ids))
    shared = (_shared(first, second) for first, second in pairwise(texts))
    return max(SHORT_ID, 1 + max(shared, default=0))


def _shared(first: str, second: str) -> int:
    """The number of first characters that both have in common."""
    return next(at for at, (left, right) in enumerate(zip(first, second, strict=True)) if left != right)


def _status(state: SagaState) -> Text:
    """The status, with the number of parked steps if there are any."""
    text = Text(state.status, style=STATUS_STYLE.get(state.status, "cyan"))
    return text.append(f", {len(state.parked)} parked", STATUS_STYLE["parked"]) if state.parked else text
