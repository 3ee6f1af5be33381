"""Draws the final content of a terminal as an SVG, by rich. Pure: text in, text out.

The terminal is dark wherever the picture is shown. The picture fetches nothing: it uses a font of the viewer's machine.
"""

from __future__ import annotations

import re
from io import StringIO
from xml.sax.saxutils import escape

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

_REDRAWN = re.compile(r"\r?(?:\x1b\[1A|\x1b\[2K)+")
"""Matches the sequence by which rich's live display returns to its first line before it redraws."""
_UP = "\x1b[1A"
_BASIC = [
    *((139, 148, 158), (255, 123, 114), (126, 231, 135), (227, 179, 65)),
    *((121, 192, 255), (210, 168, 255), (86, 212, 221), (230, 237, 243)),
]
BACKGROUND = (13, 17, 23)
THEME = TerminalTheme(BACKGROUND, (230, 237, 243), _BASIC, _BASIC)
FORMAT = """\
<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace,SFMono-Regular,Menlo,Consolas,\
'DejaVu Sans Mono',monospace; }}
.{unique_id}-title {{ font: 16px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">{matrix}</g>
</g>
</svg>
"""
"""The SVG template; that of rich loads a font from the network."""


def draw(written: str, columns: int, title: str, rows: int | None = None) -> str:
    """Draw what remains on a terminal with this number of columns; with `rows`, only its first rows."""
    lines = remaining(written).split("\n")[:rows]
    console = Console(file=StringIO(), record=True, width=columns, force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("\n".join(lines)), overflow="crop", no_wrap=True)
    picture = console.export_svg(title=title, theme=THEME, code_format=FORMAT, unique_id="t", font_aspect_ratio=0.6)
    return picture.replace("<style>", f"<title>{escape(title)}</title>\n<style>", 1)


def remaining(written: str) -> str:
    """Remove the lines that were redrawn; colours are kept."""
    kept, at = "", 0
    text = written.replace("\r\n", "\n")
    for redrawn in _REDRAWN.finditer(text):
        lines = (kept + text[at : redrawn.start()]).split("\n")
        kept, at = "".join(f"{line}\n" for line in lines[: -1 - redrawn[0].count(_UP)]), redrawn.end()
    return (kept + text[at:]).rstrip()
