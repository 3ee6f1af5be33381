"""What of a text no element covers."""

from __future__ import annotations

from creatorflow_orchestrator.core.reading.coverage import gaps, unread
from creatorflow_orchestrator.core.request import Passage


def test_what_no_element_covers_is_unread_without_the_marks_at_its_edges() -> None:
    text = "Print labels, and then - nothing."
    assert [one.text for one in unread(text, [Passage(0, 12, "Print labels")])] == ["and then - nothing"]


def test_elements_may_overlap() -> None:
    assert gaps("one two three", [Passage(0, 7, "one two"), Passage(4, 13, "two three")]) == []


def test_marks_alone_are_no_gap() -> None:
    assert gaps("a ... b", [Passage(0, 1, "a"), Passage(6, 7, "b")]) == []
