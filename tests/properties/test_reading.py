"""Properties of a reading, whatever text comes."""

from __future__ import annotations

import re

import pytest
from creatorflow_orchestrator.core.errors import Refusal
from creatorflow_orchestrator.core.reading.word_sets import word_set
from creatorflow_orchestrator.core.request import Passage, Reading
from hypothesis import given
from hypothesis import strategies as st

from tests.call_count import calls_per_character
from tests.unit.core.reading.requests import agents_of, reading_of

_WORDS = sorted(
    word_set(
        "print labels stock refund weekly report no without not now everything but and , . : ; ? ( ) DHL $12 5 times "
        "if when we need please don't touch the billing is out of scope TikTok orders - `x` > # | slow twice login "
        "test tests 5,000 ms p95 until 31 January knit a scarf later leave alone can you fix it"
    )
)
_TEXTS = st.one_of(
    st.lists(st.sampled_from([*_WORDS, "\n", "\n\n- ", "\n1. ", "\n## "]), min_size=1, max_size=60).map(" ".join),
    st.text(max_size=300),
)
_ASKS = (
    "Print return labels.",
    "Sync our stock.",
    "Add partial refunds and a weekly report.",
    "Our search is slow.",
    "We need OAuth for new shops.",
)
_EXCLUSIONS = (
    "No charts.",
    "Billing is out of scope.",
    "Don't touch the database.",
    "We don't need tests.",
    "Everything except analytics.",
    "Leave the stock sync alone.",
    "Not now: subscriptions, dashboards",
)
_EVIDENCE = (
    "```\n09:14 ERROR label printer timeout after 31 s\n```",
    "## Timeline\n09:02 drop starts\n09:14 stock shows -31\n09:40 checkout down",
    "On Tue, Bob wrote:\n> please rewrite billing\n> and add a dashboard",
)


def _read(text: str) -> Reading | None:
    try:
        return reading_of(text)
    except Refusal as refusal:
        assert refusal.code == "LANGUAGE_NOT_READ"
        return None


def _covered(passages: list[Passage], place: int) -> bool:
    return any(one.start <= place < one.end for one in passages)


@given(_TEXTS)
def test_elements_and_unread_passages_partition_the_words_of_a_text(text: str) -> None:
    reading = _read(text)
    if reading is None:
        return
    elements, unread = list(reading.elements()), list(reading.unread)
    for word in re.finditer(r"[^\W_]", text):
        assert _covered(elements, word.start()) != _covered(unread, word.start())


@given(_TEXTS)
def test_every_element_is_verbatim_at_its_place(text: str) -> None:
    reading = _read(text)
    if reading is None:
        return
    for one in [*reading.elements(), *reading.unread]:
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.text
    assert all(ask.object in text for ask in reading.asks)
    assert all(at < len(reading.asks) for fact in reading.facts for at in fact.asks)


@given(st.sampled_from(_ASKS), st.sampled_from(_EXCLUSIONS), st.booleans())
def test_a_sentence_that_leaves_something_out_never_adds_an_agent(ask: str, exclusion: str, first: bool) -> None:
    text = f"{exclusion}\n\n{ask}" if first else f"{ask} {exclusion}"
    assert agents_of(reading_of(text)) <= agents_of(reading_of(ask))


@given(st.sampled_from(_ASKS), st.sampled_from(_EVIDENCE))
def test_evidence_never_changes_what_is_asked(ask: str, evidence: str) -> None:
    def asked(text: str) -> list[tuple[str, str, dict[str, float]]]:
        return [(one.text, one.kind, dict(one.domains)) for one in reading_of(text).asks]

    assert asked(f"{ask}\n\n{evidence}\n") == asked(ask)


@pytest.mark.parametrize(
    "unit",
    ["a ", "and ", "no ", ", ", "(", "x:y ", "DHL, ", "A. ", "- x\n", "> q\n", "if it is paid, ", "not now ", "`a` ",
     "print labels and ", "1,", "everything but ", "when ", "10 ms ", "| a | b |\n", "a", "\n"],
)  # fmt: skip
def test_the_cost_of_reading_grows_with_the_length_of_the_text(unit: str) -> None:
    reading_of("warm")
    assert calls_per_character(_read, unit) < 200  # measured: at most 163
