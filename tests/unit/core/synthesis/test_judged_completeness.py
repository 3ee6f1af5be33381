"""Completeness of a request made from words: what was read is what has to be answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.request import AskKind, Attachment, Constraint, Exclusion, Reading
from creatorflow_orchestrator.core.state.saga_state import StepStatus
from creatorflow_orchestrator.core.synthesis.synthesis_values import (
    Assumption,
    Completeness,
    NotHonoured,
    Source,
    StepOutput,
    Synthesis,
    Verdict,
)

from tests.unit.synthesis_builders import (
    DATABASE,
    SHIPPING,
    ask,
    figure,
    final_saga,
    named,
    section,
    step,
    step_state,
    synthesis_of,
)

PRINT, KEEP = ask("print labels on a Zebra", "labels"), ask("keep invoices for ten years", "invoices", at=40)
ZEBRA = named("Zebra", "printer", (0,))
YEARS = figure("for ten years", 10, "year", "invoices", (1,))
READING = Reading(asks=(PRINT, KEEP), facts=(ZEBRA, YEARS))
LABELS, INVOICES = step("labels", SHIPPING, 0), step("invoices", DATABASE, 1)
PRINTED = section("Labels are printed as ZPL, raw over TCP to the Zebra at the packing table.", answers=(0,))
KEPT = section("Invoices are kept for 120 months under object lock; a nightly job removes older files.", answers=(0,))


def synthesised(reading: Reading = READING, **outputs: StepOutput) -> Synthesis:
    texts = tuple(asked.text for asked in reading.asks)
    return synthesis_of(final_saga(LABELS, INVOICES, requirements=texts, reading=reading), outputs)


def completeness(reading: Reading = READING, **outputs: StepOutput) -> Completeness:
    return synthesised(reading, **outputs).completeness


def output(*items: Any, **fields: Any) -> StepOutput:
    return StepOutput(technical_specifications=items, **fields)


def verdicts(found: Completeness) -> list[tuple[str, tuple[str, ...]]]:
    return [(requirement.verdict.value, requirement.missing) for requirement in found.requirements]


def test_a_result_is_complete_if_every_ask_is_answered() -> None:
    found = completeness(labels=output(*PRINTED), invoices=output(*KEPT))
    assert (verdicts(found), found.complete) == ([("answered", ()), ("answered", ())], True)


def test_an_agents_own_mark_alone_does_not_answer_an_ask() -> None:
    marked = section("Labels are PDF files of 4 x 6 inches, printed by the driver of the printer.", answers=(0,))
    found = completeness(labels=output(*marked), invoices=output(*KEPT))
    assert verdicts(found) == [("partly", ("Zebra",)), ("answered", ())]
    assert not found.complete
    assert found.requirements[0].answered_by == (Source(SHIPPING, "labels"),)
    assert found.unanswered == ()


def test_an_echo_answers_nothing_and_the_note_says_what_is_left_out() -> None:
    found = completeness(labels=output(*section(PRINT.text, answers=(0,))), invoices=output(*KEPT))
    (gap,) = found.unanswered
    text = f"step labels ({SHIPPING}) succeeded, but no item of its answer says anything about it: nothing of Zebra"
    assert (gap.verdict, gap.answered_by, gap.note, gap.blamed) == (Verdict.NOT_ANSWERED, (), text, ("labels",))


def test_an_item_that_does_not_point_to_an_ask_does_not_answer_it() -> None:
    found = completeness(labels=output(*section(*(item.text for item in PRINTED))), invoices=output(*KEPT))
    assert found.requirements[0].note == f"step labels ({SHIPPING}) succeeded, but no item of its answer names it"


def test_an_ask_without_an_agent_is_nobodys_and_one_that_is_taken_back_is_excluded() -> None:
    charts, scarf = ask("a chart of refunds", domains=("analytics",), at=80), ask("knit a scarf", at=100)
    no_charts = Exclusion(120, 129, "no charts", domains=("analytics",))
    reading = Reading(asks=(PRINT, KEEP, charts, scarf), facts=READING.facts, exclusions=(no_charts,))
    found = completeness(reading, labels=output(*PRINTED), invoices=output(*KEPT))
    assert [(requirement.verdict, requirement.note) for requirement in found.requirements[2:]] == [
        (Verdict.EXCLUDED, "left out, as asked: no charts"),
        (Verdict.NOBODY, "no agent can answer it"),
    ]
    assert not found.complete
    without = Reading(asks=(PRINT, KEEP, charts), facts=READING.facts, exclusions=(no_charts,))
    assert completeness(without, labels=output(*PRINTED), invoices=output(*KEPT)).complete


def test_code_that_came_with_an_ask_has_to_be_spoken_of() -> None:
    slow = ask("our invoice search is slow", "invoice search", kind=AskKind.SPEED_UP)
    query = Attachment(0, 0, "SELECT * FROM tax_invoices", "sql")
    reading = Reading(asks=(PRINT, slow), facts=(ZEBRA,), attachments=(query,))
    with_code = replace(reading, asks=(PRINT, replace(slow, attachments=(0,))))
    stated = section(
        "The invoice search reads an index instead of the whole table, and stops at 50 rows.", answers=(0,)
    )
    assert completeness(reading, labels=output(*PRINTED), invoices=output(*stated)).complete
    found = completeness(with_code, labels=output(*PRINTED), invoices=output(*stated))
    assert found.requirements[1].missing == ("the sql that came with it",)


def test_a_fact_that_binds_all_may_be_stated_by_any_answer_but_not_by_none() -> None:
    mysql = named("MySQL")
    reading = Reading(asks=(PRINT, KEEP), facts=(ZEBRA, YEARS, mysql))
    silent = completeness(reading, labels=output(*PRINTED), invoices=output(*KEPT))
    assert verdicts(silent) == [("partly", ("MySQL",)), ("answered", ())] and not silent.complete
    spoken = section("The files are rows in MySQL.")
    assert completeness(reading, labels=output(*PRINTED), invoices=output(*KEPT, *spoken)).complete


def test_a_fact_that_binds_all_is_missing_of_an_ask_that_has_an_answer() -> None:
    scarf = ask("knit a scarf")
    reading = Reading(asks=(scarf, KEEP), facts=(YEARS, named("MySQL")))
    found = completeness(reading, invoices=output(*KEPT))
    assert [requirement.missing for requirement in found.requirements] == [(), ("MySQL",)]


def test_a_fact_of_a_constraint_that_no_answer_states_is_missing_where_it_concerns() -> None:
    stored = ask("keep invoices for ten years", "invoices", domains=("database",))
    placed = replace(named("MySQL"), start=90, end=95)
    reading = Reading(
        asks=(PRINT, stored), facts=(ZEBRA, YEARS, placed), constraints=(Constraint(90, 97, "MySQL 8", ("database",)),)
    )
    found = completeness(reading, labels=output(*PRINTED), invoices=output(*KEPT))
    assert verdicts(found) == [("answered", ()), ("partly", ("MySQL",))]


def test_a_constraint_that_a_step_does_not_keep_makes_its_asks_partly_answered() -> None:
    kept = NotHonoured("MySQL 8", "the files are for PostgreSQL")
    found = completeness(labels=output(*PRINTED), invoices=output(*KEPT, not_honoured=(kept,)))
    assert verdicts(found) == [("answered", ()), ("partly", ("MySQL 8",))]


def test_a_default_beside_a_stated_figure_makes_the_ask_partly_answered_and_a_person_sees_it() -> None:
    assumed = Assumption("invoices are kept for 30 days", "invoices", "say how long")
    result = synthesised(labels=output(*PRINTED), invoices=output(*KEPT, assumptions=(assumed,)))
    assert verdicts(result.completeness) == [("answered", ()), ("partly", ("for ten years",))]
    first = result.next_steps[0]
    assert first.text == (
        f"Correct the answer of step invoices ({DATABASE}): it assumes invoices are kept for 30 days although the "
        "request states for ten years"
    )
    assert first.follows_from == "contradiction: invoices"
    assert not [suggestion for suggestion in result.next_steps if suggestion.text.startswith("Confirm")]


def test_the_finding_of_a_validation_makes_its_requirement_partly_answered() -> None:
    check = replace(step("check", DATABASE, 0, 1, after=("labels", "invoices")), type=StepType.VALIDATION)
    saga = final_saga(LABELS, INVOICES, check, requirements=(PRINT.text, KEEP.text), reading=READING)
    finding = {"point": PRINT.text, "text": "labels: no test would fail without it", "figure": ""}
    outputs = {
        "labels": output(*PRINTED),
        "invoices": output(*KEPT),
        "check": StepOutput(data={"passed": False, "findings": [finding]}),
    }
    result = synthesis_of(saga, outputs)
    assert verdicts(result.completeness) == [
        ("partly", ("labels: no test would fail without it",)),
        ("answered", ()),
    ]
    passed = outputs | {"check": StepOutput(data={"passed": True, "findings": [finding]})}
    assert synthesis_of(saga, passed).completeness.complete


def test_the_answer_of_a_validation_that_did_not_pass_is_kept_though_its_step_failed() -> None:
    check = step("check", DATABASE, 1)
    state = step_state(check, status=StepStatus.FAILED, reason="it did not pass: no figure", result_seq=7)
    saga = final_saga(LABELS, check, requirements=(PRINT.text, KEEP.text), states={"check": state}, reading=READING)
    result = synthesis_of(saga, {"labels": output(*PRINTED), "check": output(*KEPT)})
    assert [item.text for item in result.output.technical_specifications] == [PRINTED[0].text, KEPT[0].text]
    assert not result.overall_success


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("as asked", Verdict.NOT_ANSWERED),
        ("The screens have a dark mode, a font of 14 px and an icon for the menu.", Verdict.NOT_ANSWERED),
        ("Labels are printed as ZPL, raw over TCP to the device at the packing table.", Verdict.ANSWERED),
    ],
)
def test_a_requirement_without_figures_in_a_clients_own_plan_is_judged_by_its_object(
    text: str, verdict: Verdict
) -> None:
    saga = final_saga(LABELS, requirements=("Print labels in bulk",))
    (found,) = synthesis_of(saga, {"labels": output(*section(text, answers=(0,)))}).completeness.requirements
    assert found.verdict is verdict


def test_a_requirement_with_figures_in_a_clients_own_plan_is_judged_by_them() -> None:
    saga = final_saga(LABELS, INVOICES, requirements=("print labels", "keep invoices for 10 years"))
    outputs = {
        "labels": output(*PRINTED),
        "invoices": output(*section("Invoices are kept in a bucket with a lock until they are removed.", answers=(0,))),
    }
    found = synthesis_of(saga, outputs).completeness
    assert verdicts(found) == [("answered", ()), ("partly", ("10 years",))]


def test_a_step_that_only_repeats_an_ask_does_not_count_among_those_that_answer_it() -> None:
    both = step("orders", DATABASE, 0)
    saga = final_saga(LABELS, both, requirements=(PRINT.text,), reading=Reading(asks=(PRINT,), facts=(ZEBRA,)))
    result = synthesis_of(saga, {"labels": output(*PRINTED), "orders": output(*section(PRINT.text, answers=(0,)))})
    (answered,) = result.completeness.requirements
    assert (answered.verdict, answered.answered_by) == (Verdict.ANSWERED, (Source(SHIPPING, "labels"),))


def test_an_item_that_repeats_the_instruction_of_its_step_is_an_echo() -> None:
    stated = replace(
        LABELS, description="Write the carrier adapters, the batch run and the printer queue for: print labels"
    )
    saga = final_saga(stated, requirements=(PRINT.text,), reading=Reading(asks=(PRINT,)))
    result = synthesis_of(saga, {"labels": output(*section(stated.description, answers=(0,)))})
    assert result.completeness.requirements[0].verdict is Verdict.NOT_ANSWERED


PASSED = "results.tests.output.data.passed == true"
DEPLOY, BACK = ask("deploy it", "it"), ask("roll it back", "it", at=20)
STAGED = section("A canary of 10 % of the shops runs for half an hour before all others follow.", answers=(0,))


def branches(second: str, **fields: Any) -> Completeness:
    """Return the verdicts on a deployment after tests that passed, and on a second step that was skipped."""
    steps = step("deploy", DATABASE, 0, when=PASSED), step("back", SHIPPING, 1, when=second)
    states = {"back": step_state(steps[1], status=StepStatus.SKIPPED, **fields)}
    reading = Reading(asks=(DEPLOY, BACK))
    saga = final_saga(*steps, requirements=("deploy it", "roll it back"), states=states, reading=reading)
    return synthesis_of(saga, {"deploy": output(*STAGED)}).completeness


@pytest.mark.parametrize("reason", ["its guard does not hold: step tests passed", "said in other words"])
def test_a_branch_that_the_words_do_not_want_in_this_case_is_left_out_as_asked(reason: str) -> None:
    found = branches(f"!({PASSED})", reason=reason)
    assert [requirement.verdict.value for requirement in found.requirements] == ["answered", "excluded"]
    assert found.requirements[1].note == f"left out, as asked: step back ({SHIPPING}) was skipped: {reason}"
    assert found.complete


def test_a_step_of_the_same_branch_that_a_person_skips_is_not_answered() -> None:
    found = branches(PASSED, reason="skipped by a person")
    assert [requirement.verdict.value for requirement in found.requirements] == ["answered", "not_answered"]


def test_an_ask_whose_condition_does_not_hold_is_not_answered_if_no_other_branch_ran() -> None:
    deploy = step("deploy", DATABASE, 0, when=PASSED)
    reason = "its guard does not hold: step tests did not pass: a label is blank"
    states = {"deploy": step_state(deploy, status=StepStatus.SKIPPED, reason=reason)}
    saga = final_saga(deploy, requirements=("deploy it",), states=states, reading=Reading(asks=(DEPLOY,)))
    (found,) = synthesis_of(saga, {}).completeness.requirements
    assert (found.verdict, found.note) == (
        Verdict.NOT_ANSWERED,
        f"step deploy ({DATABASE}) was skipped: {reason}",
    )
