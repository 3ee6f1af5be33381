"""Negations that leave out more than they seem to, or nothing: purposes, "neither", "let's", double negations."""

from __future__ import annotations

import pytest

from tests.unit.core.reading.requests import reading_of


def left_out(text: str) -> set[str]:
    return {domain for exclusion in reading_of(text).exclusions for domain in exclusion.domains}


def asked_for(text: str) -> set[str]:
    return {domain for ask in reading_of(text).asks for domain in ask.domains}


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("As a seller I want to print labels so that I don't need a second tool", "shipping"),
        ("As a seller, I want to print return labels so that I don't need another tool.", "shipping"),
        ("As a buyer I want to track my parcel so that I do not need to call support", "shipping"),
        ("As an owner I want a weekly report so I don't need a spreadsheet", "analytics"),
        ("I want to print labels directly so we don't need a second tool", "shipping"),
        ("Sync the stock so that the team does not need to count", "inventory_sync"),
        ("As a packer I want barcodes on labels so that errors do not matter", "shipping"),
        ("We want refunds to be automatic so that we don't need finance.", "order_management"),
        ("Import the orders so that nobody has to type, which means I don't need an assistant", "tiktok_integration"),
        ("Print labels from the order so that I don't need the dashboard", "shipping"),
    ],
)
def test_what_a_wish_makes_needless_leaves_nothing_out(text: str, domain: str) -> None:
    assert (reading_of(text).exclusions, domain in asked_for(text)) == ((), True)


@pytest.mark.parametrize(
    "text",
    [
        "Billing we don't need. Print labels.",
        "Stripe charges the cards, so we don't need billing. Print labels.",
        "We have Stripe so we don't need billing. Print labels.",
        "Use Stripe, so billing can wait; print labels",
    ],
)
def test_a_need_that_is_denied_for_its_own_sake_still_leaves_out(text: str) -> None:
    assert left_out(text) == {"billing"}


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("Neither billing nor the database should be changed", {"billing", "database"}),
        ("Print labels, neither billing nor the database must be touched", {"billing", "database"}),
        ("Print labels. Neither analytics nor the dashboard is needed.", {"analytics", "ui_dashboard"}),
        ("Neither the tests nor billing are part of this; print labels", {"testing", "billing"}),
        ("Neither the dashboard nor analytics may be modified. Print labels.", {"ui_dashboard", "analytics"}),
        (
            "Neither billing, the database nor analytics should be touched. Print labels.",
            {"billing", "database", "analytics"},
        ),
        ("Print labels. Neither billing nor the database needs changes.", {"billing", "database"}),
        ("Print labels. Neither billing nor analytics will be built.", {"billing", "analytics"}),
        ("Print labels. We want neither billing nor analytics.", {"billing", "analytics"}),
        ("Print labels. Neither analytics nor billing.", {"billing", "analytics"}),
    ],
)
def test_neither_leaves_out_all_that_it_names(text: str, domains: set[str]) -> None:
    assert (left_out(text), domains & asked_for(text)) == (domains, set())


@pytest.mark.parametrize(
    "text",
    [
        "Neither labels nor invoices are printed",
        "Neither DHL nor UPS labels can be printed.",
        "Neither customers nor sellers can see their orders",
    ],
)
def test_neither_before_a_problem_leaves_nothing_out(text: str) -> None:
    assert reading_of(text).exclusions == ()


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Let's skip billing for now and build label printing", "billing"),
        ("Lets skip billing for now and build label printing", "billing"),
        ("Let us skip billing and build label printing", "billing"),
        ("Let's leave out the dashboard. Print labels.", "ui_dashboard"),
        ("Let's forget about analytics and print labels", "analytics"),
        ("Let's ignore billing, print labels", "billing"),
        ("Let's postpone billing and print labels", "billing"),
        ("Let's park the analytics. Print labels.", "analytics"),
        ("Let us leave out the tests. Print labels.", "testing"),
        ("Let's exclude billing; print labels", "billing"),
    ],
)
def test_a_proposal_to_leave_something_out_leaves_it_out(text: str, domain: str) -> None:
    assert (left_out(text), asked_for(text)) == ({domain}, {"shipping"})


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Billing is not out of scope: build invoices", "billing"),
        ("Billing isn't out of scope: build invoices", "billing"),
        ("Analytics is not excluded: build a weekly report", "analytics"),
        ("The database is not off limits: add an index", "database"),
        ("Analytics is no longer out of scope. Build a weekly report.", "analytics"),
        ("We should not skip billing tests", "testing"),
        ("Never skip the billing tests", "testing"),
        ("Please don't forget billing", "billing"),
        ("Not only billing but also labels need tests", "testing"),
        ("Do not leave out billing: build invoices", "billing"),
        ("Billing can't be left out: build invoices", "billing"),
        ("Analytics must not be forgotten. Build a weekly report.", "analytics"),
    ],
)
def test_a_double_negation_leaves_nothing_out(text: str, domain: str) -> None:
    assert (reading_of(text).exclusions, domain in asked_for(text)) == ((), True)
