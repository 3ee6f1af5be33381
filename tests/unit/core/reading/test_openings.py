"""Orders behind an opening that says nothing about the work, permissions, and courtesies."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.request import AskKind

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
