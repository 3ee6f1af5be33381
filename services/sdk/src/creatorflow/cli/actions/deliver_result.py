"""Delivers the result of a finished request: the folder of `--out`, the summary, and the exit code."""

from __future__ import annotations

from creatorflow_contracts.v1.output import SynthesizedResult

from creatorflow.cli.errors import STATUS_EXIT, CommandError, ExitCode
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.outputs.out_folder import CODE, SPECIALISTS, OutFolder
from creatorflow.cli.outputs.safe_paths import Placed, place
from creatorflow.cli.views.run_state import RunState
from creatorflow.cli.views.summary import reading_command, summary


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
    command, plan = reading_command(result), folder.path / "PLAN.md" if folder else None
    if full:
        return f"  written: {plan}" if plan else f"  as files: {command} --out FOLDER"
    return f"  in full: {command}" + (f", or {plan}" if plan else " (--out FOLDER: PLAN.md and all files)")


def write(folder: OutFolder, result: SynthesizedResult, board: RunState) -> list[str]:
    """Write PLAN.md, the specialists' documents, result.json and the code.

    Returns a note for each file that was renamed or not written.
    """
    # the Markdown parser of these is slow to import
    from creatorflow.cli.views.plan_document.plan import plan_document
    from creatorflow.cli.views.plan_document.specialist_document import (
        specialist_document,
        specialist_link,
        specialist_paths,
        specialists,
    )

    examples = result.combined_output.code_examples
    placed = place(example.path for example in examples)
    notes = [note for file in placed if (note := _renamed(file))]
    for file, example in zip(placed, examples, strict=True):
        notes += folder.write_below(CODE, file.parts, example.text)
    links = {}
    for agent, path in specialist_paths(specialists(result)).items():
        failed = folder.write_below(SPECIALISTS, path.parts, specialist_document(result, agent, placed))
        notes += failed
        if not failed:
            links[agent] = specialist_link(path)
    folder.write("result.json", result.to_json().decode() + "\n")
    folder.write("PLAN.md", plan_document(result, board, placed, notes, links))
    return notes


def specialist_text(result: SynthesizedResult, agent: str) -> str:
    """The document of one specialist. Raises CommandError if it has answered nothing."""
    from creatorflow.cli.views.plan_document.specialist_document import specialist_document, specialists

    known = [name for name in specialists(result) if name]
    if agent not in known:
        hint = f"use one of {', '.join(known)}" if known else "no agent has answered anything"
        raise CommandError.usage(f"{agent} has no answer in this result", "--agent", hint)
    return specialist_document(result, agent, place(example.path for example in result.combined_output.code_examples))


def _renamed(placed: Placed) -> str | None:
    return f"an agent named a file {placed.original!r}; it is {CODE}/{placed.path}" if placed.changed else None
