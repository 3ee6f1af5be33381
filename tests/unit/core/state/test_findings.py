from __future__ import annotations

from typing import Any

import pytest
from creatorflow_orchestrator.core.state.findings import Finding, findings, verdict_text

NO_FIGURE = "the load test has no figure for p95 < 400 ms"


def test_an_output_that_does_not_say_that_it_failed_has_passed() -> None:
    for data in ({}, {"passed": True}, {"passed": "false"}, {"passed": None, "findings": [NO_FIGURE]}):
        assert verdict_text({"data": data}) == ""
    assert verdict_text({}) == verdict_text({"data": "banana"}) == ""


@pytest.mark.parametrize(
    "found",
    [[NO_FIGURE], [{"text": NO_FIGURE, "point": "answers", "figure": "p95"}], [{"text": f" {NO_FIGURE}\n"}, 7, {}]],
)
def test_a_validation_that_failed_is_described_by_its_findings(found: list[Any]) -> None:
    assert verdict_text({"summary": "1 of 2 passed", "data": {"passed": False, "findings": found}}) == NO_FIGURE


def test_without_findings_the_summary_describes_it_and_else_that_there_is_no_reason() -> None:
    assert verdict_text({"summary": "banana", "data": {"passed": False}}) == "banana"
    assert verdict_text({"summary": 7, "data": {"passed": False, "findings": "x"}}) == "it gives no reason"


def test_a_finding_without_a_text_is_composed_of_its_requirement_and_figure() -> None:
    composed = findings({"findings": [{"point": "fast answers", "figure": "p95 < 400 ms"}, {"point": "labels"}]})
    assert [finding.text for finding in composed] == ["fast answers: no figure for p95 < 400 ms", "labels"]


def test_many_long_findings_stay_readable() -> None:
    text = verdict_text({"data": {"passed": False, "findings": ["x" * 9_000] * 80}})
    assert len(text) < 1_000 and text.endswith("; and 47 more")


def test_a_finding_keeps_the_whole_requirement_that_it_names() -> None:
    (finding,) = findings({"findings": [{"text": "t", "point": "p" * 3_000}]})
    assert finding == Finding("t", "p" * 3_000)
