from __future__ import annotations

from creatorflow_orchestrator.core.state.saga_state import Recovery, SagaStatus, StepStatus
from creatorflow_orchestrator.core.synthesis.synthesis_values import Source, StepOutput, Suggestion

from tests.unit.synthesis_language import DATABASE, ORDERS, SHIPPING, file, made, saga, said, step, went

TABLES, LABELS = step("tables", DATABASE, 0), step("labels", SHIPPING, 1)
BY_TABLES, BY_LABELS = Source(DATABASE, "tables"), Source(SHIPPING, "labels")
ASKED = ("store orders", "print labels")
STORED = StepOutput(technical_specifications=said("one table", answers=(0,)))
PRINTED = StepOutput(technical_specifications=said("one label", answers=(0,)))
ANSWERED = {"tables": STORED, "labels": PRINTED}


def recovered(*failures: str) -> tuple[Recovery, ...]:
    return tuple(Recovery(failure, "retry", "", number) for number, failure in enumerate(failures, 1))


def test_a_run_without_gaps_conflicts_or_recoveries_suggests_nothing_of_its_own() -> None:
    result = made(saga(TABLES, LABELS, requirements=ASKED), ANSWERED)
    assert (result.recommendations, result.next_steps) == ((), ())


def test_an_agents_suggestion_follows_from_the_requirements_it_answers_or_from_its_step() -> None:
    outputs = {
        "tables": StepOutput(recommendations=(*said("Partition by month", answers=(0,)), *said("Vacuum nightly"))),
        "labels": StepOutput(next_steps=said("Open a carrier account", answers=(0,))),
    }
    result = made(saga(TABLES, LABELS, requirements=ASKED), outputs)
    assert result.recommendations == (
        Suggestion("Partition by month", "requirement 1: store orders", (BY_TABLES,)),
        Suggestion("Vacuum nightly", f"step tables ({DATABASE})", (BY_TABLES,)),
    )
    assert result.next_steps[-1] == Suggestion("Open a carrier account", "requirement 2: print labels", (BY_LABELS,))


def test_two_agents_with_one_recommendation_make_it_once() -> None:
    outputs = {
        "tables": StepOutput(recommendations=said("Use a queue")),
        "labels": StepOutput(recommendations=said("use a queue.")),
    }
    (suggestion,) = made(saga(TABLES, LABELS), outputs).recommendations
    assert suggestion.sources == (BY_TABLES, BY_LABELS)


def test_one_recovery_is_the_system_at_work_and_not_worth_a_word() -> None:
    states = {"tables": went(TABLES, recoveries=recovered("retryable", "released", "released"))}
    assert made(saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations == ()


def test_a_step_that_failed_repeatedly_is_worth_a_look() -> None:
    states = {"tables": went(TABLES, attempt=3, recoveries=recovered("retryable", "unknown"))}
    (found,) = made(saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations
    assert found.text == f"Look into {DATABASE}: step tables took 3 attempts (1 x retryable, 1 x unknown)"
    assert found.follows_from == "recovery of step tables: retryable -> retry, unknown -> retry"


def test_a_step_that_ran_out_of_time_repeatedly_needs_more_of_it() -> None:
    states = {"tables": went(TABLES, attempt=3, recoveries=recovered("timeout", "timeout"), timeout_ms=480_000)}
    (found,) = made(saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations
    expected = f"Give step tables ({DATABASE}) more time than 120000 ms, or less to do: it ran out of time 2 times"
    assert found.text == expected


def test_an_alternative_that_stood_in_points_to_the_agent_that_was_planned() -> None:
    states = {"tables": went(TABLES, agent=ORDERS, recoveries=recovered("agent_unavailable"))}
    (found,) = made(saga(TABLES, requirements=ASKED[:1], states=states), ANSWERED).recommendations
    assert found.text == f"Check {DATABASE}: {ORDERS} did step tables in its place"
    assert found.follows_from == "recovery of step tables: agent_unavailable -> retry"


def test_an_open_conflict_is_to_be_decided() -> None:
    outputs = {
        "tables": StepOutput(decisions={"time_zone": "UTC"}),
        "labels": StepOutput(decisions={"time_zone": "Europe/Paris"}),
    }
    (found,) = made(saga(TABLES, LABELS, decisions={"time_zone": "UTC"}), outputs).next_steps
    said_so = f"{DATABASE} says UTC, {SHIPPING} says Europe/Paris"
    assert found.text == f"Decide time_zone: {said_so}; until then UTC is in force"
    assert (found.follows_from, found.sources) == ("conflict: time_zone", (BY_TABLES, BY_LABELS))


def test_a_settled_conflict_leaves_work_for_those_who_decided_otherwise() -> None:
    outputs = {
        "tables": StepOutput(decisions={"id_type": "uuid"}),
        "labels": StepOutput(decisions={"id_type": "bigint"}),
    }
    (found,) = made(saga(TABLES, LABELS), outputs, {"id_type": DATABASE}).next_steps
    assert found.text == (
        f"Bring the work of step labels ({SHIPPING}) in line with id_type = uuid, "
        f"as decided by its owner {DATABASE}: it decided bigint"
    )
    assert found.sources == (BY_LABELS,)


def test_a_clash_of_files_is_to_be_chosen_from() -> None:
    outputs = {
        "tables": StepOutput(code_examples=(file("a.py", "1"),)),
        "labels": StepOutput(code_examples=(file("a.py", "2"),)),
    }
    (found,) = made(saga(TABLES, LABELS), outputs).next_steps
    assert found.text == f"Choose one version of a.py: a.py (by {DATABASE}), conflicts/labels/a.py (by {SHIPPING})"
    assert found.follows_from == "conflict: file a.py"


def test_what_no_agent_can_do_leads_to_an_agent_or_out_of_the_request() -> None:
    (found,) = made(saga(TABLES, requirements=("store orders", "a drone fleet")), {"tables": STORED}).next_steps
    assert found.text == "Write an agent for this, or leave it out of the request: a drone fleet"
    assert found.follows_from == "gap: requirement 2 unanswered: no agent can answer it"


def test_requirements_unanswered_for_one_cause_are_one_next_step() -> None:
    both = step("labels", SHIPPING, 0, 1)
    states = {"labels": went(both, status=StepStatus.FAILED, reason="no carrier")}
    one = saga(both, requirements=ASKED, states=states, status=SagaStatus.FAILED)
    (found,) = made(one, {}).next_steps
    cause = f"step labels ({SHIPPING})"
    assert found.text == f"Fix the failure of {cause}, and submit this again: store orders; print labels"
    assert found.follows_from == f"gap: requirement 1, 2 unanswered: {cause} failed: no carrier"


def test_an_answer_that_names_no_requirement_is_to_be_checked_by_hand() -> None:
    (found,) = made(saga(TABLES, requirements=ASKED[:1]), {}).next_steps
    assert found.text == f"Check if the work of step tables ({DATABASE}) covers this: store orders"


def test_a_skipped_or_unfinished_step_leaves_its_requirement_to_another_request() -> None:
    states = {
        "tables": went(TABLES, None, 1, status=StepStatus.SKIPPED, reason="guard"),
        "labels": went(LABELS, None, None, status=StepStatus.WAITING),
    }
    one = saga(TABLES, LABELS, requirements=ASKED, states=states, status=SagaStatus.CANCELLED, reason="enough")
    assert [each.text for each in made(one, {}).next_steps] == [
        "Submit this by itself if it is still wanted, its step was skipped: store orders",
        "Submit this again, its step did not finish: print labels",
    ]


def test_a_lost_step_that_leaves_no_gap_is_told_nevertheless() -> None:
    optional = step("labels", SHIPPING, optional=True)
    states = {
        "tables": went(step("tables", DATABASE), None, None, status=StepStatus.WAITING),
        "labels": went(optional, status=StepStatus.FAILED, reason="no carrier"),
    }
    one = saga(step("tables", DATABASE), optional, states=states, status=SagaStatus.CANCELLED, reason="enough")
    assert [(each.text, each.follows_from) for each in made(one, {}).next_steps] == [
        (
            f"Fix the failure of step labels ({SHIPPING}), and submit its work again: do labels",
            "degraded: optional step labels: no carrier",
        ),
        (
            f"Submit the work of these steps again, they did not finish: step tables ({DATABASE})",
            "cancelled request: enough",
        ),
    ]


def test_after_a_dry_run_only_what_nobody_can_do_and_the_real_run_are_left() -> None:
    states = {"tables": went(TABLES, None, None, status=StepStatus.WAITING)}
    one = saga(TABLES, requirements=("store orders", "a drone fleet"), states=states, dry_run=True)
    assert [each.follows_from for each in made(one, {}).next_steps] == [
        "gap: requirement 2 unanswered: no agent can answer it",
        "dry run: nothing was dispatched",
    ]
