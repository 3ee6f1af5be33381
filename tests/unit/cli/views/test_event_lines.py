from typing import Any

import pytest
from creatorflow.cli.views.event_lines import line, reason

from tests.unit.cli.samples import event


def test_an_event_is_one_line_with_step_agent_attempt_and_message() -> None:
    reported = line(event("step_dispatched", "orders", agent="order-workflow-specialist", attempt=2))
    assert (
        reported is not None and reported.split("  ", 1)[1] == "orders  sent to order-workflow-specialist (attempt 2)"
    )


def test_an_event_about_the_request_itself_shows_the_request_id() -> None:
    reported = line(event("step_dispatched", "shop", attempt=1, child="3f0d7c1e"))
    assert reported is not None and reported.split("  ", 1)[1] == "shop  started as: request 3f0d7c1e"


def test_a_failure_shows_its_reason_on_the_same_line() -> None:
    reported = line(event("attempt_failed", "orders", agent="a", attempt=1, message="no\nJSON \x1b[31mhere"))
    assert reported is not None and reported.endswith("orders  failed at a: no JSON here")


def test_progress_events_print_no_line() -> None:
    assert line(event("step_progressed", "orders", progress=0.4)) is None


def test_an_unknown_event_is_shown_by_its_own_name() -> None:
    reported = line(event("decision_contested", "orders", agent="a", message="id_type: two differ"))
    assert reported is not None and reported.endswith("orders  decision contested: id_type: two differ")


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        (
            "recovery_decided",
            {
                "failure": "agent_unavailable",
                "decision": "alternative",
                "next_agent": "ui-ux-specialist",
                "message": "it is there",
            },
            "agent_unavailable, then alternative (ui-ux-specialist): it is there",
        ),
        ("recovery_decided", {"failure": "timeout", "decision": "run_dependency"}, "timeout, then run dependency"),
        (
            "recovery_decided",
            {"failure": "transient", "decision": "retry", "delay_ms": 2000, "message": "retry 1 of 3"},
            "transient, then retry, next attempt in 2.0 s: retry 1 of 3",
        ),
        (
            "attempt_failed",
            {"kind": "validation_error", "message": "not asked for", "details": ["output.x is missing"]},
            "validation_error: not asked for; output.x is missing",
        ),
        ("step_skipped", {"message": "its guard does not hold: a > 1"}, "its guard does not hold: a > 1"),
        (
            "step_instructed",
            {"action": "retry", "next_agent": "ui-ux-specialist", "message": "mended"},
            "retry by ui-ux-specialist: mended",
        ),
        ("step_added", {"before": "orders", "message": "Provide auth"}, "before orders: Provide auth"),
        ("compensating", {"message": "orders failed", "steps": ["b", "a"]}, "orders failed; compensating b, a"),
        ("planned", {"pattern": "parallel", "steps": [{}, {}]}, "parallel, 2 steps"),
        ("step_succeeded", {"execution_time_ms": 1500}, "in 1.5 s"),
        ("recovery_decided", {"failure": 7, "decision": ["x"], "next_agent": {}}, "7, then ['x']"),
    ],
)
def test_reasons_are_shown_in_words(name: str, fields: dict[str, Any], expected: str) -> None:
    assert reason(event(name, "orders", **fields)) == expected
