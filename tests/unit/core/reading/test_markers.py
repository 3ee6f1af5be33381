"""Markers of list items, and words that only look like them."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.lines import split_lines
from creatorflow_orchestrator.core.reading.markers import find_markers, marker_at


def items(text: str, *, hashes: bool = False) -> list[str]:
    """Return the contents of the lines that are items, without their markers."""
    lines, _ = split_lines(text, 100)
    markers = find_markers(lines, (), hashes=hashes)
    return [lines[position].content[marker.length :] for position, marker in markers.items()]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "- a\n- b",
            "* a\n+ b",
            "• a\n• b",
            "– a\n— b",
            "1. a\n2. b",
            "1) a\n2) b",
            "(1) a\n(2) b",
            "a) a\nb) b",
            "(a) a\n(b) b",
        ),
        *(
            "i) a\nii) b",
            "2.1 a\n2.2 b",
            "2.1. a\n2.2. b",
            "1 - a\n2 - b",
            "1: a\n2: b",
            "1/ a\n2/ b",
            "AC1 a\nAC2 b",
            "§1 a\n§2 b",
        ),
        *(
            "R-01: a\nR-02: b",
            "#1 a\n#2 b",
            "Step 1: a\nStep 2: b",
            "☑ a\n☐ b",
            "[x] a\n[ ] b",
            "- [x] a\n- [ ] b",
            "** a\n** b",
        ),
        *("-a\n-b", "1️⃣ a\n2️⃣ b", "- 1. a\n- 2. b", "1 a\n2 b", "A. a\nB. b", "I. a\nII. b", "→ a\n→ b"),
    ],
)
def test_the_content_of_an_item_is_what_stands_behind_its_marker(text: str) -> None:
    assert items(text) == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2.5 seconds is too slow",
            "A. Smith asks for labels",
            "-labels",
            "*labels*\n*stock*",
            "20 labels a day\n3 channels",
        ),
        *(
            "12 March 09:14 alerts\n13 March 10:00 fixed",
            "T-10 min: backup\nT+5 min: switch",
            "B2 boxes only",
            "**bold** words",
            "99.9 % uptime",
        ),
    ],
)
def test_a_form_that_prose_has_too_counts_only_beside_its_neighbour(text: str) -> None:
    assert items(text) == []


def test_the_state_of_a_box_is_told() -> None:
    marks = ("- [x] a", "- [ ] a", "- a", "✅ a", "☐ a", "- ✅ a", "- [done] a", "- [open] a")
    assert [marker.checked for mark in marks if (marker := marker_at(mark))] == [
        True,
        False,
        None,
        True,
        False,
        True,
        True,
        False,
    ]


def test_a_hash_is_an_item_only_where_lists_are_counted_so() -> None:
    assert (items("# a\n# b"), items("# a\n# b", hashes=True)) == ([], ["a", "b"])
