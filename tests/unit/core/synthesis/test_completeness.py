from __future__ import annotations

from dataclasses import replace

import pytest
from creatorflow_orchestrator.core.errors import CoreError
from creatorflow_orchestrator.core.plan import Step
from creatorflow_orchestrator.core.state.saga_state import SagaStatus, StepState, StepStatus
from creatorflow_orchestrator.core.synthesis.synthesis_values import Source, StepOutput

from tests.unit.synthesis_builders import (
    DATABASE,
    ORDERS,
    SHIPPING,
    at,
    file,
    final_saga,
    section,
    step,
    step_state,
    synthesis_of,
)

TABLES, LABELS = step("tables", DATABASE, 0), step("labels", SHIPPING, 1)
ASKED = ("store orders", "print labels")
ONE_TABLE = "Orders are stored in one table with a primary key, partitioned by month and indexed by shop"
STORED = StepOutput(technical_specifications=section(ONE_TABLE, answers=(0,)))
CODE = "def print_label(parcel, carrier):\n    return zpl(parcel.address, carrier.barcode, width=4, height=6)"
PRINTED = StepOutput(code_examples=(file("labels.py", CODE, 0),))


def ended(planned: Step, status: StepStatus, reason: str = "") -> StepState:
    return step_state(planned, status=status, reason=reason)


def unreached(planned: Step, status: StepStatus = StepStatus.WAITING) -> StepState:
    return step_state(planned, started=None, finished=None, status=status)


def test_each_requirement_names_its_answering_agents() -> None:
    result = synthesis_of(final_saga(TABLES, LABELS, requirements=ASKED), {"tables": STORED, "labels": PRINTED})
    reported = [
        (requirement.requirement, requirement.answered_by, requirement.note)
        for requirement in result.completeness.requirements
    ]
    assert reported == [
        ("store orders", (Source(DATABASE, "tables"),), ""),
        ("print labels", (Source(SHIPPING, "labels"),), ""),
    ]
    assert (result.completeness.complete, result.completeness.unanswered) == (True, ())


def test_a_requirement_without_an_agent_is_unanswered_though_all_steps_succeeded() -> None:
    saga = final_saga(TABLES, requirements=("store orders", "a drone fleet"))
    result = synthesis_of(saga, {"tables": STORED})
    (gap,) = result.completeness.unanswered
    assert (gap.requirement, gap.note, gap.blamed) == ("a drone fleet", "no agent can answer it", ())
    assert (result.completeness.complete, result.overall_success) == (False, True)


def test_a_success_answers_nothing_unless_an_item_names_the_requirement() -> None:
    silent = StepOutput(technical_specifications=section("one table"), recommendations=section("vacuum", answers=(0,)))
    (gap,) = synthesis_of(
        final_saga(TABLES, requirements=("store orders",)), {"tables": silent}
    ).completeness.unanswered
    assert gap.note == f"step tables ({DATABASE}) succeeded, but no item of its answer names it"


@pytest.mark.parametrize(
    ("state", "note"),
    [
        (ended(LABELS, StepStatus.FAILED, "no carrier"), f"step labels ({SHIPPING}) failed: no carrier"),
        (ended(LABELS, StepStatus.SKIPPED, "its guard"), f"step labels ({SHIPPING}) was skipped: its guard"),
        (ended(LABELS, StepStatus.CANCELLED, "enough"), f"step labels ({SHIPPING}) was cancelled: enough"),
        (unreached(LABELS), f"step labels ({SHIPPING}) was not reached"),
        (unreached(LABELS, StepStatus.CANCELLED), f"step labels ({SHIPPING}) was not reached"),
    ],
)
def test_a_gap_gives_the_outcome_of_the_responsible_step(state: StepState, note: str) -> None:
    saga = final_saga(TABLES, LABELS, requirements=ASKED, states={"labels": state}, status=SagaStatus.FAILED)
    (gap,) = synthesis_of(saga, {"tables": STORED}).completeness.unanswered
    assert (gap.requirement, gap.note) == ("print labels", note)


def test_an_answered_requirement_names_the_responsible_steps_that_failed() -> None:
    also = step("states", ORDERS, 0)
    saga = final_saga(
        TABLES, also, requirements=("store orders",), states={"states": ended(also, StepStatus.FAILED, "tired")}
    )
    (answered,) = synthesis_of(saga, {"tables": STORED}).completeness.requirements
    assert answered.answered_by == (Source(DATABASE, "tables"),)
    assert answered.note == f"also asked of step states ({ORDERS}), which failed: tired"


@pytest.mark.parametrize("answered", [True, False])
def test_a_note_about_many_steps_with_long_reasons_stays_readable(answered: bool) -> None:
    failed = [step(f"lost{number}", SHIPPING, 0) for number in range(20)]
    states = {planned.id: ended(planned, StepStatus.FAILED, "x" * 4_000) for planned in failed}
    saga = final_saga(TABLES, *failed, requirements=("store orders",), states=states, status=SagaStatus.FAILED)
    (requirements,) = synthesis_of(saga, {"tables": STORED} if answered else {}).completeness.requirements
    assert len(requirements.note) < 3_000
    assert requirements.note.endswith("and 15 more" if answered else "and 16 more")


@pytest.mark.parametrize("status", [SagaStatus.FAILED, SagaStatus.CANCELLED])
def test_a_saga_that_ended_badly_keeps_all_succeeded_results(status: SagaStatus) -> None:
    states = {"labels": ended(LABELS, StepStatus.FAILED)}
    result = synthesis_of(
        final_saga(TABLES, LABELS, requirements=ASKED, states=states, status=status), {"tables": STORED}
    )
    assert [specification.text for specification in result.output.technical_specifications] == [ONE_TABLE]
    assert (result.status, result.overall_success) == (status, False)


def test_the_output_of_a_failed_step_does_not_count() -> None:
    states = {"labels": ended(LABELS, StepStatus.FAILED)}
    saga = final_saga(TABLES, LABELS, requirements=ASKED, states=states, status=SagaStatus.FAILED)
    result = synthesis_of(saga, {"tables": STORED, "labels": PRINTED})
    assert result.output.code_examples == ()


def test_a_failed_optional_step_degrades_the_saga_which_still_succeeds() -> None:
    optional = step("labels", SHIPPING, 1, optional=True)
    states = {"labels": ended(optional, StepStatus.FAILED, "no carrier")}
    result = synthesis_of(final_saga(TABLES, optional, requirements=ASKED, states=states), {"tables": STORED})
    assert (result.overall_success, result.degraded) == (True, ("labels",))


@pytest.mark.parametrize("optional", [True, False])
def test_a_step_skipped_by_its_guard_has_not_failed(optional: bool) -> None:
    guarded = step("labels", SHIPPING, 1, when="false", optional=optional)
    states = {"labels": ended(guarded, StepStatus.SKIPPED, "its guard does not hold")}
    result = synthesis_of(final_saga(TABLES, guarded, requirements=ASKED, states=states), {"tables": STORED})
    assert (result.overall_success, result.degraded) == (True, ())


def test_a_dry_run_fails_nothing_and_answers_nothing() -> None:
    states = {"tables": unreached(TABLES), "labels": unreached(LABELS)}
    requirements = (*ASKED, "a drone fleet")
    result = synthesis_of(final_saga(TABLES, LABELS, requirements=requirements, states=states, dry_run=True), {})
    assert (result.overall_success, result.degraded, result.completeness.complete) == (True, (), False)
    nothing = "dry run: nothing was dispatched"
    assert [requirement.note for requirement in result.completeness.requirements] == [
        nothing,
        nothing,
        "no agent can answer it",
    ]


def test_a_plan_without_requirements_is_complete_if_it_succeeded() -> None:
    states = {"tables": ended(TABLES, StepStatus.FAILED)}
    assert synthesis_of(final_saga(TABLES), {}).completeness.complete is True
    assert synthesis_of(final_saga(TABLES, states=states, status=SagaStatus.FAILED), {}).completeness.complete is False


def test_a_running_saga_has_no_result() -> None:
    with pytest.raises(CoreError, match="still runs"):
        synthesis_of(replace(final_saga(TABLES), status=SagaStatus.RUNNING, updated_at=at(1)), {})
