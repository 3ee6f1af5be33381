from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from creatorflow.cli.actions.deliver_result import deliver
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.outputs.out_folder import OutFolder
from creatorflow.cli.views.step_answers import (
    SHOWN_ANSWERS,
    SHOWN_LINES,
    SHOWN_WIDTH,
    Answer,
    answers,
    full_lines,
    short_lines,
)
from creatorflow.cli.views.summary import summary
from creatorflow_contracts.v1.output import SynthesizedResult

from tests.unit.cli.samples import SAGA, answered, board, ended_badly, output, result

Lines = Callable[[list[Answer]], Iterator[str]]
WHOLE = "creatorflow result ID"


def test_the_first_lines_are_the_outputs_of_the_agents() -> None:
    lines = list(summary(answered("Counted.", {"words": 3, "longest": "hello", "by_letter": {"a": 1, "b": [2]}})))
    assert lines[:7] == [
        "orders (order-workflow-specialist): Counted.",
        "  words: 3",
        "  longest: hello",
        '  by_letter: {"a": 1, "b": [2]}',
        "Not answered: Drones (not answered)",
        "First: Find somebody for the drone fleet.",
        "completed in 5.0 s: 4 of 4 steps",
    ]


def test_a_failed_request_shows_its_reason_first_and_the_outputs_last() -> None:
    lines = list(summary(answered("Counted.", {}, status="failed", reason="too slow", overall_success=False)))
    assert lines[0] == "failed in 5.0 s: 4 of 4 steps; too slow"
    assert lines[-4:] == [
        "orders (order-workflow-specialist): Counted.",
        "Not answered: Drones (not answered)",
        "First: Find somebody for the drone fleet.",
        "  complete: no: 1 of 2 requirements not answered",
    ]


def test_an_output_of_an_alternative_agent_names_that_agent() -> None:
    whole = result(combined_output=output().model_copy(update={"data": {"shipping": {"labels": 2}}}))
    assert list(full_lines(answers(whole))) == ["shipping (order-workflow-specialist):", "  labels: 2"]


def test_a_step_without_an_output_takes_no_line() -> None:
    assert list(answers(result())) == list(answers(ended_badly())) == []


def test_long_data_is_shortened_with_a_hint_for_the_whole() -> None:
    long = answered("s" * 999, {"table": [f"row {number} " + "x" * 300 for number in range(50)], "end": 1})
    first, *lines, last = short_lines(answers(long), WHOLE)
    assert len(lines) == SHOWN_LINES and all(len(line) <= SHOWN_WIDTH + 2 for line in lines) and first.endswith("…")
    assert last == f"  ... {1 + 52 + 1 - SHOWN_LINES} more lines: {WHOLE}"


def test_in_full_mode_nothing_is_omitted() -> None:
    rows = [f"row {number} " + "x" * 300 for number in range(50)]
    lines = list(full_lines(answers(answered("first\nsecond", {"table": rows, "text": "one\n  two"}))))
    assert lines[:3] == ["orders (order-workflow-specialist): first", "  second", "  table:"]
    assert all(any(row in line for line in lines) for row in rows)
    assert lines[-3:] == ["  text:", "    one", "      two"]


def test_of_very_many_outputs_the_first_are_shown_and_the_others_counted() -> None:
    whole = result()
    step = whole.execution_summary.steps[0]
    steps = tuple(step.model_copy(update={"step": f"s{number}", "summary": "done"}) for number in range(50))
    ran = whole.execution_summary.model_copy(update={"steps": steps})
    lines = list(short_lines(answers(whole.model_copy(update={"execution_summary": ran})), WHOLE))
    assert len(lines) == SHOWN_ANSWERS + 1 and lines[-1] == f"... 30 more answers: {WHOLE}"


@pytest.mark.parametrize("lines", [full_lines, lambda outputs: short_lines(outputs, WHOLE)])
def test_terminal_control_sequences_in_an_output_are_shown_and_not_executed(lines: Lines) -> None:
    hostile = "\x1b]0;title\x07a\x9b2Jb\u202ec\rd"
    text = "\n".join(lines(answers(answered(hostile, {hostile: hostile, "list": [hostile]}))))
    assert not set("\x1b\x07\x9b\u202e\r") & set(text) and "abcd: abcd" in text


def delivered(
    whole: SynthesizedResult, capsys: pytest.CaptureFixture[str], folder: OutFolder | None, full: bool
) -> str:
    deliver(Printer(), whole, board(), folder, full=full)
    return capsys.readouterr().out.splitlines()[-1]


def test_the_last_line_shows_how_to_read_the_whole_result(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    whole, folder = answered("Counted.", {"words": 3}), OutFolder(tmp_path)
    command, plan = f"creatorflow result {SAGA}", tmp_path / "PLAN.md"
    assert delivered(whole, capsys, None, False) == f"  in full: {command} (--out FOLDER: PLAN.md and all files)"
    assert delivered(whole, capsys, folder, False) == f"  in full: {command}, or {plan}"
    assert delivered(whole, capsys, None, True) == f"  as files: {command} --out FOLDER"
    assert delivered(whole, capsys, folder, True) == f"  written: {plan}"
