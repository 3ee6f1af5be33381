"""Branches that a request states, and the guarded steps made from them."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.expressions.evaluate import holds
from creatorflow_orchestrator.core.plan import Pattern, Plan, StepType
from creatorflow_orchestrator.core.planning.asked_text import AskedText
from creatorflow_orchestrator.core.planning.conditional import find_branches
from creatorflow_orchestrator.core.request import AskKind, ContextKind

from tests.unit.core.planning.readings import Request, steps


def _branches(request: Request) -> list[tuple[str, bool]]:
    found = find_branches(AskedText(request.text, request.reading), request.reading)
    return [(request.text[branch.start : branch.end], branch.passed) for branch in found]


def _runs(plan: Plan, step: str, passed: bool | None) -> bool:
    """True if a guarded step runs after tests that passed, failed, or did not say."""
    data = {} if passed is None else {"passed": passed}
    guard = plan.step(step).when
    assert guard is not None
    return holds(guard, {name: {"output": {"data": data}} for name in steps(plan)}, 1, {})


@pytest.mark.parametrize(
    ("text", "branches"),
    [
        ("Deploy only if the tests pass", [("Deploy ", True)]),
        ("Once the review passes, then publish it", [("publish it", True)]),
        ("Test it, if it passes deploy, otherwise roll back", [("deploy, ", True), ("roll back", False)]),
        ("Run the tests. If they fail, roll back.", [("roll back", False)]),
        ("Run the tests. If they pass, deploy. If not, tell me.", [("deploy", True), ("tell me", False)]),
        ("Test it. If it fails, tune it. If it passes, deploy.", [("tune it", False), ("deploy", True)]),
        ("Run the tests. If they don't pass, roll back", [("roll back", False)]),
        ("Measure it. When everything is green: deploy", [("deploy", True)]),
        ("Load test it. On success go live, on failure revert", [("go live, ", True), ("revert", False)]),
        ("Load test it until p95 is low. When it does, release it; when not, undo it", [
            ("release it", True), ("undo it", False),
        ]),
        ("Run the tests; should they pass, ship it; should they fail, tell me", [
            ("ship it", True), ("tell me", False),
        ]),
        ("Verify the row counts; if they match switch over, if not roll back", [
            ("switch over, ", True), ("roll back", False),
        ]),
        ("Test it. If it doesn't fail, deploy", [("deploy", True)]),
        ("Test it. If it can't be met in 5 rounds, undo it", [("undo it", False)]),
        ("Test it. If it does not pass roll back", [("roll back", False)]),
        ("Test the checkout: pass -> deploy, fail -> roll back", [("deploy, ", True), ("roll back", False)]),
        ("Run the tests: if they fail, roll back, if they pass, deploy", [("roll back, ", False), ("deploy", True)]),
        ("Test it. If it passes, stage it, and deploy only if the review passes", [
            ("stage it, and", True), ("deploy ", True),
        ]),
        ("Test it. If it passes:\n- deploy\n- tell the team\nOtherwise:\n- roll back", [
            ("deploy\n- tell the team", True), ("roll back", False),
        ]),
    ],
)  # fmt: skip
def test_a_condition_on_the_outcome_of_a_check_makes_branches(text: str, branches: list[tuple[str, bool]]) -> None:
    assert _branches(Request(text)) == branches


def test_the_work_before_a_condition_begins_after_the_last_check() -> None:
    request = Request("Build it, run the tests, print and deploy it unless they fail. Thanks")
    request.ask("Build it", "shipping").ask("run the tests", "testing", kind=AskKind.VERIFY).ask("print and deploy it")
    assert _branches(request) == [("print and deploy it ", True)]


@pytest.mark.parametrize(
    "text",
    [
        "Charge the card on renewal. If it fails, retry three times in 10 days",
        "If the customer's payment fails, lock the shop",
        "Ship the order only if it is paid",
        "Import each order only once",
        "When stock is below 5, order more",
        "Refund the buyer if the parcel is broken",
        "We fall over when a video goes viral",
        "Let sellers cancel unless the label is printed",
    ],
)
def test_a_rule_of_the_product_is_no_branch(text: str) -> None:
    request = Request(text)
    if "below 5" in text:
        request.fact("below 5", 5, "", "<")
    assert _branches(request) == []


def test_a_bound_on_a_figure_is_an_outcome() -> None:
    request = Request("Load test it. If p95 stays under 250 ms deploy, else roll back").fact(
        "under 250 ms", 250, "ms", "<"
    )
    assert _branches(request) == [("deploy, ", True), ("roll back", False)]


def test_conditions_in_evidence_quotes_and_code_make_no_branches() -> None:
    request = Request("If the tests pass, deploy. `if tests pass: deploy`")
    request.context("If the tests pass, deploy", ContextKind.QUOTE).code("`if tests pass: deploy`", "python")
    assert _branches(request) == []


def test_both_branches_have_a_guarded_step_when_one_ask_states_them() -> None:
    request = Request("Tune it and test again until p95 is below 250 ms, if it passes deploy, otherwise roll back")
    request.ask("Tune it", "performance", kind=AskKind.SPEED_UP)
    request.ask("test again until p95 is below 250 ms", "testing", kind=AskKind.VERIFY)
    request.ask("if it passes deploy, otherwise roll back")
    plan = request.fact("below 250 ms", 250, "ms", "<", 1).planned()
    assert plan.pattern is Pattern.CONDITIONAL
    assert steps(plan) == {
        "performance": (),
        "testing": ("performance",),
        "deploy": ("performance", "testing"),
        "roll_back": ("performance", "testing"),
    }
    assert [_runs(plan, "deploy", passed) for passed in (True, False, None)] == [True, False, True]
    assert [_runs(plan, "roll_back", passed) for passed in (True, False, None)] == [False, True, False]
    assert plan.step("deploy").requirements == plan.step("roll_back").requirements == (2,)


def test_the_check_of_a_loop_says_nothing_of_its_limit_though_a_branch_is_for_its_failure() -> None:
    request = Request("Tune it and test again until p95 is below 250 ms, if it passes deploy, otherwise roll back")
    request.ask("Tune it", "performance").ask("test again until p95 is below 250 ms", "testing", kind=AskKind.VERIFY)
    plan = request.ask("deploy").ask("roll back").fact("below 250 ms", 250, "ms", "<", 1).planned()
    (loop,) = plan.loops
    failing = {"testing": {"output": {"data": {"passed": False}}}}
    assert loop.steps == ("performance", "testing")
    assert [holds(loop.until, failing, iteration, {}) for iteration in (1, loop.limit)] == [False, False]
    assert plan.step("deploy").when and plan.step("roll_back").when


def test_a_loop_in_a_branch_repeats_the_steps_of_that_branch() -> None:
    request = Request("Speed up the search. Test it. If it passes deploy, otherwise tune and test again until it does")
    request.ask("Speed up the search", "performance").ask("Test it", "testing", kind=AskKind.VERIFY)
    request.ask("If it passes deploy").ask("tune").ask("test again until it does", "testing", kind=AskKind.VERIFY)
    plan = request.planned()
    (loop,) = plan.loops
    assert loop.steps == ("tune", "testing_if_failed")
    assert plan.step("tune").when == plan.step("testing_if_failed").when
    assert _runs(plan, "tune", False) and not _runs(plan, "tune", True)
    assert plan.step("testing_if_failed").depends_on == ("tune", "testing")


def test_an_agent_works_in_both_branches_and_before_them() -> None:
    request = Request(
        "Build labels. Test them. If the tests pass, print labels in bulk, otherwise print a label by hand"
    )
    request.ask("Build labels", "shipping").ask("Test them", "testing", kind=AskKind.VERIFY)
    plan = request.ask("print labels in bulk", "shipping").ask("print a label by hand", "shipping").planned()
    assert {step.id: step.requirements for step in plan.steps if step.agent.startswith("shipping")} == {
        "shipping": (0,),
        "shipping_if_passed": (2,),
        "shipping_if_failed": (3,),
    }


def test_the_tests_that_a_condition_names_judge_it_though_no_ask_is_for_them() -> None:
    request = Request("Build the order workflow. Only if the regression tests pass, redesign the dashboard")
    request.ask("Build the order workflow", "order_management")
    plan = request.ask("Only if the regression tests pass, redesign the dashboard", "testing", "ui_dashboard").planned()
    assert plan.step("testing").when is None and plan.step("testing").type is StepType.VALIDATION
    assert "testing" in plan.step("dashboard").depends_on and _runs(plan, "dashboard", True)


def test_an_ask_that_only_the_judge_answers_is_not_lost() -> None:
    request = Request("pages in 2 s, test it, if the tests pass tell us").ask("pages in 2 s", "performance")
    request.ask("test it", "testing", kind=AskKind.VERIFY).ask("if the tests pass tell us", "testing")
    plan = request.fact("2 s", 2, "s", "<", 0).planned()
    assert plan.step("testing").requirements == (0, 1, 2)


def test_a_condition_that_no_step_judges_leaves_its_work_unguarded() -> None:
    plan = Request("If the review passes, print the labels").ask("print the labels", "shipping").planned()
    assert steps(plan) == {"shipping": ()} and plan.step("shipping").when is None
    assert plan.pattern is Pattern.PARALLEL
    assert plan.notes == ("nobody judges 'If the review passes': what depends on it is done in any case",)


def test_whoever_does_the_work_before_a_condition_does_not_judge_it() -> None:
    request = Request("Build labels without tests. If the review passes, deploy it, otherwise roll back.")
    request.ask("Build labels", "shipping").without("without tests", "testing")
    plan = request.ask("deploy it", "shipping").ask("roll back", "shipping").planned()
    assert {step.when for step in plan.steps} == {None}
    assert plan.notes == ("nobody judges 'If the review passes': what depends on it is done in any case",)


def test_work_before_a_condition_on_a_review_brings_the_agent_that_tests() -> None:
    request = Request("Build labels. If the review passes, deploy it, otherwise roll back.").ask(
        "Build labels", "shipping"
    )
    plan = request.ask("deploy it", "shipping").ask("roll back", "shipping").planned()
    assert plan.step("testing").type is StepType.VALIDATION and plan.notes == ()
    assert _runs(plan, "deploy", True) and _runs(plan, "roll_back", False) and not _runs(plan, "deploy", False)


def test_conditions_after_the_sixth_are_named_in_a_note() -> None:
    request = Request("Build labels and test them. " + "If the tests pass, deploy it. " * 8)
    plan = request.ask("Build labels", "shipping").ask("test them", "testing", kind=AskKind.VERIFY).planned()
    assert plan.notes == ("only 6 conditions are followed, not 'If the tests pass' and 1 more",)


def test_a_condition_on_tests_brings_the_agent_that_tests() -> None:
    request = Request("Deploy the workflow if its tests succeed and roll back if they don't")
    request.ask("Deploy the workflow if its tests succeed", "order_management").ask("roll back if they don't")
    plan = request.planned()
    assert steps(plan) == {
        "testing": (),
        "roll_back": ("testing",),
        "orders": ("testing",),
    }
    assert _runs(plan, "orders", True) and _runs(plan, "roll_back", False)
    without = request.without("and", "testing").planned()
    assert "testing" not in steps(without)


def test_follow_up_work_that_was_not_read_as_an_ask_has_a_step() -> None:
    request = Request("Build labels, test them, and if they pass, deploy, otherwise roll back")
    plan = request.ask("Build labels", "shipping").ask("test them", "testing", kind=AskKind.VERIFY).planned()
    assert [step.id for step in plan.steps] == ["shipping", "testing", "deploy", "roll_back"]
    assert "deploy" in plan.step("deploy").description


def test_work_of_a_branch_that_nobody_covers_starts_nobody() -> None:
    request = Request("Build labels, test them, and if they pass, knit a scarf")
    request.ask("Build labels", "shipping").ask("test them", "testing", kind=AskKind.VERIFY).ask("knit a scarf")
    analysis = request.analysed()
    assert analysis.unanswered == ("knit a scarf",)
    assert [step.id for step in request.planned().steps] == ["shipping", "testing"]


def test_a_branch_in_which_nobody_works_is_named_in_a_note() -> None:
    request = Request("Build labels, test them, and if they pass, knit a scarf")
    request.ask("Build labels", "shipping").ask("test them", "testing", kind=AskKind.VERIFY).ask("knit a scarf")
    assert request.planned().notes == ("no step waits for 'if they pass' to do 'knit a scarf'",)


def test_the_branch_that_an_asks_object_is_not_in_is_follow_up_work_alone() -> None:
    request = Request("Build labels, test them. If the tests fail, redesign the tables, otherwise deploy it")
    request.ask("Build labels", "shipping").ask("test them", "testing", kind=AskKind.VERIFY)
    request.ask("If the tests fail, redesign the tables, otherwise deploy it", "database", object="tables")
    plan = request.planned()
    assert {step.id: step.agent for step in plan.steps if step.when} == {
        "database": "database-specialist",
        "deploy": "shipping-automation-specialist",
    }
    assert plan.step("deploy").requirements == plan.step("database").requirements == (2,)
