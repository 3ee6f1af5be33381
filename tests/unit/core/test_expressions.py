"""Guards and loop checks: what may be written, and when it is true."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.expressions import MAX_LENGTH, ExpressionError, check, holds, named_steps

STEPS = frozenset({"tests", "load-test"})
RESULTS = {"tests": {"output": {"passed": True, "failures": [{"level": 1}, {"level": 3}]}, "status": "succeeded"}}


def true(expression: str, iteration: int = 1, **shared_state: str) -> bool:
    return holds(expression, RESULTS, iteration, shared_state)


@pytest.mark.parametrize(
    "expression",
    [
        "results.tests.output.passed",
        "results.tests.status == 'succeeded'",
        "results.tests.output.failures.all(each, each.level < 4)",
        "results.tests.output.failures.exists(each, each.level == 3)",
        "results.tests.output.failures.exists_one(each, each.level == 1)",
        "results.tests.output.failures.filter(each, each.level > 1).size() == 1",
        "results.tests.output.failures.map(each, each.level) == [1, 3]",
        "size(results.tests.output.failures) == 2",
        "has(results.tests.output.passed)",
        "iteration == 1",
        "shared_state.id_type == 'uuid'",
        "shared_state['id_type'].startsWith('uu')",
    ],
)
def test_an_expression_reads_results_the_round_and_the_shared_state(expression: str) -> None:
    check(expression, STEPS)
    assert true(expression, id_type="uuid") is True


def test_a_macro_of_a_macros_outcome_is_allowed_since_the_one_ends_before_the_other_begins() -> None:
    expression = "results.tests.output.failures.map(each, each.level).all(level, level > 0)"
    check(expression, STEPS)
    assert true(expression)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("", "read"),
        ("results.tests.output.passed &&", "read"),
        ("results.tests.output." + "a" * MAX_LENGTH, "longer"),
        ("result.tests.output.passed", "unknown name 'result'"),
        ("results.later.output.passed", "'later'"),
        ("results['load-tset'].output.passed", "'load-tset'"),
        ("results.tests.output.failures.all(each, other.level < 4)", "unknown name 'other'"),
        ("[1, 2].all(a, [1, 2].all(b, true))", "no bound"),
        ("[1, 2] . map ( a, [1, 2] . filter(b, true))", "no bound"),
        ("[[1].map(a, a)].all(c, [1].exists_one(b, b == 1))", "no bound"),
    ],
)
def test_what_cannot_be_decided_in_bounded_time_or_names_what_is_not_there_is_refused(
    expression: str, why: str
) -> None:
    with pytest.raises(ExpressionError, match=why):
        check(expression, STEPS)


@pytest.mark.parametrize(
    "expression",
    [
        "1",
        "'true'",
        "null",
        "results.tests.output.failures",
        "results.tests.output.missing",
        "1 / 0 == 1",
        "'a' < 1",
        "now() > 0",
    ],
)
def test_an_expression_that_does_not_come_out_as_true_or_false_is_an_error_and_never_a_yes(expression: str) -> None:
    with pytest.raises(ExpressionError):
        true(expression)


def test_a_stored_expression_is_bounded_too_when_it_is_evaluated() -> None:
    with pytest.raises(ExpressionError, match="no bound"):
        true("[1].all(a, [1].all(b, true))")


def test_the_steps_that_an_expression_reads_are_found_in_either_spelling() -> None:
    text = """results.tests.output.a && results["load-test"].output.b || results [ 'orders' ].status == "results.not"""
    assert named_steps(text) >= {"tests", "load-test", "orders"}
