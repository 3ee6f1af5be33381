"""What a command says, and where: results on stdout, progress and errors on stderr; with `--json`, one object a line
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
"""Columns where there is no terminal to ask."""
UNKNOWN_WIDTH = 80


class Printer:
    """One command's output."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.when_interrupted: tuple[str, ...] = ("nothing was sent",)
        """What a Ctrl-C now leaves behind, in lines; the command keeps it up to date."""

    def message(self, value: BaseModel | Mapping[str, Any]) -> None:
        """One JSON line. ASCII only, so that no terminal and no locale can misread it."""
        data = dict(value) if isinstance(value, Mapping) else value.model_dump(mode="json", exclude_none=True)
        line = json.dumps(data, separators=(",", ":"), default=str).replace("\x7f", "\\u007f")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def show(self, what: RenderableType) -> None:
        """A result, on stdout. Text in it must be clean, and no markup is read from strings."""
        _console(sys.stdout).print(what)

    def say(self, text: str) -> None:
        """A line of the result, on stdout."""
        sys.stdout.write(clean(text) + "\n")
        sys.stdout.flush()

    def tell(self, line: str) -> None:
        """A line of the result; on a terminal that is narrower it goes on in the next, at a word."""
        self.say(folded(line, self._columns) if sys.stdout.isatty() else line)

    @cached_property
    def _columns(self) -> int:
        return _console(sys.stdout).width

    def note(self, text: str) -> None:
        """A line of progress, on stderr; nothing with `--json`."""
        if not self.as_json:
            sys.stderr.write(clean(text) + "\n")
            sys.stderr.flush()

    def problem(self, problem: Problem) -> None:
        """What went wrong: an object on stdout with `--json`, else three lines on stderr."""
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
        """Whether progress can be drawn: for people, on a terminal that can move its cursor.

        Where stdout goes elsewhere, who reads it may write between our lines; then they are plain.
        """
        console = _console(sys.stderr)
        return not self.as_json and sys.stdout.isatty() and console.is_terminal and not console.is_dumb_terminal

    @contextmanager
    def drawing(self, picture: Any) -> Iterator[None]:
        """Draws what `picture(height)` gives, again and again, on stderr; the last one stays."""
        from rich.live import Live

        console = _console(sys.stderr)
        with Live(console=console, get_renderable=lambda: picture(console.size.height), refresh_per_second=10):
            yield


def _console(stream: Any) -> Console:
    from rich.console import Console

    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console = Console(file=stream, markup=False, highlight=False, emoji=False, width=PIPED_WIDTH)
    elif console.width < 1:  # COLUMNS=0: nobody knows
        console = Console(file=stream, markup=False, highlight=False, emoji=False, width=UNKNOWN_WIDTH)
    return console
