"""The output of a command: results on stdout, progress and errors on stderr; with `--json`, one JSON object per line
on stdout and nothing else."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from creatorflow.cli.text import clean, folded, one_line, seconds

if TYPE_CHECKING:
    from creatorflow_contracts.problem import Problem
    from pydantic import BaseModel
    from rich.console import Console, RenderableType

PIPED_WIDTH = 160
"""Columns where there is no terminal, whatever COLUMNS is: what a program reads has one form."""
UNKNOWN_WIDTH = 80
"""Columns on a terminal that does not report its width."""


class Printer:
    """The output of one command."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.when_interrupted: tuple[str, ...] = ("nothing was sent",)
        """The lines to show on a Ctrl-C: the state in which it leaves things; the command keeps them up to date."""

    def message(self, value: BaseModel | Mapping[str, Any]) -> None:
        """Write one JSON line; ASCII only, so that no terminal and no locale can misread it."""
        data = dict(value) if isinstance(value, Mapping) else value.model_dump(mode="json", exclude_none=True)
        line = json.dumps(data, separators=(",", ":"), default=str).replace("\x7f", "\\u007f")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def show(self, renderable: RenderableType) -> None:
        """Print a renderable of rich on stdout. Its texts must be clean; strings are not read as markup."""
        _console(sys.stdout).print(renderable)

    def write(self, text: str) -> None:
        """Write a line of the result on stdout."""
        sys.stdout.write(clean(text) + "\n")
        sys.stdout.flush()

    def write_wrapped(self, line: str) -> None:
        """Write a line of the result on stdout; on a terminal it is wrapped between words."""
        self.write(folded(line, self._columns) if sys.stdout.isatty() else line)

    @cached_property
    def _columns(self) -> int:
        return _console(sys.stdout).width

    def note(self, text: str) -> None:
        """Write a line of progress on stderr; nothing with `--json`."""
        if not self.as_json:
            sys.stderr.write(clean(text) + "\n")
            sys.stderr.flush()

    def problem(self, problem: Problem) -> None:
        """Show a problem: with `--json` as an object on stdout, else in three lines on stderr."""
        if self.as_json:
            self.message(problem)
            return
        self.note(f"error: {one_line(problem.message)}")
        self.note(f"  where: {one_line(problem.where)}  [{problem.code}]")
        self.note(
            textwrap.fill(f"next:  {one_line(problem.hint)}", 110, initial_indent="  ", subsequent_indent=" " * 9)
        )
        if problem.retry_after_ms:
            self.note(f"  retry: the same command may work in {seconds(problem.retry_after_ms)}")

    @property
    def draws(self) -> bool:
        """True if progress can be drawn: for people, on a terminal that can move its cursor.

        If stdout is redirected, its reader may write to the terminal too; then progress is in plain lines.
        """
        console = _console(sys.stderr)
        return not self.as_json and sys.stdout.isatty() and console.is_terminal and not console.is_dumb_terminal

    @contextmanager
    def drawing(self, picture: Any) -> Iterator[None]:
        """Draw `picture(height)` ten times a second on stderr until the end of the block; the last one stays."""
        from rich.live import Live

        console = _console(sys.stderr)
        with Live(console=console, get_renderable=lambda: picture(console.size.height), refresh_per_second=10):
            yield


def _console(stream: Any) -> Console:
    from rich.console import Console

    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console = Console(file=stream, markup=False, highlight=False, emoji=False, width=PIPED_WIDTH)
    elif console.width < 1:  # COLUMNS=0: unknown
        console = Console(file=stream, markup=False, highlight=False, emoji=False, width=UNKNOWN_WIDTH)
    return console
