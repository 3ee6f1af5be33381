from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from creatorflow_orchestrator.core.plan import Loop
from creatorflow_orchestrator.core.state.saga_state import Recovery, Saga, SagaStatus, StepState, StepStatus
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, StepOutcome, StepOutput
from creatorflow_orchestrator.core.synthesis.synthesizer import synthesise

from tests.unit.synthesis_language import DATABASE, ORDERS, SHIPPING, START, at, made, saga, step, went

TABLES, STATES = step("tables", DATABASE), step("states", ORDERS, after=("tables",))
LABELS, REPORT = step("labels", SHIPPING, after=("tables",)), step("report", ORDERS, after=("states", "labels"))
RECOVERY = Recovery("retryable", "retry", "retry 1 of 3", 1)


def test_a_step_is_reported_with_attempts_duration_tokens_recoveries_and_reason() -> None:
    state = went(TABLES, 1.0, 3.5, attempt=2, tokens=40, recoveries=(RECOVERY,))
    (report,) = made(saga(TABLES, states={"tables": state}), {}).execution.steps
    assert (report.step, report.agent, report.outcome) == ("tables", DATABASE, StepOutcome.SUCCEEDED)
    assert (report.attempts, report.duration_ms, report.tokens) == (2, 2_500, 40)
    assert (report.recoveries, report.alternative, report.reason) == ((RECOVERY,), None, "")


def test_an_alternative_is_named_beside_the_planned_agent() -> None:
    (report,) = made(saga(TABLES, states={"tables": went(TABLES, agent=ORDERS)}), {}).execution.steps
    assert (report.agent, report.alternative) == (DATABASE, ORDERS)


def test_a_child_saga_answers_under_the_agent_name_saga() -> None:
    (report,) = made(saga(step("part", "", request="Build the rest")), {}).execution.steps
    assert (report.agent, report.alternative) == ("saga", None)


def test_the_path_lists_ended_steps_in_order_of_completion() -> None:
    states = {
        "tables": went(TABLES, 0, 5),
        "states": went(STATES, 0, 2, status=StepStatus.FAILED),
        "labels": went(LABELS, None, 1, status=StepStatus.SKIPPED),
        "report": went(REPORT, 0, 3, status=StepStatus.CANCELLED),
    }
    one = saga(TABLES, STATES, LABELS, REPORT, states=states, status=SagaStatus.FAILED)
    assert made(one, {}).execution.path == ("states", "tables")


def test_steps_that_finish_at_the_same_moment_come_in_plan_order() -> None:
    assert made(saga(STATES, LABELS, TABLES), {}).execution.path == ("states", "labels", "tables")


def test_the_critical_path_is_the_chain_of_steps_that_waited_for_each_other() -> None:
    states = {
        "tables": went(TABLES, 0.5, 2),
        "states": went(STATES, 2, 3),
        "labels": went(LABELS, 2, 6),
        "report": went(REPORT, 6, 7),
    }
    execution = made(saga(TABLES, STATES, LABELS, REPORT, states=states), {}).execution
    assert execution.critical_path == ("tables", "labels", "report")
    assert execution.critical_path_ms == 6_500


def test_the_critical_path_may_be_one_long_step_without_dependents() -> None:
    alone = step("alone", ORDERS)
    states = {"tables": went(TABLES, 0, 1), "labels": went(LABELS, 1, 2), "alone": went(alone, 0, 9)}
    execution = made(saga(TABLES, LABELS, alone, states=states), {}).execution
    assert (execution.critical_path, execution.critical_path_ms) == (("alone",), 9_000)


def test_the_critical_path_passes_through_a_skipped_step_without_listing_it() -> None:
    states = {
        "tables": went(TABLES, 0, 2),
        "states": went(STATES, None, 2, status=StepStatus.SKIPPED),
        "report": went(REPORT, 2, 4),
    }
    free = step("report", ORDERS, after=("states",))
    assert made(saga(TABLES, STATES, free, states=states), {}).execution.critical_path == ("tables", "report")


def test_a_saga_without_executed_steps_has_no_critical_path() -> None:
    idle = went(TABLES, None, None, status=StepStatus.WAITING)
    execution = made(saga(TABLES, states={"tables": idle}, dry_run=True), {}).execution
    assert (execution.path, execution.critical_path, execution.critical_path_ms) == ((), (), 0)


def test_an_open_step_lasts_until_the_end() -> None:
    state = went(TABLES, 4, None, status=StepStatus.OPEN)
    (report,) = made(saga(TABLES, states={"tables": state}, status=SagaStatus.CANCELLED), {}).execution.steps
    assert (report.outcome, report.duration_ms) == (StepOutcome.CANCELLED, 6_000)


def test_totals_cover_all_steps_and_differing_clocks_never_give_a_negative_duration() -> None:
    states = {"tables": went(TABLES, 3, 2, tokens=7), "states": went(STATES, tokens=5)}
    one = saga(TABLES, STATES, states=states)
    execution = synthesise(one, {}, {}, START - timedelta(seconds=1)).execution
    assert (execution.duration_ms, execution.steps[0].duration_ms, execution.tokens) == (0, 0, 12)
    assert made(one, {}).execution.duration_ms == (at(10) - START) // timedelta(milliseconds=1)


def test_a_step_that_was_never_reached_names_the_steps_it_waited_for() -> None:
    states = {"states": went(STATES, status=StepStatus.FAILED), "report": went(REPORT, None, None)}
    states["report"] = replace(states["report"], status=StepStatus.WAITING)
    one = saga(TABLES, STATES, LABELS, REPORT, states=states, status=SagaStatus.FAILED)
    report = made(one, {}).execution.steps[-1]
    assert (report.outcome, report.depends_on) == (StepOutcome.NOT_REACHED, ("states", "labels"))
    assert report.reason == "the request ended while it waited for states"


LOOPED = (step("draft", ORDERS, 0), step("check", DATABASE, after=("draft",)))


def looped(**states: StepState) -> Saga:
    one = saga(*LOOPED, requirements=("orders",), states=states, status=SagaStatus.FAILED)
    loops = (Loop(("draft", "check"), "false", 3),)
    return replace(one, definition=replace(one.definition, plan=replace(one.plan, loops=loops)))


@pytest.mark.parametrize("status", [StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.WAITING])
def test_the_last_output_of_a_loop_is_kept_however_the_loop_ended(status: StepStatus) -> None:
    check = replace(went(LOOPED[1], status=status), iteration=3)
    output = StepOutput(technical_specifications=(Item("half of it", (0,)),), data={"passed": False})
    result = made(looped(check=check), {"check": output, "draft": output})
    assert result.output.data == {"draft": {"passed": False}, "check": {"passed": False}}
    assert [each.iterations for each in result.execution.steps] == [1, 3]
    assert not result.overall_success


def test_the_output_of_a_step_outside_loops_that_failed_later_does_not_count() -> None:
    one = saga(TABLES, states={"tables": went(TABLES, status=StepStatus.FAILED)}, status=SagaStatus.FAILED)
    assert made(one, {"tables": StepOutput(data={"rows": 3})}).output.data == {}
