"""Heads of tickets: their fields, their keys, and lines that only look like them."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.blocks import BlockKind
from creatorflow_orchestrator.core.reading.structure import blocks
from creatorflow_orchestrator.core.reading.tickets import is_head_line, key_length


def kinds(text: str) -> list[str]:
    return [block.kind.value for block in blocks(text)]


@pytest.mark.parametrize(
    "line",
    [
        "CF-88 · Bug · P2",
        "CF-88",
        "Bug | P1 | open",
        "[CF-88]",
        "Jira CF-77",
        "Status: draft · Owner: Kim",
        "opened by kim 3 days ago",
    ],
)
def test_a_line_of_keys_types_and_states_is_the_head_of_a_ticket(line: str) -> None:
    assert is_head_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "P0 - checkout down",
        "labels, stock, returns",
        "change orders, then stock",
        "Bug in the label printer",
        "open orders - closed orders - refunds",
    ],
)
def test_a_line_that_says_something_is_none(line: str) -> None:
    assert not is_head_line(line)


@pytest.mark.parametrize(
    "line", ["Priority: P1", "Assignee: unassigned", "Owner: platform team", "OS: macOS", "Status: In Progress"]
)
def test_a_field_is_one_wherever_it_stands(line: str) -> None:
    assert kinds(f"Labels print twice.\n\n{line}") == ["paragraph", "field"]


def test_a_name_that_requests_use_too_is_a_field_only_in_a_head() -> None:
    assert kinds("Labels: print at payment") == ["paragraph"]
    assert kinds("Priority: P1\nLabels: printing") == ["field", "field"]


def test_the_summary_in_a_head_is_read() -> None:
    text = "Priority: P1\nSummary: Labels print twice\nSprint: 4"
    assert [text[block.start : block.end] for block in blocks(text) if block.kind is BlockKind.PARAGRAPH] == [
        "Labels print twice"
    ]


@pytest.mark.parametrize(
    ("title", "key"),
    [("CF-88: Stock", "CF-88: "), ("[BUG] Stock", "[BUG] "), ("#45 Stock", "#45 "), ("Stock CF-88", "")],
)
def test_the_key_before_a_title_is_told_apart(title: str, key: str) -> None:
    assert title[: key_length(title)] == key
