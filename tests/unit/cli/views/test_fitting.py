import pytest
from creatorflow.cli.views.fitting import joined, sentences, spread
from hypothesis import given
from hypothesis import strategies as st


def test_parts_that_fit_are_joined_whole() -> None:
    assert joined(["a", "b"], 10, "Reading") == "a; b"


def test_parts_that_do_not_fit_are_counted_with_the_section_that_has_them() -> None:
    assert joined(["x" * 30] * 9, 80, "Reading") == f"{'x' * 30}; and 8 more (Reading)"


def test_long_parts_are_cut_before_any_is_left_out() -> None:
    text = joined(["x" * 300, "second"], 160, "Reading")
    assert text.endswith("…; second")


def test_no_part_is_an_empty_line() -> None:
    assert joined([], 80, "Reading") == ""


@given(
    st.lists(st.text(st.characters(codec="ascii", categories=["L"]), max_size=400), max_size=200), st.integers(60, 200)
)
def test_joined_parts_are_never_wider_than_the_line_and_none_is_lost(parts: list[str], width: int) -> None:
    text = joined(parts, width, "Reading")
    assert len(text) <= width
    counted = int(text.rpartition("; and ")[2].split()[0]) if text.endswith(" more (Reading)") else 0
    assert len(parts) - counted >= min(1, len(parts))
    assert counted or text == "; ".join(parts) or "…" in text


def test_parts_are_spread_over_lines_and_the_last_line_counts_the_others() -> None:
    assert spread(["aaaa", "bbbb", "cccc"], 10, 5, "Reading") == ["aaaa; bbbb", "cccc"]
    assert spread(["a" * 30] * 6, 60, 2, "Reading") == ["a" * 30, f"{'a' * 30}; and 4 more (Reading)"]
    assert spread([], 10, 5, "Reading") == []


@pytest.mark.parametrize(
    ("text", "width", "line"),
    [
        ("One. Two.", 20, "One. Two."),
        ("First sentence. Second sentence.", 24, "First sentence. …"),
        ("A. Then a very long second one", 20, "A. Then a very long…"),
        ("two\n lines", 20, "two lines"),
        ("Costs 3.5 cents each and more", 14, "Costs 3.5 cen…"),
    ],
)
def test_a_text_is_cut_after_a_sentence_or_else_within_one(text: str, width: int, line: str) -> None:
    assert sentences(text, width) == line
