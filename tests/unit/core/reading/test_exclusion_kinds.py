"""Kinds of passages that leave something out, and their neighbours that state a rule, a problem or how it is today."""

from __future__ import annotations

import pytest

from tests.unit.core.reading.requests import reading_of

_IMPORT = "Import the orders from TikTok. "


def _left_out(text: str, passage: str) -> set[str]:
    """Return the domains and sections that exclusions at a passage take away."""
    start = text.index(passage)
    found = [out for out in reading_of(text).exclusions if out.start < start + len(passage) and start < out.end]
    assert found, text
    return {name for out in found for name in (*out.domains, *out.sections, *(kind.value for kind in out.kinds))}


@pytest.mark.parametrize(
    ("sentence", "taken"),
    [
        ("Reports come from Looker.", "analytics"),
        ("Invoices are made in DATEV.", "billing"),
        ("Charts we get from Metabase.", "analytics"),
        ("My brother is doing the dashboard.", "ui_dashboard"),
        ("The billing side is in good hands with Maria.", "billing"),
        ("Billing happens in Adyen and is none of our concern.", "billing"),
        ("Analytics gets its own ticket.", "analytics"),
        ("The reporting tool is replaced by somebody else.", "analytics"),
        ("Tests are on us.", "testing"),
        ("Deployment is ours.", "deployment_considerations"),
        ("The money side is Klarna's affair.", "billing"),
    ],
)
def test_what_others_do_is_left_out(sentence: str, taken: str) -> None:
    assert taken in _left_out(_IMPORT + sentence, sentence.rstrip("."))


@pytest.mark.parametrize(
    ("sentence", "taken"),
    [
        ("I'd rather not touch the stock for this.", "inventory_sync"),
        ("Please don't draw any charts inside our app.", "analytics"),
        ("Please refrain from touching the database.", "database"),
        ("Under no circumstances change the database schema.", "database"),
        ("I neither want a dashboard nor a web page.", "ui_dashboard"),
        ("This covers neither store credit nor reports.", "analytics"),
        ("The CEO doesn't want a dashboard.", "ui_dashboard"),
        ("We are not allowed to touch the database.", "database"),
        ("This isn't a question of design.", "ui_dashboard"),
        ("Don't build anything yet.", "code_examples"),
        ("The dashboard comes after Christmas.", "ui_dashboard"),
        ("Billing will be a second project.", "billing"),
        ("We looked at dashboards and decided against them.", "ui_dashboard"),
        ("We ship with our own vans so there are no labels.", "shipping"),
        ("The billing isn't affected.", "billing"),
        ("Dashboards have no place in this.", "ui_dashboard"),
        ("Dashboards will not be needed before 2027.", "ui_dashboard"),
        ("The labels are good as they are.", "shipping"),
        ("A dashboard? Maybe next year.", "ui_dashboard"),
        ("Reports? NO, finance has those.", "analytics"),
    ],
)
def test_what_is_not_to_be_done_is_left_out(sentence: str, taken: str) -> None:
    assert taken in _left_out(_IMPORT + sentence, sentence.rstrip("."))


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("The subscription checkout fails, not the shop's till; leave that one in peace.", "leave that one in peace"),
        ("Send tracking mails for Evri. We quit Yodel in spring so skip it.", "skip it"),
        ("Prices are out of scope, as is the accounting. Import the orders.", "as is the accounting"),
        ("Build the first line now, the others later.", "the others later"),
        ("Fetch old orders from TikTok, cancelled ones excepted.", "cancelled ones excepted"),
        ("Speed up the import w/o adding a queue.", "w/o adding a queue"),
        ("Export the orders. That's all, the API behind it stays.", "the API behind it stays"),
        ("Add roles and permissions, without single sign-on.", "without single sign-on"),
        ("Build roles and log-in. Roles yes, single sign-on no.", "single sign-on no"),
        ("Compare the carriers. Just explain, don't fix.", "don't fix"),
    ],
)
def test_what_names_no_area_is_left_out_too(text: str, passage: str) -> None:
    _left_out(text, passage)


@pytest.mark.parametrize(
    "title",
    [
        "## What it does not do",
        "## What not",
        "## Non-requirements",
        "## What does not change",
        "## Things we don't ask for",
        "## Considered and rejected",
        "## Left for later",
        "## Done by others",
        "## Handled by the Riga team",
        "## What other teams do",
        "What we can live without\n",
        "Not part of this RFC\n",
        "These things are done by others:",
        "Unwanted:",
        "Not proposed:",
    ],
)
def test_what_stands_below_a_title_that_leaves_out_is_left_out(title: str) -> None:
    text = f"## Goals\n\n- Import the orders\n\n{title}\n- sales charts\n- a customer portal"
    assert "analytics" in _left_out(text, "sales charts")


@pytest.mark.parametrize(
    "title",
    [
        "What does not work",
        "What we don't know",
        "Not working",
        "Not clear yet",
        "What must not happen",
        "What can't be done today",
        "Not yet done",
        "Done by hand today",
        "Rejected orders",
        "Dropped webhooks",
    ],
)
def test_a_title_of_problems_leaves_nothing_out(title: str) -> None:
    assert not reading_of(f"Please help us.\n\n## {title}\n- label printing\n- the dashboard").exclusions


@pytest.mark.parametrize(
    "row",
    [
        "| part | in scope |\n|---|---|\n| order import | yes |\n| sales charts | no |",
        "| part | in scope |\n|---|---|\n| order import | yes |\n| sales charts | no, Metabase does it |",
        "| area | status |\n|---|---|\n| order import | open |\n| sales charts | dropped |",
        "| part | owner |\n|---|---|\n| order import | you |\n| sales charts | BI team (not you) |",
        "- order import\n- ~~sales charts~~\n- retries of webhooks",
        "- order import\n- sales charts -> later\n- retries of webhooks",
        "- order import\n- sales charts (not now)\n- retries of webhooks",
        "- order import\n- sales charts? no, later\n- retries of webhooks",
    ],
)
def test_a_row_or_an_item_that_is_marked_as_unwanted_is_left_out(row: str) -> None:
    assert "analytics" in _left_out(row, "sales charts")


@pytest.mark.parametrize(
    "text",
    [
        "No horizontal scrolling at 320 px on the order page.",
        "List shops without a subscription.",
        "Show the orders without a label.",
        "A dashboard, no more than five charts.",
        "Do not include refunded orders in the report.",
        "Sellers should be able to exclude products from the report.",
        "The dashboard is not part of the mobile app, people miss it. Add it.",
        "Payments are handled by Stripe, and the webhooks fail.",
        "Invoices are made by hand; automate that.",
        "Shipping is done by two people and takes all day, speed it up.",
        "The invoices come a week after the order, that's too late.",
        "Don't print labels for orders on hold.",
        "I know nothing about databases. Which one should we use for orders?",
        "Should we leave the database as it is or move to MySQL 8?",
        "Not yet done: tests, reports.",
        "Channels: four at the moment, six next year.",
        "Never print a label for a cancelled order.",
        "We don't have enough tests.",
        "Management doesn't have statistics.",
        "The CEO has asked for reports.",
        "The next release should have a dashboard.",
    ],
)
def test_a_rule_a_problem_or_how_it_is_today_takes_nothing_away(text: str) -> None:
    taken = [out for out in reading_of(text).exclusions if out.domains or out.sections]
    assert not taken


def test_a_part_of_an_area_is_taken_from_no_ask_that_is_for_the_area() -> None:
    reading = reading_of("Build a weekly sales report per shop. No forecasts.")
    assert [out.domains for out in reading.exclusions] == [()]
    assert "analytics" in reading.asks[0].domains


def test_the_reason_behind_what_is_left_out_is_no_exclusion() -> None:
    text = "Import the orders.\n\n## Not included\n\nWe don't ask for labels: they are printed by the scale."
    assert [out.text for out in reading_of(text).exclusions] == ["We don't ask for labels"]


def test_a_title_within_a_paragraph_leaves_out_what_follows_it() -> None:
    text = "Import the orders.\n\nSection 4. Measures considered and rejected. Hosting on premises."
    assert [out.text for out in reading_of(text).exclusions] == ["Hosting on premises"]


def test_a_bare_title_ends_what_the_bare_title_above_it_leaves_out() -> None:
    text = (
        "Import the orders.\n\nWhat we do not expect\n\nForecasts.\n\nFigures for your planning\n\nOrders a day: 1,300."
    )
    assert [out.text for out in reading_of(text).exclusions] == ["Forecasts"]


def test_ticks_that_tell_what_is_done_leave_nothing_out() -> None:
    assert not reading_of("✅ already automated: sign-up\n❌ order import\n❌ refunds").exclusions
