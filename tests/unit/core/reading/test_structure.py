"""Blocks of texts as people paste them: their kinds, sections and exact places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from creatorflow_orchestrator.core.reading.blocks import Block, BlockKind, Section
from creatorflow_orchestrator.core.reading.structure import blocks

ROOT = Path(__file__).resolve().parents[4]
EXAMPLES = ROOT / "ops/examples"
DOCUMENTS = sorted((ROOT / "tests/golden/structure").glob("*.txt"))
"""Each document stands between "@@@ title" and "@@@"; below are its blocks: kind, section, what else, and the text."""


def documents() -> Iterator[tuple[str, str, list[str]]]:
    """Yield the title, the text and the blocks of every document."""
    for file in DOCUMENTS:
        for part in file.read_text().removeprefix("@@@ ").split("\n@@@ "):
            title, _, rest = part.partition("\n")
            text, _, outline = rest.partition("\n@@@\n")
            yield f"{file.stem}: {title}", text, outline.strip("\n").split("\n")


def shown(block: Block, text: str) -> str:
    """Return a block as it stands below a document."""
    more = [f"depth={block.depth}"] if block.depth else []
    more += [] if block.checked is None else ["ticked" if block.checked else "unticked"]
    more += [block.language] if block.language else []
    more += ["continues"] if block.continues else []
    value = block.value_start - block.start
    more += [f"value={value}"] if block.kind is BlockKind.FIELD and value else []
    content = text[block.start : block.end].replace("\n", "⏎").replace("\t", "⇥")
    return " ".join([block.kind.value, block.section.value, *more, "|", content])


@pytest.mark.parametrize(("text", "outline"), [pytest.param(*rest, id=title) for title, *rest in documents()])
def test_a_document_as_people_paste_it_has_these_blocks(text: str, outline: list[str]) -> None:
    assert [shown(block, text) for block in blocks(text)] == outline


def found(text: str) -> list[tuple[str, str, str]]:
    """Return the blocks of a text as kind, section and the characters at its place."""
    return [(block.kind.value, block.section.value, text[block.start : block.end]) for block in blocks(text)]


@pytest.mark.parametrize(("example", "items"), [("order-management.txt", 5), ("viral-spike.txt", 4)])
def test_an_example_is_a_lead_in_and_its_items(example: str, items: int) -> None:
    text = (EXAMPLES / example).read_text()
    assert [(block.kind, block.section) for block in blocks(text)] == [
        (BlockKind.LEAD_IN, Section.NONE),
        *[(BlockKind.ITEM, Section.NONE)] * items,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Just the packing slips please. No charts, no screens and no test plan.",
        "Everything but subscriptions: order import from TikTok, stock, labels, weekly report.",
        "This is no performance topic: why do two pickers get the same order?",
        "Plans: Basic $12, Team $48, first 250 labels free, then 3.5 cents each; the shop is locked.",
        "Don't touch billing: it is Chargebee's.",
        "Without downtime: move order_lines.id to bigint",
        "Except for subscriptions: everything.",
        "2.5 seconds is too slow. Make it 300 ms.",
        "9:00 cut-off DPD, 15:30 cut-off GLS",
        "> 350 ms at p95 is too slow",
        "Update our documentation and set the price to $12.",
        "Etiketten drucken, sobald bezahlt ist",
        "实现部分退款",
    ],
)
def test_prose_without_structure_is_one_paragraph(text: str) -> None:
    assert found(text) == [("paragraph", "none", text)]


def test_paragraphs_between_blank_lines_are_blocks_of_their_own() -> None:
    first, second = "We sell mugs on TikTok and Etsy.", "Please build one stock for both of these channels."
    assert found(f"{first}\n\n{second}") == [("paragraph", "none", first), ("paragraph", "none", second)]


def test_the_full_lines_of_a_wrapped_paragraph_are_one_block() -> None:
    text = "We sell mugs on TikTok and Etsy, and we keep the stock in one\nspreadsheet, updated by hand every\nevening."
    assert found(text) == [("paragraph", "none", text)]


def test_offsets_count_in_the_original_text_with_its_ends_of_lines_tabs_and_signs() -> None:
    text = "\ufeff\r\nWe need:\r\n\t- Etiketten für 📦\r\n\t- \0stock\r\n"
    assert found(text) == [
        ("heading", "goals", "We need:"),
        ("item", "goals", "Etiketten für 📦"),
        ("item", "goals", "stock"),
    ]


def test_nothing_and_blanks_have_no_blocks() -> None:
    assert [blocks(text) for text in ("", " \n\t\r\n", "---", "\0", "- \n* \n")] == [()] * 5


def test_a_sentence_that_goes_on_in_the_next_quoted_line_says_so() -> None:
    text = "> We need labels from DPD as soon as an order is paid by a buyer in\n> the EU."
    assert [block.continues for block in blocks(text)] == [False, True]


def test_a_ticked_box_is_checked_and_an_item_without_a_box_is_neither() -> None:
    assert [block.checked for block in blocks("- [x] a\n- [ ] b\n- c")] == [True, False, None]


def test_a_field_tells_where_its_value_starts() -> None:
    text = "Priority: P1\nAssignee: Kim"
    assert [text[block.value_start : block.end] for block in blocks(text)] == ["P1", "Kim"]


def test_a_heading_without_a_meaning_belongs_to_the_one_above_it_and_one_beside_it_does_not() -> None:
    text = "# Non-goals\n## Mobile\nAn app.\n# Import\nEvery minute."
    sections = {text[block.start : block.end]: block.section for block in blocks(text)}
    assert sections["An app."] is Section.NON_GOALS
    assert sections["Every minute."] is Section.NONE


def test_a_label_with_a_value_ends_at_a_blank_line() -> None:
    assert found("Out of scope: app\n\nLabels from DPD.")[-1] == ("paragraph", "none", "Labels from DPD.")


def test_a_label_with_a_list_holds_for_its_items_and_ends_behind_them() -> None:
    text = "Not now:\n- charts\n- app\n\nEverything else by 1 May."
    assert [section for _, section, _ in found(text)] == ["non_goals"] * 3 + ["none"]


def test_a_request_below_the_value_of_a_label_is_no_part_of_it() -> None:
    assert found("Actual: both get it\nfix it, and add a test")[-1] == ("paragraph", "none", "fix it, and add a test")


def test_a_timeline_of_plans_binds_and_one_of_clock_times_is_evidence() -> None:
    assert blocks("# Timeline\nBeta in April.")[0].section is Section.CONSTRAINTS
    assert blocks("# Timeline\n09:14 alerts\n09:20 bridge")[0].section is Section.EVIDENCE


def test_one_line_with_a_clock_time_is_no_timeline() -> None:
    assert found("15:30 is our cut-off") == [("paragraph", "none", "15:30 is our cut-off")]


def test_a_text_of_headings_alone_is_read_as_paragraphs() -> None:
    assert [kind for kind, _, _ in found("# Fix the label printer\n\n# Sync the stock")] == ["paragraph", "paragraph"]
    assert found("# Labels\n\nPrint them at payment.")[0][0] == "heading"


@pytest.mark.parametrize(
    "text", ["PRINT LABELS FOR DPD\n\nWe use Zebra.", "Build the labels for DPD\n---\nKim", "**Print labels**\n- DPD"]
)
def test_a_line_that_asks_is_no_heading_although_it_looks_like_one(text: str) -> None:
    assert found(text)[0][0] in ("paragraph", "lead_in")


def test_a_request_below_a_timeline_is_no_part_of_it() -> None:
    text = "## Timeline\n- 09:14 alerts\n- 09:20 bridge\n\nPlease find the cause."
    assert found(text)[-1] == ("paragraph", "none", "Please find the cause.")
