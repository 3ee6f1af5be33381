"""Greetings, closing formulas and signatures, and sentences that begin like them."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.mail import closes, greeting
from creatorflow_orchestrator.core.reading.structure import blocks


@pytest.mark.parametrize(
    "line", ["Hi team,", "Hello", "Dear Sir or Madam,", "Good morning all", "Hey folks!", "Team,", "Hi,"]
)
def test_a_greeting_greets_to_its_end(line: str) -> None:
    assert greeting(line) == len(line)


def test_a_greeting_before_a_sentence_ends_where_the_sentence_begins() -> None:
    text = "Hi Kim, we need labels."
    assert text[greeting(text) :] == "we need labels."


@pytest.mark.parametrize(
    "line", ["All orders need labels", "Team roles, please", "High load is a problem", "Hi we need labels"]
)
def test_a_sentence_that_begins_like_a_greeting_is_none(line: str) -> None:
    assert greeting(line) == 0


@pytest.mark.parametrize(
    "line",
    [
        "Best regards, Kim",
        "Thanks in advance!",
        "Many thanks",
        "Cheers, Jo",
        "Sent from my iPhone",
        "Viele Grüße",
        "thx",
        "BR",
    ],
)
def test_a_closing_formula_closes(line: str) -> None:
    assert closes(line)


@pytest.mark.parametrize(
    "line",
    ["Thanks for the labels, now we need returns", "Best carrier wins", "Cheers every order", "Regards orders as paid"],
)
def test_a_sentence_that_begins_like_a_closing_formula_does_not(line: str) -> None:
    assert not closes(line)


def test_what_follows_a_postscript_is_read() -> None:
    assert [block.kind.value for block in blocks("Labels.\n\nThanks,\nKim\n\nPS: and returns")] == [
        "paragraph",
        "signature",
        "paragraph",
    ]


def test_a_signature_ends_before_a_sentence() -> None:
    text = "Hi,\nlabels please.\n\nThanks\n\nWe also need returns: a portal, a label and a refund for each of them."
    assert [block.kind.value for block in blocks(text)] == ["greeting", "paragraph", "signature", "paragraph"]
