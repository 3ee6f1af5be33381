"""The pictures: what was written to a terminal is what they show, and those that the README shows are there."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ops.pictures.recording import Chunk, Recording, record
from ops.pictures.screens import Frame, Run, Style, frames
from ops.pictures.svg import BACKGROUND, COLOURS, LAST_S, draw

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
SHOWN = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
SVG = "{http://www.w3.org/2000/svg}"
USED = "{http://www.w3.org/2000/svg}use"


def written(*chunks: tuple[float, str]) -> Recording:
    return Recording(20, 4, tuple(Chunk(at, text.encode()) for at, text in chunks))


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 - our own


def texts(picture: str) -> list[list[str]]:
    """The lines of each screen, in the order in which they are seen."""
    tree = parsed(picture)
    lines = {each.get("id"): " ".join(text.text or "" for text in each) for each in tree.iter(f"{SVG}g")}
    screens = (each for each in tree.iter(f"{SVG}g") if "s" in each.get("class", "").split())
    return [[lines[used.attrib["href"][1:]] for used in screen.iter(USED)] for screen in screens]


def test_a_screen_shows_text_where_it_was_written_and_in_its_colour() -> None:
    (frame,) = frames(written((0.5, "\x1b[32m✔\x1b[0m \x1b[1mdatabase\x1b[0m\r\n\x1b[2mafter it\x1b[0m")))
    assert frame == Frame(
        0.5,
        (
            (Run(0, "✔", Style("green")), Run(2, "database", Style("default", bold=True))),
            (Run(0, "after it", Style("brightblack")),),
        ),
    )


def test_what_is_written_over_is_gone() -> None:
    recording = written((0, "waiting\r\n"), (1, "\x1b[1A\x1b[2Kdone"))
    assert texts(draw(frames(recording), 20, "x")) == [["waiting"], ["done"]]


def test_a_screen_that_is_drawn_in_two_pieces_is_shown_when_it_is_whole() -> None:
    assert texts(draw(frames(written((0, "ha"), (0.001, "lf"), (1, "!"))), 20, "x")) == [["half"], ["half!"]]


def test_a_colour_that_has_a_number_is_no_faint_text() -> None:
    (frame,) = frames(written((0, "\x1b[38;5;2mgreen")))
    assert frame.lines[0][0].style.colour == "00cd00"


def test_rows_below_those_that_are_wanted_are_left_out() -> None:
    (frame,) = frames(written((0, "one\r\ntwo\r\nthree")), rows=2)
    assert len(frame.lines) == 2


def test_each_screen_is_seen_as_long_as_it_was_there_and_the_last_one_stays() -> None:
    picture = draw(frames(written((2, "one"), (2.5, "\rtwo"), (4.5, "\rthree"))), 20, "x")
    whole = 2.5 + LAST_S
    assert f"{whole:.3f}s step-end infinite" in picture
    seen = f"{100 * 0.5 / whole:.3f}%{{visibility:visible}}{100 * 2.5 / whole:.3f}%{{visibility:hidden}}"
    assert f"@keyframes s1{{0%{{visibility:hidden}}{seen}}}" in picture
    assert "prefers-reduced-motion" in picture


def test_that_a_program_takes_its_time_to_start_is_not_shown_for_long() -> None:
    slow, quick = (draw(frames(written((0, "$ x"), (at, "\r\none"))), 20, "x") for at in (9, 1))
    assert slow == quick


def test_text_that_looks_like_markup_stays_text() -> None:
    assert texts(draw(frames(written((0, "<b> & ]]>"))), 20, "<x>")) == [["<b> & ]]>"]]


def test_the_same_recording_gives_the_same_picture() -> None:
    recording = written((0, "a\r\nb"), (1, "\r\nc"))
    assert draw(frames(recording), 20, "x") == draw(frames(recording), 20, "x")


@pytest.mark.parametrize("colour", [*COLOURS.values()])
def test_every_colour_can_be_read_on_the_background(colour: str) -> None:
    def light(told: str) -> float:
        parts = (int(told[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert (light(colour) + 0.05) / (light(BACKGROUND) + 0.05) >= 4.5  # WCAG 2, 1.4.3


def test_a_command_is_recorded_on_a_terminal_of_the_size_that_was_asked_for() -> None:
    script = "import os, sys; print(os.get_terminal_size(), sys.stdout.isatty()); sys.exit(3)"
    recording = record([sys.executable, "-c", script], os.environ, columns=91, rows=17)
    assert recording.text.strip() == "os.terminal_size(columns=91, lines=17) True"
    assert recording.exit_code == 3


def test_the_readme_shows_a_picture_and_says_in_words_what_is_on_it() -> None:
    assert SHOWN
    assert all(len(words.split()) >= 5 for words, _ in SHOWN)


@pytest.mark.parametrize("file", [file for _, file in SHOWN])
def test_a_picture_of_the_readme_is_there_small_and_well_formed(file: str) -> None:
    picture = ROOT / file
    assert picture.stat().st_size < 200_000
    if picture.suffix == ".svg":
        assert parsed(picture.read_text()).tag == f"{SVG}svg"
        assert any("8 of 8 steps" in line for line in texts(picture.read_text())[-1])


def test_a_picture_that_is_kept_is_shown() -> None:
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "pictures").iterdir()}
    assert kept == {file for _, file in SHOWN}
