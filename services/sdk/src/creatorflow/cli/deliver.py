"""What a finished run leaves behind: the folder of `--out`, and the exit code."""

from __future__ import annotations

from creatorflow_contracts.v1.output import SynthesizedResult

from .board import Board
from .console import Printer
from .exits import STATUS_EXIT, ExitCode
from .folder import CODE, OutFolder
from .paths import Placed, place
from .report import report
from .summary import summary


def deliver(printer: Printer, result: SynthesizedResult, board: Board, folder: OutFolder | None) -> ExitCode:
    """Write the folder, say what came out, and tell how it ended."""
    notes = write(folder, result, board) if folder else []
    if printer.as_json:
        printer.message(result)
        return STATUS_EXIT[result.status]
    for line in summary(result):
        printer.tell(line)
    for note in notes:
        printer.note(f"note: {note}")
    if folder:
        printer.say(f"  written: {folder.path / 'PLAN.md'}")
    return STATUS_EXIT[result.status]


def write(folder: OutFolder, result: SynthesizedResult, board: Board) -> list[str]:
    """Write PLAN.md, result.json and the code; what was renamed or could not be written, in words."""
    examples = result.combined_output.code_examples
    placed = place(example.path for example in examples)
    notes = [note for each in placed if (note := _renamed(each))]
    for each, example in zip(placed, examples, strict=True):
        if (failed := folder.write_code(each.parts, example.text)) is not None:
            notes.append(failed)
    folder.write("result.json", result.to_json().decode() + "\n")
    folder.write("PLAN.md", report(result, board, placed, notes))
    return notes


def _renamed(placed: Placed) -> str | None:
    return f"an agent named a file {placed.told!r}; it is {CODE}/{placed.path}" if placed.changed else None
