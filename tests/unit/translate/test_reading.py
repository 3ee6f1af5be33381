"""Readings on the wire."""

from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.request import (
    Ask,
    AskKind,
    Attachment,
    Context,
    ContextKind,
    Fact,
    FactKind,
    Passage,
    Reading,
)
from creatorflow_orchestrator.translate.reading import MAX_KEYS, MAX_TEXT, reading_data, to_wire
from creatorflow_orchestrator.translate.truncation import size_of


def _ask(start: int, text: str = "labels") -> Ask:
    return Ask(start, start + len(text), text, AskKind.BUILD, text, {"shipping": 4.0, "database": 2.0})


def test_a_reading_in_json_has_no_defaults() -> None:
    assert reading_data(Reading(asks=(_ask(0),))) == {
        "asks": [
            {
                "start": 0,
                "end": 6,
                "text": "labels",
                "kind": "build",
                "object": "labels",
                "domains": ["shipping", "database"],
            }
        ]
    }


def test_the_strongest_domain_stays_first() -> None:
    assert to_wire(Reading(asks=(_ask(0),))).asks[0].domains == ("shipping", "database")


def test_a_reading_with_thousands_of_elements_fits_a_message() -> None:
    facts = (Fact(at, at + 1, "7", FactKind.QUANTITY, "x", "<", 7.0, "ms", "peak", "", "", (0,)) for at in range(1000))
    context = (Context(at, at + 1, "x", ContextKind.EVIDENCE) for at in range(5000))
    unread = (Passage(at, at + 1, "y") for at in range(5000))
    asks = tuple(_ask(at) for at in range(200))
    sent = to_wire(Reading(asks=asks, facts=tuple(facts), context=tuple(context), unread=tuple(unread)))
    assert len(sent.asks) == 200 and not sent.context
    keys = size_of(sent.model_dump_json(exclude_defaults=True).encode()).keys
    assert keys <= MAX_KEYS + 10


def test_a_reading_of_very_long_texts_fits_a_message() -> None:
    text = "x" * 60_000
    sent = to_wire(
        Reading(asks=(_ask(0, text),), context=tuple(Context(0, 9, text, ContextKind.QUOTE) for _ in "12345"))
    )
    assert len(sent.model_dump_json()) < MAX_TEXT + 10_000 and sent.asks[0].text == text


def test_a_reading_that_is_cut_says_so_and_points_to_nothing_that_is_gone() -> None:
    asks = tuple(replace(_ask(at), attachments=(at,)) for at in range(600))
    attachments = tuple(Attachment(at, at + 1, "x", "sql") for at in range(600))
    sent = to_wire(Reading(asks=asks, attachments=attachments))
    kept = len(sent.attachments)
    assert (len(sent.asks), sent.omitted) == (600, 600 - kept) and 0 < kept < 600
    assert {position for ask in sent.asks for position in ask.attachments} == set(range(kept))
    assert to_wire(Reading(asks=asks[:2], attachments=attachments[:2])).omitted == 0
