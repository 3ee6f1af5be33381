from creatorflow.cli.views.run_state import RunState, StepRow, fold, levels

from tests.unit.cli.reading_samples import READING
from tests.unit.cli.samples import board, event


def status(run_state: RunState) -> dict[str, str]:
    return {step.id: step.status for step in run_state.steps.values()}


def test_the_plan_appears_with_its_agents_and_dependencies() -> None:
    reported = board()
    assert [(step.id, step.agent, step.depends_on) for step in reported.steps.values()][:2] == [
        ("database", "database-specialist", ()),
        ("orders", "order-workflow-specialist", ("database",)),
    ]
    assert (reported.pattern, reported.status, reported.analysis) == ("sequential", "running", {"complexity": "high"})


def test_steps_of_one_level_depend_only_on_earlier_levels() -> None:
    assert [[step.id for step in row] for row in levels(board().steps)] == [
        ["database"],
        ["orders", "shipping"],
        ["testing"],
    ]


def test_a_plan_with_a_cycle_is_still_drawn() -> None:
    steps = {"a": StepRow("a", depends_on=("b",)), "b": StepRow("b", depends_on=("a",))}
    assert sorted(step.id for row in levels(steps) for step in row) == ["a", "b"]


def test_a_step_is_followed_from_dispatch_to_success() -> None:
    reported = board(event("step_dispatched", "orders", at=1, agent="order-workflow-specialist", attempt=1))
    assert reported.steps["orders"].status == "open"
    reported = fold(reported, event("step_progressed", "orders", at=2, message="half way", progress=0.5))
    assert (reported.steps["orders"].progress, reported.steps["orders"].note) == (0.5, "half way")
    reported = fold(reported, event("step_succeeded", "orders", at=4))
    step = reported.steps["orders"]
    assert step.status == "succeeded" and step.started_at and step.finished_at
    assert (step.finished_at - step.started_at).total_seconds() == 3


def test_a_failed_attempt_shows_its_reason_until_the_next() -> None:
    reported = board(
        event("step_dispatched", "orders", attempt=1),
        event("attempt_failed", "orders", attempt=1, message="no JSON"),
        event("recovery_decided", "orders", message="1 of 3", decision="retry", failure="validation_error"),
    )
    shown = reported.steps["orders"]
    assert (shown.status, shown.note) == ("retrying", "validation_error, then retry: 1 of 3")
    reported = fold(reported, event("step_dispatched", "orders", attempt=2))
    assert (reported.steps["orders"].status, reported.steps["orders"].attempt) == ("open", 2)


def test_an_alternative_agent_is_shown_once_it_has_the_step() -> None:
    reported = board(event("step_dispatched", "shipping", agent="database-specialist", attempt=2))
    assert reported.steps["shipping"].agent == "database-specialist"


def test_late_progress_does_not_reopen_a_finished_step() -> None:
    reported = board(event("step_dispatched", "orders"), event("step_succeeded", "orders"))
    assert fold(reported, event("step_progressed", "orders", progress=0.1)).steps["orders"].status == "succeeded"


def test_a_new_iteration_of_a_loop_resets_its_steps_to_waiting() -> None:
    reported = board(event("step_dispatched", "orders"), event("step_succeeded", "orders"))
    assert status(fold(reported, event("round_started", steps=["orders"])))["orders"] == "waiting"


def test_an_unknown_event_changes_only_the_note() -> None:
    before = board(event("step_dispatched", "orders"))
    after = fold(before, event("moon_landed"))
    assert (status(after), after.note) == (status(before), "moon landed")


def test_an_event_of_an_unplanned_step_adds_it() -> None:
    assert board(event("step_dispatched", "surprise")).steps["surprise"].status == "open"


def test_a_plan_of_another_form_is_tolerated() -> None:
    assert fold(RunState("x"), event("planned", steps="none", analysis=[1])).steps == {}


def test_the_final_event_finishes_the_view() -> None:
    reported = board(event("failed", at=9, message="step orders failed"))
    assert (reported.final, reported.status, reported.note) == (True, "failed", "step orders failed")


def test_a_parked_step_is_not_final_and_can_be_resumed() -> None:
    reported = board(event("step_dispatched", "orders"), event("step_parked", "orders", message="no more retries"))
    assert (reported.parked, reported.steps["orders"].has_ended, reported.steps["orders"].note) == (
        ("orders",),
        False,
        "no more retries",
    )
    reported = fold(reported, event("step_instructed", "orders", action="retry", next_agent="ui-ux-specialist"))
    assert reported.steps["orders"].note == "retry by ui-ux-specialist"
    assert fold(reported, event("step_dispatched", "orders", attempt=5)).parked == ()


def test_a_step_added_by_a_recovery_is_shown_before_the_step_that_waits_for_it() -> None:
    reported = board(
        event("step_dispatched", "orders"),
        event("recovery_decided", "orders", decision="run_dependency", failure="dependency_missing"),
        event("step_added", "auth", agent="security-architecture-specialist", before="orders", depends_on=["database"]),
    )
    assert list(reported.steps) == ["database", "auth", "orders", "shipping", "testing"]
    assert (reported.steps["orders"].status, reported.steps["orders"].depends_on) == ("waiting", ("database", "auth"))
    assert [[step.id for step in row] for row in levels(reported.steps)] == [
        ["database"],
        ["auth", "shipping"],
        ["orders"],
        ["testing"],
    ]


def test_compensations_are_shown_last_and_the_request_is_compensating_until_it_ends() -> None:
    reported = board(
        event("step_succeeded", "database"),
        event("compensating", message="step orders failed", steps=["database"], ending="failed"),
        event("step_dispatched", "undo-database", agent="database-specialist"),
    )
    assert (reported.status, reported.note) == ("compensating", "step orders failed; compensating database")
    assert levels(reported.steps)[-1] == [reported.steps["undo-database"]]
    assert fold(reported, event("failed", message="step orders failed")).status == "failed"


def test_the_reading_of_the_request_appears_with_the_plan() -> None:
    wire = READING.model_dump(mode="json", exclude_none=True)
    assert fold(RunState("x"), event("planned", steps=[], analysis={}, reading=wire)).reading == READING


def test_a_reading_of_another_form_and_none_at_all_are_tolerated() -> None:
    for data in ({}, {"reading": None}, {"reading": "none"}, {"reading": {"asks": [{"kind": "dance"}]}}):
        assert fold(RunState("x"), event("planned", steps=[], analysis={}, **data)).reading is None
