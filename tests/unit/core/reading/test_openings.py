"""Orders behind an opening that says nothing about the work, permissions, and courtesies."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.request import AskKind, ContextKind

from tests.unit.core.reading.requests import reading_of


@pytest.mark.parametrize(
    ("text", "kind", "about"),
    [
        ("Don't forget to update the docs", AskKind.CHANGE, "docs"),
        ("Do not only fix the bug but also add a test", AskKind.FIX, "bug"),
        ("Please do not hesitate to redesign the checkout page", AskKind.CHANGE, "checkout page"),
        ("Don't forget to print the labels", AskKind.BUILD, "labels"),
        ("Remember to update the order import", AskKind.CHANGE, "order import"),
        ("Feel free to redesign the checkout page", AskKind.CHANGE, "checkout page"),
        ("Don't just fix the refund bug, add a test", AskKind.FIX, "refund bug"),
        ("Be sure to encrypt the buyers' addresses", AskKind.BUILD, "buyers' addresses"),
        ("Never forget to print the return label", AskKind.BUILD, "return label"),
        ("Do not fail to test the refunds", AskKind.VERIFY, "refunds"),
        ("Don't skip the load tests for billing", AskKind.VERIFY, "load tests"),
        ("We should not forget to test the refunds", AskKind.VERIFY, "refunds"),
    ],
)
def test_an_order_behind_an_opening_is_asked_for(text: str, kind: AskKind, about: str) -> None:
    assert [(ask.kind, ask.object) for ask in reading_of(text).asks][:1] == [(kind, about)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It would be great if customers could cancel orders within 30 minutes", AskKind.BUILD),
        ("Customers should be able to cancel orders within 30 minutes", AskKind.BUILD),
        ("Sellers can change the address within 10 minutes", AskKind.BUILD),
        ("We need customers to be able to cancel within 15 min", AskKind.BUILD),
        ("Buyers may withdraw a return within 20 minutes", AskKind.BUILD),
        ("It would be nice if sellers could undo a refund within 5 minutes", AskKind.BUILD),
        ("The dashboard should load within 2 seconds", AskKind.SPEED_UP),
        ("It would be great if the dashboard loaded in under 2 seconds", AskKind.SPEED_UP),
        ("Sellers should be able to load the dashboard faster, in under a minute", AskKind.SPEED_UP),
    ],
)
def test_a_time_in_which_people_may_act_is_no_speed(text: str, kind: AskKind) -> None:
    assert [ask.kind for ask in reading_of(text).asks] == [kind]


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("It would be great if customers could cancel orders within 30 minutes", "customers could cancel orders"),
        ("It would help if pickers could print labels in the app", "pickers could print labels"),
        ("It would be nice to see sales by creator", "see sales"),
    ],
)
def test_the_object_of_a_wish_is_what_is_wished(text: str, about: str) -> None:
    assert [ask.object for ask in reading_of(text).asks] == [about]


@pytest.mark.parametrize(
    "courtesy",
    ["No problem", "No worries", "No hurry", "No rush", "No pressure", "No problem at all", "No offence", "No big deal",
     "No need to hurry", "No worries at all"],
)  # fmt: skip
def test_a_reassurance_before_an_order_is_a_courtesy(courtesy: str) -> None:
    reading = reading_of(f"{courtesy}, print labels.")
    assert ([ask.text for ask in reading.asks], reading.exclusions) == (["print labels"], ())
    assert [(part.text, part.kind) for part in reading.context] == [(courtesy, ContextKind.GREETING)]
