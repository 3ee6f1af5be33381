"""Whatever text comes, its blocks are exact, in order and apart, and no word is between them but markers and fences."""

from __future__ import annotations

import re

import pytest
from creatorflow_orchestrator.core.reading.blocks import Block, BlockKind
from creatorflow_orchestrator.core.reading.structure import blocks
from hypothesis import given
from hypothesis import strategies as st

from tests.call_count import calls

PIECES = (
    *(
        "- ",
        "* ",
        "1. ",
        "2. ",
        "a) ",
        "(b) ",
        "2.1 ",
        "• ",
        "– ",
        "> ",
        ">> ",
        "# ",
        "## ",
        "AC1 ",
        "CF-88 ",
        "[x] ",
        "☑ ",
    ),
    *(
        "Goals",
        "Non-goals",
        "Out of scope: ",
        "Steps: ",
        "Expected: ",
        "Priority: P1",
        "Subject: Fwd: ",
        "From: kim@x.example",
    ),
    *("On Tue, 3 March, Kim wrote:", "-- ", "Best regards,", "Hi team,", "Sent from my iPhone", "09:14 ", "10:02 - "),
    *(
        "```sql",
        "```",
        "~~~",
        "SELECT * FROM orders",
        "WHERE id = 1;",
        "<b onClick={x}>",
        "</b>",
        '{"a": 1',
        "}",
        "| a | b |",
    ),
    *("|---|---|", "a,b,c", "x\ty", "h2. ", "---", "===", "**Goals**", "ERROR [x] y", "def f():", "    return 1"),
    *(
        "labels print twice",
        "We need: ",
        "Please fix it. ",
        "Ünïcode Ω",
        "\0",
        " ",
        "\t",
        "    ",
        ": ",
        "; ",
        ".",
        "`",
        "[",
        "{",
    ),
)
LINES = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
BREAKS = st.sampled_from(("\n", "\n\n", "\r\n", "\r", "\n\n\n"))
DOCUMENTS = st.lists(st.tuples(LINES, BREAKS), max_size=25).map(lambda parts: "".join(map("".join, parts)))
NAMED = r"(?:step|item|task|point|goal|story|question)\s*#?\d+"
ORDINAL = rf"(?:\d{{1,5}}(?:\.\d{{1,2}}){{0,3}}|[a-z]|[ivx]{{1,4}}|[a-z]{{1,5}}[- ]?\d{{1,5}}(?:\.\d{{1,2}})?|{NAMED})"
BOX = r"(?:x|done|open|to ?do|wip|closed|ab)"
MARKERS = re.compile(rf"[\W_]*(?:(?:{ORDINAL}|{BOX}|h[1-6])[\W_]*){{0,13}}", re.IGNORECASE)
FENCE = re.compile(r"[\s>\0]*(?:`{3,}|~{3,})")


def gaps(text: str, found: tuple[Block, ...]) -> list[str]:
    """Return what is between the blocks of a text, before the first and behind the last."""
    edges = [0, *(edge for block in found for edge in (block.start, block.end)), len(text)]
    return [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def is_markup(gap: str) -> bool:
    lines = re.split(r"\r\n?|\n", gap)
    return all(FENCE.match(line) or MARKERS.fullmatch(line) for line in lines)


@given(st.one_of(DOCUMENTS, st.text(max_size=400)))
def test_blocks_are_in_order_apart_and_without_blanks_at_their_edges(text: str) -> None:
    end = 0
    for block in blocks(text):
        assert end <= block.start < block.end <= len(text)
        assert text[block.start : block.end] == text[block.start : block.end].strip()
        assert block.kind is not BlockKind.FIELD or block.start <= block.value_start <= block.end
        end = block.end


@given(st.one_of(DOCUMENTS, st.text(max_size=400)))
def test_no_word_is_lost_between_the_blocks(text: str) -> None:
    assert [gap for gap in gaps(text, blocks(text)) if not is_markup(gap)] == []


@given(DOCUMENTS)
def test_the_ends_of_lines_do_not_change_what_is_found(text: str) -> None:
    plain = re.sub(r"\r\n?", "\n", text)
    windows = plain.replace("\n", "\r\n")
    found = [
        [(block.kind, block.section, source[block.start : block.end].split()) for block in blocks(source)]
        for source in (plain, windows)
    ]
    assert found[0] == found[1]


@given(DOCUMENTS, st.sampled_from(("\n", "\n\n\n", " \n")))
def test_blank_lines_around_a_text_move_its_blocks_and_change_nothing(text: str, blank: str) -> None:
    moved = [
        (block.kind, block.section, block.start - len(blank), block.end - len(blank))
        for block in blocks(blank + text + blank)
    ]
    assert moved == [(block.kind, block.section, block.start, block.end) for block in blocks(text)]


@pytest.mark.parametrize(
    "shape",
    [
        *(
            "a\n",
            "- a\n",
            "1. a\n",
            "> a\nb\n",
            "# a\n",
            "```a\n\n",
            "{\n\n",
            "[\n",
            "a:\n",
            "Status: a\n",
            "def a(\n\n\n",
            "a,b\nc,d,e\n",
        ),
        *(
            "09:14 a\n",
            "On Tue 3\n",
            "From: a\nSent: b\nTo: c\n",
            "--\na\n",
            "2.1 Title\n",
            "3 Title\n",
            "SELECT a\n",
            "<a\n",
            "- a\nb\n",
        ),
        *(
            "Thanks\n",
            "GOALS\na\n",
            "a\n===\n\n",
            "we need:\na\nb\n\n",
            "a  b\na  b  c\n",
            "AC-1 a\n",
            "ERROR [x] y\n",
            "Summary: a\n",
        ),
    ],
)
def test_twice_the_lines_cost_at_most_little_more_than_twice_the_calls(shape: str) -> None:
    assert calls(lambda: blocks(shape * 400)) < 2.6 * calls(lambda: blocks(shape * 200))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 65536,
        ">" * 65536,
        "`" * 65536,
        "- " * 32768,
        "1. 2. " * 10922,
        "\0" * 65536,
        "a" * 65536,
        "a  " * 21845,
        "\n" * 65536,
        "- a\n" * 16384,
        "1. a 2. b 3. c 4. d\n" * 3276,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_sixty_four_kibibytes_of_any_shape_cost_few_calls(text: str) -> None:
    assert calls(lambda: blocks(text)) < 1_400_000


def test_what_follows_the_lines_with_structure_is_one_block() -> None:
    text = "- a\n" * 16384
    assert len(blocks(text)) == 2001
    assert blocks(text)[-1].kind is BlockKind.PARAGRAPH
    log = "ERROR [worker] died\n" * 3000
    assert [block.kind for block in blocks(log)] == [BlockKind.CODE] * 2
