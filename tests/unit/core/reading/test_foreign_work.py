"""Work that no agent does, and things of other trades that are part of known work."""

from __future__ import annotations

import pytest

from tests.unit.core.reading.requests import reading_of


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Add photos to the returns portal", "order_management"),
        ("Can you add photos to the returns portal?", "order_management"),
        ("We need to add photos to the returns portal", "order_management"),
        ("Let buyers upload photos of damaged goods in the returns portal", "order_management"),
        ("Add our logo to the invoice PDF", "billing"),
        ("Add insurance to the shipping labels", "shipping"),
        ("Add the weather to the sales dashboard", "analytics"),
        ("Delete photos of returned parcels after 30 days", "order_management"),
        ("Drive the label printer from the packing app", "shipping"),
        ("Adopt Stripe for the payments", "billing"),
    ],
)
def test_a_thing_of_another_trade_that_is_put_into_known_work_keeps_its_domain(text: str, domain: str) -> None:
    assert domain in reading_of(text).asks[0].domains


@pytest.mark.parametrize(
    "text",
    [
        "Hire two pickers for the returns team",
        "Write a poem about refunds",
        "Design a logo for the returns portal",
        "Print posters about refunds",
        "Build a game about refunds",
        "Build a refund game",
        "Draft a contract for a driver who takes parcels",
        "Send flowers to our customers",
        "Plan a party for the packers",
        "We need a speech about our stock sync",
        "Can you bake a cake for the returns team?",
    ],
)
def test_work_of_another_trade_has_no_domain(text: str) -> None:
    assert [dict(ask.domains) for ask in reading_of(text).asks if ask.domains] == []
