"""Screens as one moving picture, in SVG. Pure: the same screens give the same text.

It is a dark terminal wherever it is shown, so that it can be read on a light page and on a dark one. What does not
move, a printer for one, shows the last screen, and so does who wants no motion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from ops.pictures.screens import Frame, Line, Run

BACKGROUND = "#0d1117"
COLOURS = {
    "default": "#e6edf3",
    "black": "#8b949e",
    "brightblack": "#8b949e",
    "red": "#ff7b72",
    "green": "#56d364",
    "brown": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#56d4dd",
    "white": "#e6edf3",
}
WIDE, HIGH, BASE = 8, 18, 13
"""Of a character's cell, in pixels, and how far below its top the letters stand."""
PAD, BAR = 14, 32
FIRST_S = 1.0
"""So long the first screen is seen at most: on a busy machine a program takes its time to start."""
LAST_S = 6.0
"""So long the last screen stays before it begins again."""


def draw(frames: Sequence[Frame], columns: int, title: str) -> str:
    """The picture, each screen as long as it was to be seen; the first, in which nothing happens yet, a second."""
    lines = {line: f"l{number}" for number, line in enumerate(dict.fromkeys(_all(frames)))}
    width = columns * WIDE + 2 * PAD
    height = max(len(frame.lines) for frame in frames) * HIGH + BAR + PAD
    words = escape(title)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            ' role="img">',
            f"<title>{words}</title>",
            f"<style>{_style(frames)}</style>",
            "<defs>",
            *(f'<g id="{name}">{"".join(map(_text, line))}</g>' for line, name in lines.items()),
            "</defs>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}" stroke="#30363d"/>',
            *(f'<circle cx="{PAD + 4 + 16 * at}" cy="16" r="5" fill="#484f58"/>' for at in range(3)),
            f'<text x="{PAD + 52}" y="20" fill="#8b949e">{words}</text>',
            *(_screen(number, frame, lines, number == len(frames) - 1) for number, frame in enumerate(frames)),
            "</svg>\n",
        )
    )


def _all(frames: Sequence[Frame]) -> Iterator[Line]:
    return (line for frame in frames for line in frame.lines if line)


def _screen(number: int, frame: Frame, names: dict[Line, str], last: bool) -> str:
    """One screen; lines that others show too are drawn once, and used.

    The last has a class of its own: simple renderers know no `:last-child`.
    """
    used = (
        f'<use href="#{names[line]}" x="{PAD}" y="{BAR + row * HIGH}"/>' for row, line in enumerate(frame.lines) if line
    )
    return f'<g class="{"s last" if last else "s"}" style="animation-name:s{number}">{"".join(used)}</g>'


def _text(run: Run) -> str:
    """As wide as in a terminal, whatever the font: columns stay columns."""
    weight = ' font-weight="bold"' if run.style.bold else ""
    colour = COLOURS.get(run.style.colour, f"#{run.style.colour}")
    at, wide = run.column * WIDE, len(run.text) * WIDE
    place = f'x="{at}" y="{BASE}" textLength="{wide}"'
    return f'<text {place} fill="{colour}"{weight} xml:space="preserve">{escape(run.text)}</text>'


def _style(frames: Sequence[Frame]) -> str:
    """When each screen is seen, as parts of the whole time."""
    starts = [frame.at - frames[0].at for frame in frames]
    idle = max(0.0, starts[1] - FIRST_S) if len(starts) > 1 else 0.0
    starts[1:] = [start - idle for start in starts[1:]]
    whole = starts[-1] + LAST_S
    parts = [100 * start / whole for start in starts] + [100.0]
    seen = (
        f"@keyframes s{number}{{0%{{visibility:{'hidden' if number else 'visible'}}}"
        f"{parts[number]:.3f}%{{visibility:visible}}{parts[number + 1]:.3f}%{{visibility:hidden}}}}"
        for number in range(len(frames))
    )
    return (
        "text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
        f".s{{visibility:hidden;animation:{whole:.3f}s step-end infinite}}.last{{visibility:visible}}"
        "@media(prefers-reduced-motion:reduce){.s{animation:none}}" + "".join(seen)
    )
