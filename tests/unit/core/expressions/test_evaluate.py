"""Guards and loop checks: the allowed expressions, and their values."""

from __future__ import annotations

import pytest
from creatorflow_orchestrator.core.expressions.evaluate import (
    MAX_LENGTH,
    ExpressionError,
    check,
    holds,
    named_steps,
    readable,
)

from tests.call_count import calls

STEPS = {"tests": None, "load-test": None}
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
def test_an_expression_reads_results_the_iteration_and_the_shared_state(expression: str) -> None:
    check(expression, STEPS)
    assert true(expression, id_type="uuid") is True


def test_a_macro_on_the_outcome_of_a_macro_is_allowed_because_they_run_one_after_the_other() -> None:
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
def test_an_unbounded_expression_or_an_unknown_name_is_refused(expression: str, why: str) -> None:
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
def test_a_result_that_is_not_a_boolean_is_an_error_and_never_true(expression: str) -> None:
    with pytest.raises(ExpressionError):
        true(expression)


def test_a_stored_expression_is_bounded_too_when_it_is_evaluated() -> None:
    with pytest.raises(ExpressionError, match="no bound"):
        true("[1].all(a, [1].all(b, true))")


def test_the_steps_that_an_expression_reads_are_found_in_either_notation() -> None:
    text = """results.tests.output.a && results["load-test"].output.b || results [ 'orders' ].status == "results.not"""
    assert named_steps(text) >= {"tests", "load-test", "orders"}


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("results.tests.outptu.passed", "no field 'outptu'; it has output and status"),
        ("results['tests']['outptu']", "no field 'outptu'"),
        ("results.declared.output.pased", "the expected output of step 'declared' has no 'pased'"),
        ("results.declared.output.report.leval > 1", "has no 'report.leval'"),
        ("results.exists(name, name == 'tests')", "by the name of its step"),
        ("results[shared_state.id_type].output.passed", "by the name of its step"),
        ("now() > 0", "unknown function 'now'"),
        ("results.tests.output.passed.really()", "unknown function 'really'"),
        ("shared_state.id_tpye == 'uuid'", "nobody decides 'id_tpye'; decided are id_type"),
        ("1 < 'a'", "cannot be evaluated"),
        ("'yes'", "true or false"),
    ],
)
def test_an_unknown_name_is_refused_before_evaluation(expression: str, why: str) -> None:
    report = {"type": "object", "properties": {"level": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"passed": {"type": "boolean"}, "report": report}}
    with pytest.raises(ExpressionError, match=why):
        check(expression, STEPS | {"declared": schema}, frozenset({"id_type"}))


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {"type": "object"},
        {"properties": {"passed": {}}, "additionalProperties": True},
        {"properties": {"passed": {}}, "patternProperties": {"^x_": {}}},
        {"properties": {"passed": {}}, "allOf": [{"properties": {"more": {}}}]},
        {"properties": {"more": {}}},
    ],
)
def test_a_schema_that_allows_a_field_does_not_refuse_it(schema: dict[str, object] | None) -> None:
    check("results.tests.output.more == 1", {"tests": schema})


def test_a_literal_or_a_comment_that_looks_like_a_name_is_ignored() -> None:
    check("'results.ghost.output' != \"it's results\" // results.ghost", {})
    check("results.tests.output.results == r'results.ghost\\'", STEPS)
    assert named_steps("results.tests.output.a == 'results.ghost' // results.ghost") == {"tests"}


BIG = {"items": list(range(200_000)), "text": "a" * 500_000, "passed": True}
JOIN = "results.big.output.items"


@pytest.mark.parametrize(
    "expression",
    [
        f"{JOIN}.map(x, {JOIN}).map(y, y + {JOIN}).all(z, z != [])",
        f"{JOIN}.map(x, [x, x, x]).size() > 1",
        f"{JOIN}.map(x, results.big.output.text + 'b').size() > 1",
        f"{JOIN}.all(x, x in {JOIN})",
        f"{JOIN}.all(x, !results.big.output.text.contains('b'))",
        f"{JOIN}.all(x, 'a'.matches('a'))",
        "'aaaaaaaa'.matches('((a{100}){100}){100}')",
        "'a'.matches(results.big.output.text)",
        " && ".join([f"{JOIN}.all(x,true)"] * 6),
        "results.big.output.text == 'b'",
        "results.big.output == {}",
    ],
)
def test_no_expression_is_expensive_on_any_input(expression: str) -> None:
    def refused() -> None:
        with pytest.raises(ExpressionError, match=r"no bound|reads more|has more than|matches"):
            holds(expression, {"big": {"output": BIG, "status": "succeeded"}}, 1, {})

    assert calls(refused) < 2 * len(BIG["items"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "expression", [f"{JOIN}.all(x, x in {JOIN})", f"{JOIN}.map(x, x).map(x, x).map(x, x).map(x, x).size() == 400"]
)
def test_the_most_expensive_allowed_expression_is_cheap(expression: str) -> None:
    items = list(range(400))
    assert calls(lambda: holds(expression, {"big": {"output": {"items": items}}}, 1, {})) < 50 * len(items)
    assert holds(expression, {"big": {"output": {"items": items}}}, 1, {})


def test_a_small_field_beside_large_ones_is_read_because_only_named_fields_are_examined() -> None:
    result = {"big": {"output": BIG, "status": "succeeded"}}
    assert holds("results.big.output.passed && results.big.status == 'succeeded'", result, 1, {})
    assert holds("has(results.big.output.items) && !has(results.big.output.more)", result, 1, {})


@pytest.mark.parametrize(
    ("output", "passed"),
    [({}, True), ({"data": {}}, True), ({"data": {"passed": True}}, True), ({"data": {"passed": False}}, False)],
)
def test_the_presence_of_a_field_can_be_tested_at_any_depth(output: dict[str, object], passed: bool) -> None:
    data = "results.tests.output.data"
    expression = f"(!has({data}) || !has({data}.passed) || {data}.passed == true)"
    kept = readable([expression], "tests", output)
    assert holds(expression, {"tests": {"output": output}}, 1, {}) is passed
    assert holds(expression, {"tests": {"output": kept}}, 1, {}) is passed
    assert holds(f"has({data}) && has({data}.passed)", {"tests": {"output": output}}, 1, {}) is (
        "passed" in str(output)
    )


def test_only_the_named_parts_of_an_output_are_kept_for_an_expression_and_the_output_is_unchanged() -> None:
    output = {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": 3}
    expressions = ["results.x.output.a.b == 1", "has(results.x.output.d)", "results.y.output.e == 3"]
    assert readable(expressions, "x", output) == {"a": {"b": 1}, "d": None}
    assert readable(["results.x == {}", *expressions], "x", output) == output
    assert readable(["results.x.status == 'failed'"], "x", output) == {}
    assert output == {"a": {"b": 1, "c": 2}, "d": [1, 2], "e": 3}
