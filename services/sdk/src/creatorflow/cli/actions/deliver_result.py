"""Delivers the result of a finished request: the folder of `--out`, the summary, and the exit code."""

from __future__ import annotations

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.cli.errors import STATUS_EXIT, ExitCode
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.outputs.out_folder import CODE, OutFolder
from creatorflow.cli.outputs.safe_paths import Placed, place
from creatorflow.cli.views.run_state import RunState
from creatorflow.cli.views.summary import reading, summary


def deliver(
    printer: Printer, result: SynthesizedResult, board: RunState, folder: OutFolder | None, *, full: bool = False
) -> ExitCode:
    """Write the folder, show the result, and return the exit code of its status. With `full` nothing is shortened."""
    notes = write(folder, result, board) if folder else []
    if printer.as_json:
        printer.message(result)
        return STATUS_EXIT[result.status]
    for line in summary(result, full=full):
        printer.write_wrapped(line)
    for note in notes:
        printer.note(f"note: {note}")
    printer.write_wrapped(_closing(result, folder, full=full))
    return STATUS_EXIT[result.status]


def _closing(result: SynthesizedResult, folder: OutFolder | None, *, full: bool) -> str:
    """The last line: where the full result can be read."""
    command, plan = reading(result), folder.path / "PLAN.md" if folder else None
    if full:
        return f"  written: {plan}" if plan else f"  as files: {command} --out FOLDER"
    return f"  in full: {command}" + (f", or {plan}" if plan else " (--out FOLDER: PLAN.md and all files)")


def write(folder: OutFolder, result: SynthesizedResult, board: RunState) -> list[str]:
    """Write PLAN.md, result.json and the code; return a note for each file that was renamed or not written."""
    from creatorflow.cli.views.plan_document import report  # its Markdown parser is slow to import

    examples = result.combined_output.code_examples
    placed = place(example.path for example in examples)
    notes = [note for file in placed if (note := _renamed(file))]
    for file, example in zip(placed, examples, strict=True):
        if (failed := folder.write_code(file.parts, example.text)) is not None:
            notes.append(failed)
    folder.write("result.json", result.to_json().decode() + "\n")
    folder.write("PLAN.md", report(result, board, placed, notes))
    return notes


def _renamed(placed: Placed) -> str | None:
    return f"an agent named a file {placed.original!r}; it is {CODE}/{placed.path}" if placed.changed else None
