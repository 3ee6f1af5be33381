"""The commands by which a person changes requests: `step retry|skip|complete` and `prune`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from creatorflow_contracts.v1.event import SagaState, StepState
from creatorflow_contracts.v1.operate import TEN_YEARS_MS, PruneAnswer

from creatorflow.cli.errors import CommandError, ExitCode
from creatorflow.cli.inputs.arguments import (
    MAX_FILE,
    duration,
    plain_name,
    read_bytes,
    request_prefix,
    short_text,
    stdin_bytes,
)
from creatorflow.cli.inputs.client_connection import connect
from creatorflow.cli.inputs.id_lookup import request_id
from creatorflow.cli.inputs.plan_file import object_in
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.text import counted, repairs
from creatorflow.cli.views.run_state import FINAL

PRUNED_AT_ONCE: Final = 500
_OUTPUT: Final = "the output"
_SHAPE: Final = 'an output is an object as the agent would have returned it, such as {"summary": "done manually"}'


async def retry(printer: Printer, url: str | None, request: str, step: str, agent: str | None, reason: str) -> ExitCode:
    """Start a new attempt of a step."""
    prefix, name, why = request_prefix(request), plain_name(step, "STEP"), short_text(reason, "--reason")
    other = None if agent is None else plain_name(agent, "--agent")
    async with connect(url) as client:
        state = await client.retry_step(await request_id(client, prefix), name, agent=other, reason=why)
    return _show_state(printer, state, name)


async def skip(printer: Printer, url: str | None, request: str, step: str, reason: str) -> ExitCode:
    """Continue the request without a step."""
    prefix, name, why = request_prefix(request), plain_name(step, "STEP"), short_text(reason, "--reason")
    async with connect(url) as client:
        state = await client.skip_step(await request_id(client, prefix), name, reason=why)
    return _show_state(printer, state, name)


async def complete(printer: Printer, url: str | None, request: str, step: str, output: Path, reason: str) -> ExitCode:
    """Use an output from a file as a step's result."""
    prefix, name, why = request_prefix(request), plain_name(step, "STEP"), short_text(reason, "--reason")
    value = _output(output)
    async with connect(url) as client:
        state = await client.complete_step(await request_id(client, prefix), name, value, reason=why)
    return _show_state(printer, state, name)


def _output(file: Path) -> dict[str, Any]:
    data = stdin_bytes() if str(file) == "-" else read_bytes(file, _OUTPUT)
    if len(data) > MAX_FILE:
        raise CommandError.usage(f"{_OUTPUT} is longer than 1 MiB", str(file), "store large contents elsewhere")
    return object_in(file, data, _OUTPUT, _SHAPE)


def _show_state(printer: Printer, state: SagaState, name: str) -> ExitCode:
    if printer.as_json:
        printer.message(state)
        return ExitCode.SUCCESS
    step = next((entry for entry in state.steps if entry.step == name), None)
    if step is not None:
        printer.write(f"{name}: {_status(step)}")
    command = "result" if state.status in FINAL else "watch"
    printer.note(f"the request is {state.status}: creatorflow {command} {state.correlation_id}")
    for line in parked_lines(state.correlation_id, state.steps):
        printer.note(line)
    return ExitCode.SUCCESS


def _status(step: StepState) -> str:
    return f"{step.status} at {step.agent} (attempt {step.attempt})" if step.status == "open" else step.status


def parked_lines(saga: UUID, steps: Iterable[StepState]) -> list[str]:
    """The parked steps and the step commands for the first one, in lines; no lines if no step is parked."""
    names = [step.step for step in steps if step.status == "parked"]
    if not names:
        return []
    return [f"parked: {', '.join(names)}", *repairs(saga, names[0])]


async def prune(printer: Printer, url: str | None, older_than: str, *, dry_run: bool) -> ExitCode:
    """Delete requests that ended long ago, page by page until none are left."""
    age, total = duration(older_than, "--older-than"), 0
    if age.total_seconds() * 1000 > TEN_YEARS_MS:
        raise CommandError.usage("this is more than ten years", "--older-than", "give a shorter time, such as 30d")
    async with connect(url) as client:
        while True:
            answer = await client.prune(age, limit=PRUNED_AT_ONCE, dry_run=dry_run)
            total += answer.sagas
            printer.when_interrupted = (f"{counted(total, 'request')} deleted",)
            if dry_run or not answer.more:
                break
            printer.note(f"{counted(total, 'request')} deleted so far")
    if printer.as_json:
        printer.message(PruneAnswer(sagas=total, more=answer.more, dry_run=dry_run))
    elif dry_run:
        printer.write(f"{counted(total, 'request')}{' or more' if answer.more else ''} would be deleted")
    else:
        printer.write(f"{counted(total, 'request')} deleted")
    return ExitCode.SUCCESS
