"""Properties of the facts that are read from any text."""

from __future__ import annotations

from itertools import pairwise

from creatorflow_orchestrator.core.reading.facts import find_facts
from creatorflow_orchestrator.core.request import Fact, FactKind
from creatorflow_orchestrator.translate.knowledge import name_index
from hypothesis import example, given
from hypothesis import strategies as st

_WRITTEN = """
    1 2.5 1,000 3-5 12:30 2027-05-01 1.5.2027 half a an the third quarter dozen hundred two twenty- five of
    and to or between from under at least most more than before until by within up no never not usually peak
    p95 ms s minutes hours day days week month orders labels % x times $ € £ EUR 12 USD cents each free first
    plan Basic Team DHL MySQL 8 Go UPS `a_b` order_lines May March 31 January noon past o'clock pm every once
    twice hourly double load . , ; : - – / ( ) + 4x6 inch é İ ’s 's ½
    """
WORDS = _WRITTEN.split()
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=20).map("".join),
    st.text(max_size=200),
)


def read(text: str, spans: list[tuple[int, int]] | None = None) -> tuple[Fact, ...]:
    return find_facts(text, spans, name_index())


@given(TEXTS)
def test_a_fact_is_its_place_in_the_text_verbatim(text: str) -> None:
    for fact in read(text):
        assert 0 <= fact.start < fact.end <= len(text)
        assert text[fact.start : fact.end] == fact.text


@given(TEXTS)
def test_facts_are_in_the_order_of_the_text(text: str) -> None:
    places = [(fact.start, fact.end) for fact in read(text)]
    assert places == sorted(places)


@given(TEXTS)
@example("5 kg at most 3 days")
def test_no_facts_share_characters_except_a_figure_and_a_name_in_it(text: str) -> None:
    found = read(text)
    for group in (
        [fact for fact in found if fact.kind is FactKind.NAME],
        [fact for fact in found if fact.kind is not FactKind.NAME],
    ):
        assert all(before.end <= after.start for before, after in pairwise(group))


@given(TEXTS)
def test_every_figure_has_a_value_and_a_comparison_and_every_name_a_name(text: str) -> None:
    for fact in read(text):
        if fact.kind is FactKind.QUANTITY:
            assert fact.value is not None and fact.value >= 0 and fact.comparison is not None
        else:
            assert fact.value is None and fact.name


@given(TEXTS, TEXTS)
def test_what_is_outside_the_spans_changes_nothing(before: str, text: str) -> None:
    shifted = read(before + text, [(len(before), len(before) + len(text))])
    assert [fact.text for fact in shifted] == [fact.text for fact in read(text)]
