"""Reasons of guards and checks, in words: never the expression."""

from __future__ import annotations

from typing import Any

import pytest
from creatorflow_orchestrator.core.plan import Loop
from creatorflow_orchestrator.core.state.saga_state import StepStatus

from tests.unit.core.saga.test_machine import Run, step

FINDING = "the load test has no figure for p95 < 400 ms"
FAILED: dict[str, object] = {"data": {"passed": False, "findings": [{"text": FINDING}]}}
PASSES = (
    "(!has(results.tests.output.data) || !has(results.tests.output.data.passed) || results.tests.output.data.passed)"
)


def reason(guard: str, output: dict[str, Any], **fields: Any) -> str:
    """Return the reason why a step with that guard was skipped after step `tests` gave that output."""
    run = Run(step("tests"), step("deploy", "tests", when=guard))
    run.succeed("tests", output, **fields)
    assert run.status("deploy") is StepStatus.SKIPPED
    return run.saga.steps["deploy"].reason


@pytest.mark.parametrize(
    ("guard", "output", "words"),
    [
        (PASSES, FAILED, f"step tests did not pass: {FINDING}"),
        (f"!{PASSES}", {}, "step tests passed"),
        ("results.tests.output.passed", {"passed": False}, "step tests did not pass"),
        ("!results.tests.output.passed", {"passed": True}, "step tests passed"),
        ("results.tests.output.good", {"good": False}, "good of step tests is false"),
        ("results.tests.output.count > 3", {"count": 2}, "count of step tests is 2"),
        ("results.tests.output.summary == 'x'", {"summary": "a b"}, 'summary of step tests is "a b"'),
        ("has(results.tests.output.report)", {}, "step tests gives no report"),
        ("size(results.tests.output.failures) == 0", {"failures": [1, 2]}, "failures of step tests is 2 entries"),
        ("results.tests.status == 'failed'", {}, "step tests is succeeded"),
        ("iteration > 1", {}, "this is round 1"),
    ],
)
def test_a_skipped_step_says_what_did_not_hold(guard: str, output: dict[str, Any], words: str) -> None:
    assert reason(guard, output) == f"its guard does not hold: {words}"


def test_a_guard_on_a_decision_names_its_value() -> None:
    guard = "shared_state.id_type == 'bigint'"
    assert reason(guard, {}, decisions={"id_type": "uuid"}) == 'its guard does not hold: id_type is "uuid"'


def test_a_step_without_a_result_says_so() -> None:
    run = Run(
        step("a"),
        step("b", "a", when="results.a.output.x == 1"),
        step("c", "a", "b", when="results.b.status == 'succeeded' && results.a.output.x == 2"),
    )
    run.succeed("a", {"x": 2})
    assert run.saga.steps["c"].reason == "its guard does not hold: step b was skipped; x of step a is 2"


def test_a_loop_at_its_limit_says_what_still_does_not_pass() -> None:
    run = Run(step("tests"), loops=(Loop(("tests",), PASSES, 1),))
    run.succeed("tests", FAILED)
    assert run.saga.reason == f"step tests failed: after 1 round, the limit: step tests did not pass: {FINDING}"


def test_long_values_and_many_of_them_stay_short() -> None:
    guard = " && ".join(f"results.tests.output.v{number} == ''" for number in range(9))
    output = {f"v{number}": "long " * 100 for number in range(9)}
    assert len(reason(guard, output)) < 700
