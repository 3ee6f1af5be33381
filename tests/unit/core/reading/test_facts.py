"""Facts that a text states: figures, named things, dates, times of day."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from creatorflow_orchestrator.core.reading.facts import MOST_FACTS, find_facts
from creatorflow_orchestrator.core.request import Fact, FactKind
from creatorflow_orchestrator.translate.knowledge import name_index

from tests.call_count import calls_per_character

from .fact_probes import Probe, load_probes, matched

PROBES = load_probes()


def read(text: str, spans: Sequence[tuple[int, int]] | None = None) -> tuple[Fact, ...]:
    return find_facts(text, spans, name_index())


def figures(text: str) -> list[tuple[str, float | None, str, str]]:
    return [(fact.text, fact.value, fact.unit, fact.role) for fact in read(text) if fact.kind is FactKind.QUANTITY]


@pytest.mark.parametrize("probe", [probe for probe in PROBES if not probe.held_back], ids=lambda probe: probe.text[:60])
def test_a_text_states_its_labelled_facts_and_no_others(probe: Probe) -> None:
    found = read(probe.text)
    assert (matched(probe.facts, found), len(found)) == (len(probe.facts), len(probe.facts)), found


@pytest.mark.parametrize(("part", "held_back"), [("tuned by", False), ("held back", True)])
def test_precision_and_recall_of_labelled_texts_are_at_least_095(
    part: str, held_back: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    probes = [probe for probe in PROBES if probe.held_back is held_back]
    read_facts = [read(probe.text) for probe in probes]
    right = sum(matched(probe.facts, found) for probe, found in zip(probes, read_facts, strict=True))
    precision = right / sum(map(len, read_facts))
    recall = right / sum(len(probe.facts) for probe in probes)
    with capsys.disabled():
        print(f"\nfacts, {part}: {len(probes)} texts, precision {precision:.3f}, recall {recall:.3f}")
    assert min(precision, recall) >= 0.95


def test_at_least_120_texts_are_labelled_and_a_third_is_held_back() -> None:
    held_back = sum(probe.held_back for probe in PROBES)
    assert len(PROBES) >= 120
    assert 0.25 < held_back / len(PROBES) < 0.4


def test_a_range_gives_two_bounds_that_share_no_character() -> None:
    assert [(fact.text, fact.comparison, fact.value) for fact in read("between 2 and 4 carriers")] == [
        ("between 2", ">=", 2),
        ("4 carriers", "<=", 4),
    ]


def test_the_words_that_bind_a_figure_a_date_or_a_time_are_in_its_text() -> None:
    texts = [fact.text for fact in read("under 350 ms by 1 May, delivered before noon, 10 or more shops")]
    assert texts == ["under 350 ms", "by 1 May", "before noon", "10 or more shops"]


def test_only_the_given_spans_are_read() -> None:
    text = "take 5 orders; LIMIT 50 rows; within 2 days"
    spans = [(0, 13), (text.index("within"), len(text))]
    assert [fact.text for fact in read(text, spans)] == ["5 orders", "within 2 days"]


def test_nothing_reaches_across_spans_empty_lines_and_list_items() -> None:
    assert [(fact.text, fact.subject) for fact in read("uptime\n\n99.9 %\n- latency\n- 2 s")] == [
        ("99.9 %", ""),
        ("2 s", ""),
    ]
    assert [fact.text for fact in read("5 kg", [(0, 2), (2, 4)])] == []


def test_a_name_inside_a_figure_is_read_too() -> None:
    assert [fact.text for fact in read("connect 3 Shopify shops")] == ["3 Shopify shops", "Shopify"]


def test_cents_are_of_the_currency_of_the_text() -> None:
    assert figures("€9 a month, 4 ct a label")[1][1:3] == (0.04, "EUR/label")
    assert figures("£9 a month, 4p a label")[1][1:3] == (0.04, "GBP/label")
    assert figures("4 cents a label")[0][1:3] == (0.04, "USD/label")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,000.50 EUR", 1000.5),
        ("1.000,50 EUR", 1000.5),
        ("1.500 EUR", 1500),
        ("$1.500", 1.5),
        ("1.500 orders", 1500),
        ("0.125 kg", 0.125),
        ("1 250 000 rows", 1_250_000),
        ("1'200 CHF", 1200),
        ("1,5 s", 1.5),
        ("1.234.567 rows", 1_234_567),
        ("½ hour", 30),
        ("2½ hours", 2.5),
    ],
)
def test_marks_in_a_number_are_read_by_what_is_around_them(text: str, value: float) -> None:
    assert [fact.value for fact in read(text)] == [value]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Bill sellers 3.5 cents each after 250 labels.", "included"),
        ("Bill sellers 3.5 cents per label above 250 labels.", "included"),
        ("After 250 labels, 3.5 cents each.", "included"),
        ("Warn sellers after 250 labels.", ""),
        ("A plan of 12 USD a month for shops over 250 labels.", ""),
    ],
)
def test_what_comes_before_the_price_of_each_further_one_is_included(text: str, role: str) -> None:
    assert [fact.role for fact in read(text) if fact.value == 250] == [role]


def test_what_is_free_is_included_and_each_stands_for_it() -> None:
    assert figures("first 250 labels free, then 3.5 cents each") == [
        ("250 labels", 250, "labels", "included"),
        ("3.5 cents each", 0.035, "USD/label", ""),
    ]


def test_a_number_alone_has_the_unit_of_the_figure_before_it() -> None:
    assert figures("Usually 400 orders an hour, at the peak 7,500")[1] == ("7,500", 7500, "orders/hour", "peak")


def test_facts_beyond_those_that_a_message_can_carry_are_not_read() -> None:
    assert len(read("5 kg for DHL, " * MOST_FACTS)) == MOST_FACTS


PIECES = [
    "1", "1 ", "1-", "1,", "1,111 ", "9 a ", "$", "10 orders ", "under ", "1.1.", "5-5-", "one ", "half ", "twenty-",
    "a quarter ", "1 and ", "1/", "between 1 ", "$1 ", "Foo ", "`a` ", "a_b ", "DHL ", "May ", "five hundred and ",
    "usually 1 ", "1 a day ", "EUR ", "Team $1 ", "from 1 to ", "Go ", " ", "\n", "a ", "zero ", "1 in ", "İ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_the_cost_of_reading_facts_grows_with_the_length_of_the_text(piece: str) -> None:
    assert calls_per_character(read, piece) < 75  # measured: at most 66


ALONE: list[tuple[str, Callable[[Fact], bool]]] = [
    ("CF-88, #4711, PR 12, section 4, OAuth 2.0, +49 30 1234567, 24-hour format", lambda fact: fact.value is not None),
    ("Returns are possible until 31 January", lambda fact: fact.kind is FactKind.QUANTITY),
]


@pytest.mark.parametrize(("text", "wrong"), ALONE)
def test_dates_versions_and_numbers_of_things_are_no_figures(text: str, wrong: Callable[[Fact], bool]) -> None:
    assert [fact for fact in read(text) if wrong(fact)] == []
