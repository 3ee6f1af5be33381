from creatorflow.cli.views.plan_document.page_budget import BUDGET, COLUMNS, Part, fitted, height
from hypothesis import given
from hypothesis import strategies as st


def lines(number: int) -> tuple[str, ...]:
    return tuple(f"- {at}" for at in range(number))


def test_a_document_has_five_pages_of_fifty_lines() -> None:
    assert BUDGET == 250 and COLUMNS == 120


def test_a_long_line_counts_as_the_lines_that_it_takes_on_a_page() -> None:
    assert height(["", "x" * 120, "x" * 121, "a\nb"]) == 1 + 1 + 2 + 2


def test_the_address_of_a_link_takes_no_room() -> None:
    assert height([f"{'x' * 100} [Full text](specialists/{'y' * 60}.md)"]) == 1


def test_parts_that_fit_are_written_whole() -> None:
    assert fitted([Part(("## A", ""), lines(3)), Part(("## B", ""), lines(1))], 20).splitlines() == [
        *("## A", "", "- 0", "- 1", "- 2", "", "## B", "", "- 0")
    ]


def test_a_part_that_does_not_fit_counts_what_it_leaves_out_and_says_where_it_is() -> None:
    text = fitted([Part(("## A", ""), lines(30), where="`result.json`")], 10)
    assert text.splitlines() == ["## A", "", *lines(5), "", "_And 25 more: `result.json`._"]


def test_a_short_part_is_whole_and_a_long_one_takes_what_is_left() -> None:
    text = fitted([Part(("## A", ""), lines(90)), Part(("## B", ""), lines(3))], 30)
    assert "- 2\n" in text.split("## B")[1] and "_And 71 more" in text.split("## B")[0]


def test_a_fixed_part_is_written_whole_before_the_others_share() -> None:
    text = fitted([Part(("## A", ""), lines(90)), Part(("## B", ""), lines(30), fixed=True)], 45)
    assert text.count("- 29") == 1 and "_And 83 more" in text


def test_a_heavier_part_gets_more_of_the_lines() -> None:
    text = fitted([Part(("## A", ""), lines(90), weight=3), Part(("## B", ""), lines(90))], 60)
    heavy, light = (part.count("\n- ") for part in text.split("## B"))
    assert heavy > 2 * light > 0


def test_entries_that_do_not_fit_are_shortened_before_any_is_left_out() -> None:
    text = fitted([Part(("## A", ""), ("long\nlong\nlong",) * 5, short=("short",) * 5)], 9)
    assert text.count("short") == 5 and "more" not in text


def test_entries_beyond_the_part_are_counted_too() -> None:
    assert "_And 9 more" in fitted([Part(("## A", ""), lines(2), beyond=9)], 20)
    assert "_And 17 more" in fitted([Part(("## A", ""), lines(12), beyond=9)], 9)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 200), st.integers(1, 4)), max_size=16))
def test_whatever_the_parts_the_document_keeps_its_budget(sizes: list[tuple[int, int, int]]) -> None:
    parts = [Part(("## T", ""), ("x" * width,) * number, weight=weight) for number, width, weight in sizes]
    assert height(fitted(parts).splitlines()) <= BUDGET
