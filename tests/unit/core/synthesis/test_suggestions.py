from __future__ import annotations

from dataclasses import replace

from creatorflow_orchestrator.core.plan import StepType
from creatorflow_orchestrator.core.request import Reading
from creatorflow_orchestrator.core.state.saga_state import Recovery, SagaStatus, StepStatus
from creatorflow_orchestrator.core.synthesis.synthesis_values import (
    Assumption,
    NotHonoured,
    Source,
    StepOutput,
    Suggestion,
)

from tests.unit.synthesis_builders import (
    DATABASE,
    ORDERS,
    SHIPPING,
    ask,
    figure,
    file,
    final_saga,
    named,
    section,
    step,
    step_state,
    synthesis_of,
)

TABLES, LABELS = step("tables", DATABASE, 0), step("labels", SHIPPING, 1)
BY_TABLES, BY_LABELS = Source(DATABASE, "tables"), Source(SHIPPING, "labels")
ASKED = ("store orders", "print labels")
ONE_TABLE = "Orders are stored in one table with a primary key, partitioned by month and indexed by shop"
SPOOLED = "Labels are printed at 4 x 6 inches by a spooler with a queue for each packing table"
STORED = StepOutput(technical_specifications=section(ONE_TABLE, answers=(0,)))
PRINTED = StepOutput(technical_specifications=section(SPOOLED, answers=(0,)))
ANSWERED = {"tables": STORED, "labels": PRINTED}


def recovered(*failures: str) -> tuple[Recovery, ...]:
    return tuple(Recovery(failure, "retry", "", number) for number, failure in enumerate(failures, 1))


def test_a_run_without_gaps_conflicts_or_recoveries_gets_no_system_suggestion() -> None:
    result = synthesis_of(final_saga(TABLES, LABELS, requirements=ASKED), ANSWERED)
    assert (result.recommendations, result.next_steps) == ((), ())


def test_an_agents_suggestion_refers_to_its_requirements_or_to_its_step() -> None:
    outputs = {
        "tables": StepOutput(
            recommendations=(*section("Partition by month", answers=(0,)), *section("Vacuum nightly"))
        ),
        "labels": StepOutput(next_steps=section("Open a carrier account", answers=(0,))),
    }
    result = synthesis_of(final_saga(TABLES, LABELS, requirements=ASKED), outputs)
    assert result.recommendations == (
        Suggestion("Partition by month", "requirement 1: store orders", (BY_TABLES,)),
        Suggestion("Vacuum nightly", f"step tables ({DATABASE})", (BY_TABLES,)),
    )
    assert result.next_steps[-1] == Suggestion("Open a carrier account", "requirement 2: print labels", (BY_LABELS,))


def test_the_same_recommendation_of_two_agents_appears_once() -> None:
    outputs = {
        "tables": StepOutput(recommendations=section("Use a queue")),
        "labels": StepOutput(recommendations=section("use a queue.")),
    }
    (suggestion,) = synthesis_of(final_saga(TABLES, LABELS), outputs).recommendations
    assert suggestion.sources == (BY_TABLES, BY_LABELS)


def test_a_single_recovery_is_normal_and_gives_no_suggestion() -> None:
    states = {"tables": step_state(TABLES, recoveries=recovered("retryable", "released", "released"))}
    assert synthesis_of(final_saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations == ()


def test_a_repeatedly_failed_step_gets_a_suggestion() -> None:
    states = {"tables": step_state(TABLES, attempt=3, recoveries=recovered("retryable", "unknown"))}
    (found,) = synthesis_of(final_saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations
    assert found.text == f"Look into {DATABASE}: step tables took 3 attempts (1 x retryable, 1 x unknown)"
    assert found.follows_from == "recovery of step tables: retryable -> retry, unknown -> retry"


def test_a_step_with_repeated_timeouts_is_suggested_more_time() -> None:
    states = {"tables": step_state(TABLES, attempt=3, recoveries=recovered("timeout", "timeout"), timeout_ms=480_000)}
    (found,) = synthesis_of(final_saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations
    expected = f"Give step tables ({DATABASE}) more time than 120000 ms, or less to do: it ran out of time 2 times"
    assert found.text == expected


def test_a_used_alternative_gives_a_suggestion_about_the_planned_agent() -> None:
    states = {"tables": step_state(TABLES, agent=ORDERS, recoveries=recovered("agent_unavailable"))}
    (found,) = synthesis_of(final_saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations
    assert found.text == f"Check {DATABASE}: {ORDERS} did step tables in its place"
    assert found.follows_from == "recovery of step tables: agent_unavailable -> retry"


def test_an_open_conflict_gives_a_suggestion_to_decide_it() -> None:
    outputs = {
        "tables": StepOutput(decisions={"time_zone": "UTC"}),
        "labels": StepOutput(decisions={"time_zone": "Europe/Paris"}),
    }
    (found,) = synthesis_of(final_saga(TABLES, LABELS, decisions={"time_zone": "UTC"}), outputs).next_steps
    said_so = f"{DATABASE} says UTC, {SHIPPING} says Europe/Paris"
    assert found.text == f"Decide time_zone: {said_so}; until then UTC is in force"
    assert (found.follows_from, found.sources) == ("conflict: time_zone", (BY_TABLES, BY_LABELS))


def test_a_resolved_conflict_gives_work_to_the_agents_that_decided_otherwise() -> None:
    outputs = {
        "tables": StepOutput(decisions={"id_type": "uuid"}),
        "labels": StepOutput(decisions={"id_type": "bigint"}),
    }
    (found,) = synthesis_of(final_saga(TABLES, LABELS), outputs, {"id_type": DATABASE}).next_steps
    assert found.text == (
        f"Bring the work of step labels ({SHIPPING}) in line with id_type = uuid, "
        f"as decided by its owner {DATABASE}: it decided bigint"
    )
    assert found.sources == (BY_LABELS,)


def test_a_file_conflict_gives_a_suggestion_to_choose_a_version() -> None:
    outputs = {
        "tables": StepOutput(code_examples=(file("a.py", "1"),)),
        "labels": StepOutput(code_examples=(file("a.py", "2"),)),
    }
    (found,) = synthesis_of(final_saga(TABLES, LABELS), outputs).next_steps
    assert found.text == f"Choose one version of a.py: a.py (by {DATABASE}), conflicts/labels/a.py (by {SHIPPING})"
    assert found.follows_from == "conflict: file a.py"


def test_an_unanswerable_requirement_suggests_a_new_agent_or_a_smaller_request() -> None:
    (found,) = synthesis_of(
        final_saga(TABLES, requirements=("store orders", "a drone fleet")), {"tables": STORED}
    ).next_steps
    assert found.text == "Write an agent for this, or leave it out of the request: a drone fleet"
    assert found.follows_from == "gap: requirement 2 unanswered: no agent can answer it"


def test_requirements_unanswered_for_one_reason_share_one_next_step() -> None:
    both = step("labels", SHIPPING, 0, 1)
    states = {"labels": step_state(both, status=StepStatus.FAILED, reason="no carrier")}
    saga = final_saga(both, requirements=ASKED, states=states, status=SagaStatus.FAILED)
    (found,) = synthesis_of(saga, {}).next_steps
    cause = f"step labels ({SHIPPING})"
    assert found.text == f"Fix the failure of {cause}, and submit this again: store orders; print labels"
    assert found.follows_from == f"gap: requirement 1, 2 unanswered: {cause} failed: no carrier"


def test_an_output_that_names_no_requirement_is_suggested_for_review() -> None:
    (found,) = synthesis_of(final_saga(TABLES, requirements=ASKED[:1]), {}).next_steps
    assert found.text == f"Check if the work of step tables ({DATABASE}) covers this: store orders"


def test_a_skipped_or_unfinished_step_suggests_another_request_for_its_requirement() -> None:
    states = {
        "tables": step_state(TABLES, None, 1, status=StepStatus.SKIPPED, reason="guard"),
        "labels": step_state(LABELS, None, None, status=StepStatus.WAITING),
    }
    saga = final_saga(TABLES, LABELS, requirements=ASKED, states=states, status=SagaStatus.CANCELLED, reason="enough")
    assert [suggestion.text for suggestion in synthesis_of(saga, {}).next_steps] == [
        "Submit this by itself if it is still wanted, its step was skipped: store orders",
        "Submit this again, its step did not finish: print labels",
    ]


def test_a_failed_step_without_a_gap_is_still_reported() -> None:
    optional = step("labels", SHIPPING, optional=True)
    states = {
        "tables": step_state(step("tables", DATABASE), None, None, status=StepStatus.WAITING),
        "labels": step_state(optional, status=StepStatus.FAILED, reason="no carrier"),
    }
    saga = final_saga(step("tables", DATABASE), optional, states=states, status=SagaStatus.CANCELLED, reason="enough")
    assert [(suggestion.text, suggestion.follows_from) for suggestion in synthesis_of(saga, {}).next_steps] == [
        (
            f"Fix the failure of step labels ({SHIPPING}), and submit its work again: do labels",
            "degraded: optional step labels: no carrier",
        ),
        (
            f"Submit the work of these steps again, they did not finish: step tables ({DATABASE})",
            "cancelled request: enough",
        ),
    ]


def test_after_a_dry_run_only_unanswerable_requirements_and_the_real_run_are_suggested() -> None:
    states = {"tables": step_state(TABLES, None, None, status=StepStatus.WAITING)}
    saga = final_saga(TABLES, requirements=("store orders", "a drone fleet"), states=states, dry_run=True)
    assert [suggestion.follows_from for suggestion in synthesis_of(saga, {}).next_steps] == [
        "gap: requirement 2 unanswered: no agent can answer it",
        "dry run: nothing was dispatched",
    ]


def test_next_steps_are_ranked_by_the_risk_to_what_was_asked() -> None:
    asks = (ask("print labels", "labels"), ask("keep invoices", "invoices"), ask("a weekly report"), ask("a scarf"))
    stated = figure("7500 orders an hour", 7500, "orders/hour", "orders", (1,), "peak")
    reading = Reading(asks=asks, facts=(named("Zebra", "printer", (0,)), stated))
    report, check = step("report", ORDERS, 2), step("check", DATABASE)
    check = replace(check, type=StepType.VALIDATION)
    outputs = {
        "labels": StepOutput(
            technical_specifications=section("Labels are PDF files of 4 x 6 inches, printed in bulk", answers=(0,)),
            next_steps=(*section("Open a carrier account"), *section("Buy paper", answers=(0,))),
            decisions={"id_type": "uuid"},
            assumptions=(Assumption("200 labels in a batch", "labels"),),
        ),
        "tables": StepOutput(
            next_steps=section("Ask the tax office", answers=(0,)),
            decisions={"id_type": "bigint"},
            assumptions=(Assumption("500 orders/hour", "orders"),),
            not_honoured=(NotHonoured("MySQL 8", "PostgreSQL only"),),
        ),
        "check": StepOutput(data={"passed": False, "findings": ["no figure for p95"]}),
    }
    saga = final_saga(
        step("labels", SHIPPING, 0),
        step("tables", DATABASE, 1),
        report,
        check,
        requirements=tuple(asked.text for asked in asks),
        states={"report": step_state(report, status=StepStatus.FAILED, reason="no data")},
        reading=reading,
    )
    texts = [suggestion.text for suggestion in synthesis_of(saga, outputs).next_steps]
    assert texts[0].endswith("it assumes 500 orders/hour although the request states 7500 orders an hour (peak)")
    assert [" ".join(text.split()[:3]) for text in texts] == [
        "Correct the answer",  # a contradiction
        "Decide id_type: shipping-automation-specialist",  # a conflict
        "Repair what step",  # a validation that did not pass
        "Fix the failure",  # an ask that a failure left open
        "Check if the",  # one that nothing answers
        "Write an agent",
        "Complete the answer",  # one that is answered in part
        "Decide about MySQL",  # a constraint that is not kept
        "Confirm 200 labels",  # an assumption
        "Buy paper",  # the agents' own, in the order of the asks
        "Ask the tax",
        "Open a carrier",
    ]


def test_what_follows_from_recoveries_is_recommended_first() -> None:
    states = {"tables": step_state(TABLES, attempt=3, recoveries=recovered("retryable", "unknown"))}
    outputs = {
        "tables": StepOutput(recommendations=(*section("Vacuum nightly"), *section("Partition", answers=(0,)))),
        "labels": StepOutput(recommendations=section("Buy thermal paper", answers=(0,))),
    }
    saga = final_saga(TABLES, LABELS, requirements=ASKED, states=states)
    texts = [suggestion.text.split()[0] for suggestion in synthesis_of(saga, outputs).recommendations]
    assert texts == ["Look", "Partition", "Buy", "Vacuum"]


def test_a_part_that_is_missing_is_named_in_its_next_step() -> None:
    reading = Reading(asks=(ask("print labels", "labels"),), facts=(named("Zebra"),))
    printed = StepOutput(
        technical_specifications=section("Labels are PDF files, printed in bulk at noon", answers=(0,))
    )
    saga = final_saga(step("labels", SHIPPING, 0), requirements=("print labels",), reading=reading)
    (found,) = synthesis_of(saga, {"labels": printed}).next_steps
    assert found.text == f"Complete the answer of step labels ({SHIPPING}) to this: print labels; missing: Zebra"
    assert found.follows_from == "gap: requirement 1 answered in part"
