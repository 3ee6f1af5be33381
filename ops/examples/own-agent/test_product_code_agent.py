"""Tests product-code-agent without a broker: `pytest test_product_code_agent.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from creatorflow import AgentResult
from creatorflow.testing import load_agent, run_task

AGENT = load_agent(Path(__file__).with_name("product_code_agent.py"))


def answered(request: str) -> AgentResult:
    """The result that the agent would send for `request`."""
    return asyncio.run(run_task(AGENT, request))


def test_it_answers_what_it_is_asked() -> None:
    result = answered("Check the GTINs 4006381333931 and 4006381333932")
    assert result.success, result.error
    assert [specification["answers"] for specification in result.output["technical_specifications"]] == [[0], [0]]


@pytest.mark.parametrize("code", ["4006381333931", "036000291452", "96385074", "10614141000415", "978-3-16-148410-0"])
def test_a_right_code_is_right(code: str) -> None:
    assert answered(f"Check the GTIN {code}").output["data"]["codes"] == {code: {"right": True, "fault": ""}}


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("4006381333932", "not a valid EAN-13, its check digit should be 1"),
        ("036000291453", "not a valid UPC-A, its check digit should be 2"),
        ("0006381333931", "not a valid EAN-13, its check digit should be 5"),
        ("400638133393", "not a valid UPC-A, its check digit should be 0"),
        ("400638133", "no product code has 9 digits"),
    ],
)
def test_a_wrong_code_is_reported_with_its_fault(code: str, fault: str) -> None:
    result = answered(f"Is the product code {code} right?")
    assert result.output["technical_specifications"][0]["text"] == f"{code}: {fault}"
    assert code in result.output["recommendations"][0]["text"]


def test_a_date_is_no_code() -> None:
    codes = answered("Check GTIN-4006381333931 by 2026-11-30 or call 555-123-4567").output["data"]["codes"]
    assert list(codes) == ["4006381333931"]


def test_a_request_without_a_code_is_not_tried_again() -> None:
    result = answered("Check our product codes")
    assert result.error is not None
    assert result.error.type == "permanent"
    assert "4006381333931" in result.error.message
