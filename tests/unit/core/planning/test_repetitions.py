"""Repetitions that a request states, and the loops made from them."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.expressions.evaluate import holds
from creatorflow_orchestrator.core.plan import Pattern
from creatorflow_orchestrator.core.planning.asked_text import AskedText
from creatorflow_orchestrator.core.planning.iterative import Repetition, find_repetitions
from creatorflow_orchestrator.core.request import AskKind

from tests.unit.core.planning.readings import Request


def _found(request: Request) -> tuple[Repetition, ...]:
    return find_repetitions(AskedText(request.text, request.reading), request.reading, ())


@pytest.mark.parametrize(
    "text",
    [
        "Improve it until p95 is below 200 ms",
        "Keep refining the dashboard",
        "Review and improve the report",
        "Fix the labels until all tests pass",
        "Polish the screens till everything is approved",
        "Iterate on the schema",
        "Measure again until nothing is slow",
        "Repeat this until the reviewers are happy",
    ],
)
def test_work_that_is_done_again_until_its_check_holds_is_a_repetition(text: str) -> None:
    assert len(_found(Request(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I pack parcels until midnight",
        "Until now we had no tests",
        "Returns are possible until 14 days after delivery",
        "Hold the order until it is paid",
        "Reserve the stock until the payment arrives",
        "Keep the test data until Friday",
        "Retry the card 5 times until it is charged",
        "Count the till every evening",
        "Keep the labels until the end of the month",
    ],
)
def test_a_date_or_a_rule_of_the_product_is_no_repetition(text: str) -> None:
    assert _found(Request(text)) == ()


def test_until_a_date_that_was_read_is_no_repetition() -> None:
    assert _found(Request("Improve returns until 31 January").date("31 January", "--01-31")) == ()


def test_a_target_after_until_is_a_check() -> None:
    request = Request("Shard it until queries take at most 20 ms").fact("at most 20 ms", 20, "ms", "<=")
    assert len(_found(request)) == 1


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Refine it until the tests pass", 3),
        ("Refine it until the tests pass, at most 5 times", 5),
        ("Refine it until the tests pass. No more than four rounds.", 4),
        ("Refine it until the tests pass, up to 99 iterations", 50),
    ],
)
def test_the_limit_is_the_stated_one_within_bounds(text: str, limit: int) -> None:
    assert [repetition.limit for repetition in _found(Request(text))] == [limit]


def test_a_loop_has_the_asked_work_and_the_tests_that_judge_it() -> None:
    request = Request("Print labels. Keep refining the dashboard until the end-to-end tests pass")
    request.ask("Print labels", "shipping")
    plan = request.ask(
        "Keep refining the dashboard until the end-to-end tests pass", "ui_dashboard", "testing"
    ).planned()
    (loop,) = plan.loops
    assert plan.pattern is Pattern.ITERATIVE and loop.steps == ("dashboard", "testing")
    assert not holds(loop.until, {"testing": {"output": {"data": {"passed": False}}}}, loop.limit, {})


def test_a_repetition_of_tests_alone_repeats_what_they_judge() -> None:
    request = Request("Build the order workflow. Test it again until it passes")
    request.ask("Build the order workflow", "order_management")
    plan = request.ask("Test it again until it passes", "testing", kind=AskKind.VERIFY).planned()
    assert plan.loops[0].steps == ("orders", "testing")


def test_a_repetition_until_a_target_or_tests_hold_brings_the_agent_that_tests() -> None:
    request = Request("Keep tuning the tables until queries take at most 20 ms")
    plan = request.ask("Keep tuning the tables", "database").fact("at most 20 ms", 20, "ms", "<=").planned()
    assert plan.loops[0].steps == ("database", "testing")
    happy = Request("Keep tuning the tables until the team is happy").ask("Keep tuning the tables", "database")
    assert happy.planned().loops[0].steps == ("database",)


def test_a_loop_has_the_steps_between_its_own() -> None:
    request = Request("Refine the schema and the order screens until the tests pass. Build orders.")
    request.ask("Refine the schema", "database").ask(
        "the order screens until the tests pass", "ui_dashboard", "testing"
    )
    plan = request.ask("Build orders", "order_management").planned()
    assert plan.loops[0].steps == ("database", "orders", "dashboard", "testing")


def test_two_repetitions_of_the_same_step_are_one_loop() -> None:
    request = Request("Refine the labels until they pass. Improve the labels until the review is good.")
    request.ask("Refine the labels until they pass", "shipping")
    plan = request.ask("Improve the labels until the review is good", "shipping").planned()
    assert [loop.steps for loop in plan.loops] == [("shipping",)]
    assert plan.notes == (
        "'Improve the labels until the review is good' makes no loop: another one has its steps, or nobody does them",
    )


def test_repetitions_after_the_fifth_are_named_in_a_note() -> None:
    request = Request("Refine the labels until they pass. " * 7).ask("Refine the labels until they pass", "shipping")
    assert request.planned().notes[0] == (
        "only 5 repetitions are followed, not 'Refine the labels until they pass' and 1 more"
    )


def test_a_limit_that_is_too_high_is_lowered_with_a_note() -> None:
    request = Request("Refine the labels until they pass, up to 99 iterations")
    plan = request.ask("Refine the labels until they pass", "shipping").planned()
    assert (plan.loops[0].limit, plan.notes) == (50, ("'Refine the labels until they pass' has the limit 50, not 99",))


@pytest.mark.parametrize(
    ("text", "repetitions"),
    [
        (
            "Refine the labels until the tests pass and polish the dashboard until the review is clean.",
            ["Refine the labels until the tests pass and", "polish the dashboard until the review is clean"],
        ),
        (
            "Refine the labels until the tests pass, then polish the dashboard until the review is clean.",
            ["Refine the labels until the tests pass", ", then polish the dashboard until the review is clean"],
        ),
        ("Keep refining the labels until the tests pass", ["Keep refining the labels until the tests pass"]),
    ],
)
def test_a_sentence_may_state_several_repetitions(text: str, repetitions: list[str]) -> None:
    request = Request(text).ask("efine the labels" if "Refine" in text else text)
    if "polish" in text:
        request.ask("polish the dashboard until the review is clean")
    assert [text[found.start : found.end].strip() for found in _found(request)] == repetitions


def test_a_second_repetition_in_a_branch_is_named_in_a_note() -> None:
    request = Request(
        "Build labels and test them. If they fail, refine the labels until the tests pass and until the review is clean"
    )
    request.ask("Build labels", "shipping").ask("test them", "testing", kind=AskKind.VERIFY)
    plan = request.ask("refine the labels until the tests pass", "shipping").planned()
    assert len(plan.loops) == 1 and len(plan.notes) == 1
    assert "until the review is clean' makes no loop" in plan.notes[0]
