from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from creatorflow_orchestrator.core.plan import Loop
from creatorflow_orchestrator.core.state.saga_state import Recovery, Saga, SagaStatus, StepState, StepStatus
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, StepOutcome, StepOutput
from creatorflow_orchestrator.core.synthesis.synthesizer import synthesise

from tests.unit.synthesis_builders import (
    DATABASE,
    ORDERS,
    SHIPPING,
    START,
    at,
    final_saga,
    step,
    step_state,
    synthesis_of,
)

TABLES, STATES = step("tables", DATABASE), step("states", ORDERS, after=("tables",))
LABELS, REPORT = step("labels", SHIPPING, after=("tables",)), step("report", ORDERS, after=("states", "labels"))
RECOVERY = Recovery("retryable", "retry", "retry 1 of 3", 1)


def test_a_step_is_reported_with_attempts_duration_tokens_recoveries_and_reason() -> None:
    state = step_state(TABLES, 1.0, 3.5, attempt=2, tokens=40, recoveries=(RECOVERY,))
    (report,) = synthesis_of(final_saga(TABLES, states={"tables": state}), {}).execution.steps
    assert (report.step, report.agent, report.outcome) == ("tables", DATABASE, StepOutcome.SUCCEEDED)
    assert (report.attempts, report.duration_ms, report.tokens) == (2, 2_500, 40)
    assert (report.recoveries, report.alternative, report.reason) == ((RECOVERY,), None, "")


def test_an_alternative_is_named_beside_the_planned_agent() -> None:
    (report,) = synthesis_of(
        final_saga(TABLES, states={"tables": step_state(TABLES, agent=ORDERS)}), {}
    ).execution.steps
    assert (report.agent, report.alternative) == (DATABASE, ORDERS)


def test_a_child_saga_answers_under_the_agent_name_saga() -> None:
    (report,) = synthesis_of(final_saga(step("part", "", request="Build the rest")), {}).execution.steps
    assert (report.agent, report.alternative) == ("saga", None)


def test_the_path_lists_ended_steps_in_order_of_completion() -> None:
    states = {
        "tables": step_state(TABLES, 0, 5),
        "states": step_state(STATES, 0, 2, status=StepStatus.FAILED),
        "labels": step_state(LABELS, None, 1, status=StepStatus.SKIPPED),
        "report": step_state(REPORT, 0, 3, status=StepStatus.CANCELLED),
    }
    saga = final_saga(TABLES, STATES, LABELS, REPORT, states=states, status=SagaStatus.FAILED)
    assert synthesis_of(saga, {}).execution.path == ("states", "tables")


def test_steps_that_finish_at_the_same_moment_come_in_plan_order() -> None:
    assert synthesis_of(final_saga(STATES, LABELS, TABLES), {}).execution.path == ("states", "labels", "tables")


def test_the_critical_path_is_the_chain_of_steps_that_waited_for_each_other() -> None:
    states = {
        "tables": step_state(TABLES, 0.5, 2),
        "states": step_state(STATES, 2, 3),
        "labels": step_state(LABELS, 2, 6),
        "report": step_state(REPORT, 6, 7),
    }
    execution = synthesis_of(final_saga(TABLES, STATES, LABELS, REPORT, states=states), {}).execution
    assert execution.critical_path == ("tables", "labels", "report")
    assert execution.critical_path_ms == 6_500


def test_the_critical_path_may_be_one_long_step_without_dependents() -> None:
    alone = step("alone", ORDERS)
    states = {"tables": step_state(TABLES, 0, 1), "labels": step_state(LABELS, 1, 2), "alone": step_state(alone, 0, 9)}
    execution = synthesis_of(final_saga(TABLES, LABELS, alone, states=states), {}).execution
    assert (execution.critical_path, execution.critical_path_ms) == (("alone",), 9_000)


def test_the_critical_path_passes_through_a_skipped_step_without_listing_it() -> None:
    states = {
        "tables": step_state(TABLES, 0, 2),
        "states": step_state(STATES, None, 2, status=StepStatus.SKIPPED),
        "report": step_state(REPORT, 2, 4),
    }
    free = step("report", ORDERS, after=("states",))
    assert synthesis_of(final_saga(TABLES, STATES, free, states=states), {}).execution.critical_path == (
        "tables",
        "report",
    )


def test_a_saga_without_executed_steps_has_no_critical_path() -> None:
    idle = step_state(TABLES, None, None, status=StepStatus.WAITING)
    execution = synthesis_of(final_saga(TABLES, states={"tables": idle}, dry_run=True), {}).execution
    assert (execution.path, execution.critical_path, execution.critical_path_ms) == ((), (), 0)


def test_an_open_step_lasts_until_the_end() -> None:
    state = step_state(TABLES, 4, None, status=StepStatus.OPEN)
    (report,) = synthesis_of(
        final_saga(TABLES, states={"tables": state}, status=SagaStatus.CANCELLED), {}
    ).execution.steps
    assert (report.outcome, report.duration_ms) == (StepOutcome.CANCELLED, 6_000)


def test_totals_cover_all_steps_and_differing_clocks_never_give_a_negative_duration() -> None:
    states = {"tables": step_state(TABLES, 3, 2, tokens=7), "states": step_state(STATES, tokens=5)}
    saga = final_saga(TABLES, STATES, states=states)
    execution = synthesise(saga, {}, {}, START - timedelta(seconds=1)).execution
    assert (execution.duration_ms, execution.steps[0].duration_ms, execution.tokens) == (0, 0, 12)
    assert synthesis_of(saga, {}).execution.duration_ms == (at(10) - START) // timedelta(milliseconds=1)


def test_a_step_that_was_never_reached_names_the_steps_it_waited_for() -> None:
    states = {"states": step_state(STATES, status=StepStatus.FAILED), "report": step_state(REPORT, None, None)}
    states["report"] = replace(states["report"], status=StepStatus.WAITING)
    saga = final_saga(TABLES, STATES, LABELS, REPORT, states=states, status=SagaStatus.FAILED)
    report = synthesis_of(saga, {}).execution.steps[-1]
    assert (report.outcome, report.depends_on) == (StepOutcome.NOT_REACHED, ("states", "labels"))
    assert report.reason == "the request ended while it waited for states"


LOOPED = (step("draft", ORDERS, 0), step("check", DATABASE, after=("draft",)))


def looped(**states: StepState) -> Saga:
    saga = final_saga(*LOOPED, requirements=("orders",), states=states, status=SagaStatus.FAILED)
    loops = (Loop(("draft", "check"), "false", 3),)
    return replace(saga, definition=replace(saga.definition, plan=replace(saga.plan, loops=loops)))


@pytest.mark.parametrize("status", [StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.WAITING])
def test_the_last_output_of_a_loop_is_kept_however_the_loop_ended(status: StepStatus) -> None:
    check = replace(step_state(LOOPED[1], status=status), iteration=3)
    output = StepOutput(technical_specifications=(Item("half of it", (0,)),), data={"passed": False})
    result = synthesis_of(looped(check=check), {"check": output, "draft": output})
    assert result.output.data == {"draft": {"passed": False}, "check": {"passed": False}}
    assert [entry.iterations for entry in result.execution.steps] == [1, 3]
    assert not result.overall_success


def test_the_output_of_a_step_outside_loops_that_failed_later_does_not_count() -> None:
    saga = final_saga(TABLES, states={"tables": step_state(TABLES, status=StepStatus.FAILED)}, status=SagaStatus.FAILED)
    assert synthesis_of(saga, {"tables": StepOutput(data={"rows": 3})}).output.data == {}
