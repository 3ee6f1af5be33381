import io
from dataclasses import replace
from datetime import timedelta

from creatorflow.cli.views.live_tree import picture
from creatorflow.cli.views.run_state import RunState
from rich.console import Console

from tests.unit.cli.reading_samples import READING
from tests.unit.cli.samples import START, board, event


def drawn(run_state: RunState, *, at: float = 10, width: int = 120, height: int = 0) -> list[str]:
    console = Console(file=io.StringIO(), width=width, markup=False, emoji=False, color_system=None)
    console.print(picture(run_state, START + timedelta(seconds=at), hint="watching", height=height))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_the_tree_shows_levels_marks_agents_attempts_times_and_notes() -> None:
    lines = drawn(
        board(
            event("step_dispatched", "database", at=1),
            event("step_succeeded", "database", at=2.5),
            event("step_dispatched", "orders", at=3, attempt=2),
            event("step_dispatched", "shipping", at=3),
            event("step_failed", "shipping", at=4, message="no label API"),
        )
    )
    assert lines[1:3] == [
        "Build orders and shipping",
        "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11  sequential  running",
    ]
    assert [" ".join(line.split()) for line in lines[3:7]] == [
        "├─ ✔ database database-specialist 1.5 s",
        f"├─ {lines[4].split()[1]} orders order-workflow-specialist 7.0 s attempt 2",
        "│ ✘ shipping shipping-automation-specialist 1.0 s no label API",
        "╰─ · testing integration-testing-specialist after orders, shipping",
    ]
    assert lines[-1] == "2 of 4 steps  10.0 s  watching"


def test_a_long_note_is_cut_and_leaves_room_for_marks_names_agents_and_times() -> None:
    reported = board(
        event("step_dispatched", "database", at=1), event("step_succeeded", "database", at=2, message="x" * 99)
    )
    lines = drawn(reported, width=70)
    assert " ".join(lines[3].split()).startswith("├─ ✔ database database-specialist 1.0 s xxx")
    assert lines[3].endswith("x…")
    assert "shipping-automation-specialist" in lines[5]


def test_the_footer_shows_the_iteration_of_a_loop() -> None:
    reported = board(event("round_started", message="round 2 of at most 5", steps=["orders"]))
    assert drawn(reported)[-1].endswith("round 2 of at most 5  watching")


def test_progress_is_drawn_as_a_bar() -> None:
    reported = board(
        event("step_dispatched", "orders"), event("step_progressed", "orders", progress=0.5, message="half")
    )
    assert any("━━━" in line and line.endswith("half") for line in drawn(reported))


def test_before_the_plan_arrives_the_tree_shows_a_placeholder() -> None:
    assert any("waiting for the plan" in line for line in drawn(RunState("x", request="Build")))


def test_the_footer_of_a_finished_request_has_no_hint() -> None:
    assert drawn(board(event("completed", at=5)))[-1] == "0 of 4 steps  5.0 s"


def test_in_a_small_terminal_finished_levels_are_folded() -> None:
    reported = board(event("step_dispatched", "database"), event("step_succeeded", "database", at=1))
    lines = drawn(reported, height=8)
    assert any("1 finished" in line for line in lines) and not any("database-specialist" in line for line in lines)


def test_no_line_is_wider_than_a_narrow_terminal() -> None:
    reported = board(event("step_dispatched", "orders", message="x" * 300))
    assert all(len(line) <= 60 for line in drawn(reported, width=60))


def test_terminal_control_sequences_from_agents_do_not_reach_the_tree() -> None:
    reported = board(event("step_dispatched", "orders", message="\x1b[2Jgone\x1b]0;title\x07"))
    assert "\x1b" not in "".join(drawn(reported)) and any(line.endswith("gone") for line in drawn(reported))


def test_markup_in_a_text_is_shown_as_text() -> None:
    assert any("[red]" in line for line in drawn(RunState("x", request="[red]Build[/nothing]")))


def test_a_parked_step_shows_its_reason_and_the_commands_that_repair_it() -> None:
    lines = drawn(board(event("step_dispatched", "orders"), event("step_parked", "orders", message="no more retries")))
    assert any("‖ orders" in line and line.endswith("no more retries") for line in lines)
    saga = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"
    assert [line.split("creatorflow ")[1] for line in lines[-3:]] == [
        f"step retry {saga} orders [--agent AGENT]",
        f"step skip {saga} orders",
        f"step complete {saga} orders --output FILE",
    ]


def test_recoveries_skips_and_compensations_are_shown_while_they_happen() -> None:
    reported = board(
        event("step_dispatched", "orders"),
        event("recovery_decided", "orders", failure="timeout", decision="extend", message="again with twice the time"),
        event("step_skipped", "shipping", message="its guard does not hold: results.orders.output.ok"),
        event("compensating", message="step testing failed", steps=["database"]),
        event("step_dispatched", "undo-database", agent="database-specialist"),
    )
    text = "\n".join(drawn(reported))
    for part in (
        "timeout, then extend: again with twice the time",
        "its guard does not hold: results.orders.output.ok",
        "compensating",
        "step testing failed; compensating database",
    ):
        assert part in text
    assert "undo-database" in drawn(reported)[7]


def test_what_was_understood_left_out_and_covered_by_nobody_is_shown_above_the_steps() -> None:
    lines = drawn(replace(board(), reading=READING, notes=("Stock is not there.",)))
    assert lines[3:8] == [
        "understood   build: packing slips, a scarf; fix: the same order",
        "left out     No charts; no test plan",
        "no agent for a scarf",
        "not read     Blah blah.",
        "note         Stock is not there.",
    ]
    assert lines[8].startswith("├─ · database")


def test_in_a_small_terminal_the_lines_of_the_reading_count_too() -> None:
    reported = board(event("step_dispatched", "database"), event("step_succeeded", "database", at=1))
    assert not any("1 finished" in line for line in drawn(reported, height=12))
    assert any("1 finished" in line for line in drawn(replace(reported, reading=READING), height=12))


def test_a_reading_is_cut_on_a_narrow_terminal() -> None:
    lines = drawn(replace(board(), reading=READING), width=40)
    assert all(len(line) <= 40 for line in lines) and "understood   build: packing slips, a sc…" in lines
