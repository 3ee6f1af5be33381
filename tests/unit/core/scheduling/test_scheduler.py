"""Scheduling in special cases: loops beside guards, optional failures, child sagas."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from creatorflow_orchestrator.core.plan import Loop, Step, StepType
from creatorflow_orchestrator.core.state.commands import CancelChild, StartChild
from creatorflow_orchestrator.core.state.events import CancelRequested
from creatorflow_orchestrator.core.state.saga_state import FailureKind, SagaStatus, StepStatus

from tests.unit.core.saga.test_machine import START, Run, concluded, dispatched, recorded, step


def child(name: str, *depends_on: str, **fields: object) -> Step:
    return Step(name, "", StepType.PRIMARY, "build it", depends_on=depends_on, request="build it", **fields)  # type: ignore[arg-type]


def started(commands: tuple[object, ...]) -> list[UUID]:
    return [command.task_id for command in commands if isinstance(command, StartChild)]


def test_two_loops_run_in_parallel_and_a_step_that_waits_for_both_starts_after_both() -> None:
    run = Run(
        step("a"),
        step("b"),
        step("end", "a", "b"),
        loops=(Loop(("a",), "results.a.output.good", 3), Loop(("b",), "results.b.output.good", 3)),
    )
    assert dispatched(run.succeed("a", {"good": False})) == ["a"]
    assert dispatched(run.succeed("b", {"good": True})) == []
    assert dispatched(run.succeed("a", {"good": True})) == ["end"]
    assert (run.saga.steps["a"].iteration, run.saga.steps["b"].iteration) == (2, 1)


def test_a_loop_after_a_loop_begins_when_the_first_has_ended() -> None:
    run = Run(
        step("a"),
        step("b", "a"),
        loops=(Loop(("a",), "results.a.output.good", 3), Loop(("b",), "results.b.output.good", 3)),
    )
    assert dispatched(run.succeed("a", {"good": False})) == ["a"]
    assert dispatched(run.succeed("a", {"good": True})) == ["b"]
    assert dispatched(run.succeed("b", {"good": False})) == ["b"]
    assert concluded(run.succeed("b", {"good": True})) == [SagaStatus.COMPLETED]


def test_a_guard_inside_a_loop_is_evaluated_in_each_iteration() -> None:
    run = Run(
        step("write"),
        step("repair", "write", when="!results.write.output.good"),
        loops=(Loop(("write", "repair"), "results.write.output.good", 3),),
    )
    assert dispatched(run.succeed("write", {"good": False})) == ["repair"]
    assert dispatched(run.succeed("repair")) == ["write"]
    commands = run.succeed("write", {"good": True})
    assert run.status("repair") is StepStatus.SKIPPED
    assert concluded(commands) == [SagaStatus.COMPLETED]


def test_the_check_of_a_loop_can_read_the_iteration() -> None:
    run = Run(step("write"), loops=(Loop(("write",), "iteration >= 3", 5),))
    assert dispatched(run.succeed("write")) == ["write"]
    assert dispatched(run.succeed("write")) == ["write"]
    assert concluded(run.succeed("write")) == [SagaStatus.COMPLETED]


def test_attempt_numbers_grow_over_iterations_and_each_iteration_has_its_own_retries() -> None:
    run = Run(step("write"), loops=(Loop(("write",), "iteration >= 2", 5),))
    for _ in range(3):
        run.fail("write")
        run.tick()
    run.succeed("write")
    assert (run.saga.steps["write"].attempt.number, run.saga.steps["write"].failures) == (5, 0)
    for _ in range(3):
        run.fail("write")
        run.tick()
    assert concluded(run.succeed("write")) == [SagaStatus.COMPLETED]
    assert run.saga.steps["write"].attempt.number == 8


def test_an_optional_step_that_fails_in_a_loop_leaves_the_loop_to_its_check() -> None:
    run = Run(
        step("write"),
        step("polish", "write", optional=True),
        step("ship", "polish"),
        loops=(Loop(("write", "polish"), "results.write.output.good", 3),),
    )
    run.succeed("write", {"good": False})
    assert dispatched(run.fail("polish", FailureKind.PERMANENT)) == ["write"]
    assert run.status("polish") is StepStatus.WAITING
    run.succeed("write", {"good": True})
    assert dispatched(run.fail("polish", FailureKind.PERMANENT)) == ["ship"]
    assert concluded(run.succeed("ship")) == [SagaStatus.COMPLETED]


def test_an_optional_loop_at_its_limit_degrades_the_saga_and_waiting_steps_continue() -> None:
    run = Run(
        step("write", optional=True),
        step("ship", "write"),
        loops=(Loop(("write",), "results.write.output.good", 2),),
    )
    run.succeed("write", {"good": False})
    commands = run.succeed("write", {"good": False})
    assert run.status("write") is StepStatus.FAILED
    assert dispatched(commands) == ["ship"]


def test_a_guarded_step_after_a_skipped_and_a_succeeded_one_still_runs() -> None:
    run = Run(step("tests"), step("deploy", "tests", when="results.tests.output.ok"), step("report", "tests", "deploy"))
    assert dispatched(run.succeed("tests", {"ok": False})) == ["report"]


def test_a_plan_whose_steps_are_all_skipped_completes() -> None:
    run = Run(step("only", when="iteration > 1"))
    assert concluded(run.first) == [SagaStatus.COMPLETED]


def test_a_failed_child_saga_is_restarted_with_a_new_id() -> None:
    run = Run(child("shop"))
    (first,) = started(run.first)
    run.fail("shop", agent="saga")
    (second,) = started(run.tick())
    assert first != second


def test_a_permanently_failed_child_saga_is_not_restarted() -> None:
    run = Run(child("shop", optional=True), step("ui"))
    assert started(run.fail("shop", FailureKind.PERMANENT, agent="saga")) == []
    assert concluded(run.succeed("ui")) == [SagaStatus.COMPLETED]


def test_when_the_saga_ends_its_open_children_are_cancelled() -> None:
    run = Run(child("shop"), step("ui"))
    commands = run.give(CancelRequested(START + timedelta(seconds=1), "enough"))
    assert [command.task_id for command in commands if isinstance(command, CancelChild)] == started(run.first)


def test_a_required_failure_withdraws_parallel_attempts_with_the_reason() -> None:
    run = Run(step("orders"), step("ui"), step("later", "ui"))
    commands = run.fail("orders", FailureKind.PERMANENT)
    assert recorded(commands)[-2:] == ["step_failed", "step_cancelled"]
    assert run.status("ui") is StepStatus.CANCELLED
    assert "orders" in run.saga.steps["ui"].reason


def test_a_step_outside_a_loop_waits_for_the_last_iteration_though_its_dependency_succeeded_in_the_first() -> None:
    run = Run(
        step("write"),
        step("review", "write"),
        step("ship", "write"),
        loops=(Loop(("write", "review"), "results.review.output.good", 5),),
    )
    assert dispatched(run.succeed("write")) == ["review"]
    run.succeed("review", {"good": False})
    assert dispatched(run.succeed("write")) == ["review"]
    assert dispatched(run.succeed("review", {"good": True})) == ["ship"]


def test_a_guard_does_not_see_an_outdated_output() -> None:
    """An optional step answered, was rejected, and failed: its old output does not count any more."""
    check = Step("check", "check-agent", StepType.VALIDATION, "check it", depends_on=("draft",))
    last = step("last", "check", when="has(results.draft.output.good)")
    run = Run(step("draft", optional=True), check, last)
    run.succeed("draft", {"good": True})
    run.succeed("check", {"data": {"refused": {"draft": "no"}}})
    run.fail("draft", FailureKind.PERMANENT)
    run.succeed("check")
    assert run.status("last") is StepStatus.SKIPPED


def test_the_state_keeps_only_the_read_parts_of_an_output() -> None:
    run = Run(step("a"), step("b", "a", when="results.a.output.data.passed"), step("c", "b"))
    run.succeed("a", {"data": {"passed": True, "more": "x" * 1000}, "text": "y" * 1000})
    assert run.saga.outputs == {"a": {"data": {"passed": True}}}
