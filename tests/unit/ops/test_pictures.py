"""Terminal pictures show the final screen, and the pictures of the README exist."""

from __future__ import annotations

import os
import re
import sys
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console
from rich.live import Live
from rich.text import Text

from ops.pictures.recording import record
from ops.pictures.svg import BACKGROUND, draw, remaining
from tests.markdown import read

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
SHOWN = read(README).pictures
SVG = "{http://www.w3.org/2000/svg}"
CELL = 12
"""Pixels of a character."""
STYLED = "\x1b[32m✔\x1b[0m \x1b[1mdatabase\x1b[0m\r\n  \x1b[2mafter it\x1b[0m"


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - our own


def rows(picture: str) -> list[str]:
    """Return the visible lines."""
    found: dict[float, str] = {}
    for text in parsed(picture).iter(f"{SVG}text"):
        if "clip-path" in text.attrib and (text.text or "").strip("\n"):
            row, column = float(text.attrib["y"]), round(float(text.attrib["x"]) / CELL)
            found[row] = found.get(row, "").ljust(column) + (text.text or "").replace("\xa0", " ")
    return list(found.values())


def colours(picture: str) -> dict[str, str]:
    """Return the visible texts by their colour."""
    styles = dict(re.findall(r"\.(t-r\d+) \{ fill: (#[0-9a-f]{6})", picture))
    texts = (text for text in parsed(picture).iter(f"{SVG}text") if text.get("class") in styles)
    return {(text.text or "").strip(): styles[text.attrib["class"]] for text in texts}


def test_a_picture_shows_text_at_its_position_and_in_its_colour() -> None:
    picture = draw(STYLED, 20, "x")
    assert rows(picture) == ["✔ database", "  after it"]
    assert colours(picture)["✔"] == "#7ee787" and "font-weight: bold" in picture


@pytest.mark.parametrize("heights", [(1, 1), (3, 3), (2, 4), (4, 1)])
def test_only_the_last_frame_of_a_live_display_remains(heights: tuple[int, int]) -> None:
    console = Console(file=StringIO(), force_terminal=True, width=20)
    console.print("before")
    with Live(console=console, auto_refresh=False) as live:
        for name, height in zip("ab", heights, strict=True):
            live.update(Text("\n".join(f"{name}{row}" for row in range(height))), refresh=True)
    console.print("after")
    assert isinstance(console.file, StringIO)
    picture = draw(console.file.getvalue().replace("\n", "\r\n"), 20, "x")
    assert rows(picture) == ["before", *(f"b{row}" for row in range(heights[1])), "after"]


def test_text_that_was_not_overwritten_is_kept_whole() -> None:
    assert remaining("a\r\n  b\r\n") == "a\n  b"


def test_rows_beyond_the_requested_ones_are_omitted() -> None:
    assert rows(draw("one\r\ntwo\r\nthree", 20, "x", rows=2)) == ["one", "two"]


def test_markup_in_terminal_text_stays_text() -> None:
    assert rows(draw("<b> & ]]>", 20, "<x>")) == ["<b> & ]]>"]


def test_the_same_text_gives_the_same_picture_without_external_references() -> None:
    picture = draw(STYLED, 20, "x")
    assert picture == draw(STYLED, 20, "x")
    assert "url(" not in picture.replace("url(#", "") and picture.count("://") == 1  # the name of SVG itself


@pytest.mark.parametrize("code", [*range(30, 38), *range(90, 98), 39, "2;32", "2"])
def test_every_colour_is_readable_on_the_background(code: int | str) -> None:
    def light(parts: tuple[int, ...]) -> float:
        scaled = [part / 255 for part in parts]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in scaled]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    colour = colours(draw(f"\x1b[{code}mtext", 20, "x"))["text"]
    letters = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    assert (light(letters) + 0.05) / (light(BACKGROUND) + 0.05) >= 4.5  # WCAG 2, 1.4.3


def test_a_command_is_recorded_on_a_terminal_of_the_requested_size() -> None:
    script = "import os, sys; print(os.get_terminal_size(), sys.stdout.isatty()); sys.exit(3)"
    recording = record([sys.executable, "-c", script], os.environ, columns=91, rows=17)
    assert recording.text.strip() == "os.terminal_size(columns=91, lines=17) True"
    assert recording.exit_code == 3


def test_the_readme_shows_a_picture_with_a_text_alternative() -> None:
    assert SHOWN
    assert all(len(words.split()) >= 5 for words, _ in SHOWN)


@pytest.mark.parametrize("file", [file for _, file in SHOWN])
def test_the_readme_pictures_exist_and_are_small_and_well_formed(file: str) -> None:
    picture = ROOT / file
    assert picture.stat().st_size < 200_000
    if picture.suffix == ".svg":
        assert parsed(picture.read_text()).tag == f"{SVG}svg"
        assert any("8 of 8 steps" in row for row in rows(picture.read_text()))


def test_every_stored_picture_is_used() -> None:
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "pictures").iterdir()}
    assert kept == {file for _, file in SHOWN}
