"""The reader as a whole: kinds, objects, what was told, what nothing covers, and readers that are not ours."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.reading.reader import Reader, read, verbatim
from creatorflow_orchestrator.core.request import (
    Ask,
    AskKind,
    Attachment,
    Context,
    ContextKind,
    Exclusion,
    Fact,
    FactKind,
    Reading,
)

from tests.unit.core.reading.requests import CARDS, reading_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Build a returns portal", AskKind.BUILD),
        ("We need labels from DHL", AskKind.BUILD),
        ("Rename the order statuses", AskKind.CHANGE),
        ("Make the labels page readable", AskKind.CHANGE),
        ("Delete old orders", AskKind.CHANGE),
        ("Remove the refund button", AskKind.CHANGE),
        ("Drop the orders table", AskKind.CHANGE),
        ("Purge stale sessions", AskKind.CHANGE),
        ("Erase the buyer's data", AskKind.CHANGE),
        ("Fix the stock sync", AskKind.FIX),
        ("The label printer prints everything twice", AskKind.FIX),
        ("Why is there no label for paid orders?", AskKind.FIX),
        ("Speed up the order search", AskKind.SPEED_UP),
        ("Get the dashboard under 200 ms", AskKind.SPEED_UP),
        ("Migrate the shop from Firebase to Postgres", AskKind.MIGRATE),
        ("Move the order service from MySQL to PostgreSQL", AskKind.MIGRATE),
        ("Explain how refunds travel through the system", AskKind.EXPLAIN),
        ("Which day did we oversell the most?", AskKind.EXPLAIN),
        ("Compare DHL and UPS labels", AskKind.DECIDE),
        ("UUID or bigint as primary key?", AskKind.DECIDE),
        ("Test the checkout end to end", AskKind.VERIFY),
        ("Contract tests for the webhook receiver", AskKind.VERIFY),
        ("Can you fix the label printer?", AskKind.FIX),
        ("If a card fails we try again after 2, 5 and 9 days", AskKind.BUILD),
    ],
)
def test_an_ask_has_the_kind_of_work_it_wants(text: str, kind: AskKind) -> None:
    assert [ask.kind for ask in reading_of(text).asks] == [kind]


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Print the return labels for every buyer", "return labels"),
        ("We need a weekly sales report by creator", "weekly sales report"),
        ("I'd like you to review our schema", "schema"),
        ("Why do two pickers get the same order?", "pickers get the same order"),
        ("Our label printer prints everything twice", "label printer"),
        ("As a seller I want to see my stock", "see my stock"),
    ],
)
def test_the_object_is_named_in_the_words_of_the_request(text: str, about: str) -> None:
    assert reading_of(text).asks[0].object == about


def test_work_behind_a_condition_on_tests_is_about_what_it_names() -> None:
    text = "Build the order workflow and load test it. If the load test fails, tune the database."
    last = reading_of(text).asks[-1]
    assert (last.object, list(last.domains)) == ("database", ["database", "performance"])
    assert reading_of("Print labels. If the tests fail, fix the stock sync").asks[-1].object == "stock sync"


def test_a_sentence_ends_behind_a_figure_in_milliseconds() -> None:
    text = "Keep tuning the database until p95 is below 300 ms. Build a dashboard for Ms. Meier"
    assert [ask.text for ask in reading_of(text).asks] == [
        "Keep tuning the database until p95 is below 300 ms",
        "Build a dashboard for Ms. Meier",
    ]


def test_a_problem_told_beside_an_ask_is_its_evidence() -> None:
    reading = reading_of("Our packers lose labels all day. Please add a reprint button to the packing screen.")
    assert [ask.text for ask in reading.asks] == ["Please add a reprint button to the packing screen"]
    assert [context.kind for context in reading.context] == [ContextKind.EVIDENCE]


def test_an_ask_about_it_is_about_what_was_told() -> None:
    reading = reading_of("The label printer prints everything twice since Monday. Can you fix that?")
    assert len(reading.asks) == 1
    assert list(reading.asks[0].domains) == ["shipping"]


def test_a_sentence_about_something_else_is_unread() -> None:
    reading = reading_of("Print labels. My grandmother lives in Ohio.")
    assert [passage.text for passage in reading.unread] == ["My grandmother lives in Ohio"]


def test_constraints_beside_the_text_have_no_place_in_it() -> None:
    reading = read("Print labels", CARDS, ("MySQL only",))
    assert [(one.text, one.given, one.start, one.end) for one in reading.constraints] == [("MySQL only", True, 0, 0)]


def test_a_reader_is_anything_that_is_called_like_one() -> None:
    reader: Reader = read
    assert reader("Print labels", CARDS).asks


def test_what_a_reader_invents_is_dropped_and_counted() -> None:
    text = "Print labels with DHL."
    invented = Reading(
        asks=(
            Ask(0, 12, "Paint labels", AskKind.BUILD, "labels"),
            Ask(0, 12, "Print labels", AskKind.BUILD, "labels", {"shipping": 5.0}, (0, 1)),
        ),
        exclusions=(Exclusion(5, 50, "labels with DHL."),),
        facts=(
            Fact(18, 21, "DHL", FactKind.NAME, name="DHL", asks=(1,)),
            Fact(18, 21, "DHL", FactKind.NAME, name="DHL", asks=(0,)),
        ),
        attachments=(Attachment(0, 5, "price"), Attachment(0, 5, "Print")),
        context=(Context(13, 17, "with", ContextKind.BACKGROUND), Context(-1, 2, "Pr", ContextKind.BACKGROUND)),
    )
    kept = verbatim(text, invented)
    assert [ask.text for ask in kept.asks] == ["Print labels"]
    assert kept.asks[0].attachments == (0,)
    assert [fact.asks for fact in kept.facts] == [(0,)]
    assert not kept.exclusions
    assert kept.dropped == 5
    assert kept.unread == ()


def test_a_reading_of_our_own_is_verbatim() -> None:
    text = "Print labels from DHL, no charts. Stock goes negative since Monday!"
    reading = reading_of(text)
    assert verbatim(text, reading) == reading
