"""What a terminal shows of the bytes that are written to it, by a terminal emulator. Pure: bytes in, screens out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import pyte
from pyte.screens import Char

from ops.pictures.recording import Recording

DRAWN_S = 0.05
"""What is followed sooner is half drawn, and not shown."""
FAINT, BRIGHT_BLACK = 2, 90


class Style(NamedTuple):
    """How text is shown; a colour is a name of the emulator's, or six hexadecimal digits."""

    colour: str = "default"
    bold: bool = False


class Run(NamedTuple):
    """Text of one style in a line, from a column on."""

    column: int
    text: str
    style: Style


Line = tuple[Run, ...]


class Frame(NamedTuple):
    """The screen from a moment on, in seconds; its last lines are left out where they are empty."""

    at: float
    lines: tuple[Line, ...]


class _Screen(pyte.Screen):
    """The emulator does not know faint text, which is half of what we write: it is shown in grey."""

    def select_graphic_rendition(self, *attributes: int) -> None:
        named = not {38, 48} & set(attributes)  # in a colour by its number 2 is something else
        super().select_graphic_rendition(*(BRIGHT_BLACK if named and each == FAINT else each for each in attributes))


def frames(recording: Recording, rows: int | None = None) -> tuple[Frame, ...]:
    """What was on the screen, or on its uppermost rows, each time that it had changed; the last one is what stays."""
    screen = _Screen(recording.columns, recording.rows)
    stream = pyte.ByteStream(screen)
    found: list[Frame] = []
    for number, chunk in enumerate(recording.chunks):
        stream.feed(chunk.data)
        after = recording.chunks[number + 1].at if number + 1 < len(recording.chunks) else float("inf")
        if after - chunk.at < DRAWN_S:
            continue
        lines = _lines(screen)[:rows]
        if not found or lines != found[-1].lines:
            found.append(Frame(chunk.at, lines))
    return tuple(found)


def _lines(screen: pyte.Screen) -> tuple[Line, ...]:
    lines = [
        tuple(_runs([screen.buffer[row][column] for column in range(screen.columns)])) for row in range(screen.lines)
    ]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def _runs(cells: list[Char]) -> Iterator[Run]:
    """The line's text by style; blanks at the end of a run are nothing."""
    column = 0
    for style, group in groupby(cells, key=lambda cell: Style(cell.fg, cell.bold)):
        text = "".join(cell.data for cell in group)
        shown = text.strip(" ")
        if shown:
            yield Run(column + text.index(shown), shown, style)
        column += len(text)
