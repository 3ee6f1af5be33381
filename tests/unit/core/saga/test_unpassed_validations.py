"""What follows from a validation that does not pass, in a plan made from words and in one of the client's own."""

from __future__ import annotations

from typing import Any

from creatorflow_orchestrator.core.plan import Loop, Step, StepType
from creatorflow_orchestrator.core.request import Reading
from creatorflow_orchestrator.core.state.commands import Record
from creatorflow_orchestrator.core.state.events import StepCommanded
from creatorflow_orchestrator.core.state.saga_state import SagaStatus, StepStatus

from .test_machine import Run, concluded, dispatched, step

FINDING = "the load test has no figure for p95 < 400 ms"
FAILED: dict[str, object] = {"data": {"passed": False, "findings": [FINDING]}}
PASSED = "(!has(results.tests.output.data.passed) || results.tests.output.data.passed)"


def validation(*depends_on: str, **fields: Any) -> Step:
    return Step("tests", "tests-agent", StepType.VALIDATION, "test it", depends_on=depends_on, **fields)


def from_words(*steps: Step, **fields: Any) -> Run:
    return Run(*steps, reading=Reading(), **fields)


def test_a_validation_that_does_not_pass_fails_a_request_made_from_words() -> None:
    run = from_words(step("orders"), validation("orders"))
    run.succeed("orders")
    assert concluded(run.succeed("tests", FAILED)) == [SagaStatus.FAILED]
    assert run.saga.reason == f"step tests failed: it did not pass: {FINDING}"
    assert run.saga.steps["tests"].result_seq is not None  # its answer is kept


def test_an_optional_validation_that_does_not_pass_degrades_it() -> None:
    run = from_words(step("orders"), validation("orders", optional=True))
    run.succeed("orders")
    assert concluded(run.succeed("tests", FAILED)) == [SagaStatus.COMPLETED]
    assert run.status("tests") is StepStatus.FAILED


def test_a_validation_that_passes_or_says_nothing_completes_it() -> None:
    outputs: list[dict[str, object]] = [{"data": {"passed": True}}, {}, {"data": {"passed": "no"}}]
    for output in outputs:
        assert concluded(from_words(validation()).succeed("tests", output)) == [SagaStatus.COMPLETED]


def test_a_step_that_is_no_validation_does_not_fail_by_what_it_says() -> None:
    assert concluded(from_words(step("orders")).succeed("orders", FAILED)) == [SagaStatus.COMPLETED]


def test_in_a_clients_own_plan_guards_and_loops_alone_decide() -> None:
    assert concluded(Run(validation()).succeed("tests", FAILED)) == [SagaStatus.COMPLETED]


def test_a_plan_with_a_step_for_the_case_goes_on_with_it() -> None:
    deploy, repair = step("deploy", "tests", when=PASSED), step("repair", "tests", when=f"!{PASSED}")
    run = from_words(validation(), deploy, repair)
    assert dispatched(run.succeed("tests", FAILED)) == ["repair"]
    assert concluded(run.succeed("repair")) == [SagaStatus.COMPLETED]
    assert run.status("tests") is StepStatus.SUCCEEDED


def test_a_loop_of_a_plan_made_from_words_fails_at_its_limit() -> None:
    run = from_words(step("tune"), validation("tune"), loops=(Loop(("tune", "tests"), PASSED, 1),))
    run.succeed("tune")
    assert concluded(run.succeed("tests", FAILED)) == [SagaStatus.FAILED]
    assert run.saga.reason == f"step tests failed: after 1 round, the limit: step tests did not pass: {FINDING}"


def test_a_loop_whose_plan_has_a_step_for_the_case_ends_at_its_limit_and_the_plan_goes_on() -> None:
    steps = (step("deploy", "tests", when=PASSED), step("roll_back", "tests", when=f"!{PASSED}"))
    run = from_words(step("tune"), validation("tune"), *steps, loops=(Loop(("tune", "tests"), PASSED, 2),))
    run.succeed("tune")
    assert dispatched(run.succeed("tests", FAILED)) == ["tune"]
    run.succeed("tune")
    commands = run.succeed("tests", FAILED)
    assert dispatched(commands) == ["roll_back"]
    words = f"after 2 rounds, the limit: step tests did not pass: {FINDING}"
    assert [record.message for record in commands if isinstance(record, Record) and record.event == "loop_ended"] == [
        words
    ]
    assert run.saga.steps["tests"].reason == words
    assert run.saga.steps["deploy"].reason == f"its guard does not hold: step tests did not pass: {FINDING}"
    assert concluded(run.succeed("roll_back")) == [SagaStatus.COMPLETED]


def test_a_loop_with_a_step_for_success_alone_fails_at_its_limit() -> None:
    deploy = step("deploy", "tests", when=PASSED)
    run = from_words(step("tune"), validation("tune"), deploy, loops=(Loop(("tune", "tests"), PASSED, 1),))
    run.succeed("tune")
    assert concluded(run.succeed("tests", FAILED)) == [SagaStatus.FAILED]
    assert run.saga.reason == f"step tests failed: after 1 round, the limit: step tests did not pass: {FINDING}"


def test_such_a_loop_of_a_clients_own_plan_fails_at_its_limit() -> None:
    steps = (validation(), step("deploy", "tests", when=PASSED))
    run = Run(*steps, loops=(Loop(("tests",), PASSED, 1),))
    assert concluded(run.succeed("tests", FAILED)) == [SagaStatus.FAILED]


def test_the_event_of_a_result_that_did_not_pass_says_why() -> None:
    commands = Run(step("orders"), validation("orders")).succeed("orders", FAILED)
    (message,) = [
        record.message for record in commands if isinstance(record, Record) and record.event == "step_succeeded"
    ]
    assert message == f"it did not pass: {FINDING}"


def test_a_retry_forgets_the_answer_that_did_not_pass() -> None:
    run = from_words(step("orders"), validation(optional=True))
    run.succeed("tests", FAILED)
    run.give(StepCommanded(run.at, "tests", "retry"))
    assert (run.saga.steps["tests"].result_seq, run.saga.steps["tests"].verdict) == (None, "")
    run.succeed("tests", {"data": {"passed": True}})
    assert run.status("tests") is StepStatus.SUCCEEDED
