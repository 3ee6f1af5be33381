"""The commands that send a request: `submit` and `plan`."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from creatorflow_contracts.v1.event import SagaEvent
from creatorflow_contracts.v1.request import PlanSpec, RequestSubmitted

from creatorflow.cli.errors import CommandError, ExitCode
from creatorflow.cli.inputs.client_connection import connect
from creatorflow.cli.inputs.plan_file import plan_schema, read_plan, request_of
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.outputs.out_folder import OutFolder
from creatorflow.cli.views.plan_picture import plan_picture
from creatorflow.cli.views.run_state import RunState, fold
from creatorflow.client import NotFinished, OnFailure, Run, request_message
from creatorflow.settings import PREFIX
from creatorflow.telemetry import is_recording

from .deliver_result import deliver
from .follow import Watcher, goes_on

ACCEPT_TIMEOUT: Final = 3.0
"""Seconds that `--no-wait` waits for the request to be accepted or refused; after that it waits at the broker."""
PLAN_TIMEOUT: Final = 30.0
"""Seconds to wait for a plan; planning takes less than one, so a longer wait means that no orchestrator runs."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The arguments and options of `submit` and `plan`."""

    text: str | None
    url: str | None = None
    plan: Path | None = None
    out: Path | None = None
    wait: bool = True
    timeout: float | None = None
    constraints: tuple[str, ...] = ()
    deadline: datetime | timedelta | None = None
    tags: dict[str, str] | None = None
    id: UUID | None = None
    on_failure: OnFailure = "fail"

    def message(self, *, dry_run: bool = False) -> RequestSubmitted:
        """The message to send. Raises CommandError, RequestRefused."""
        plan = read_plan(self.plan) if self.plan else None
        return request_message(
            self._request(plan),
            plan=plan,
            constraints=self.constraints,
            deadline=self.deadline,
            dry_run=dry_run,
            tags=self.tags,
            correlation_id=self.id,
            on_failure=self.on_failure,
        )

    def _request(self, plan: PlanSpec | None) -> str:
        if self.text is not None:
            return self.text
        if plan is None or self.plan is None:
            raise CommandError.usage(
                "there is no request", "TEXT", "write it in quotes, or name a plan with --plan FILE"
            )
        return request_of(plan, self.plan)


async def submit(printer: Printer, submission: Submission) -> ExitCode:
    """Submit a request, follow it, deliver its result."""
    message, folder = submission.message(), OutFolder(submission.out) if submission.out else None
    async with connect(submission.url) as client:
        run = await client.send(message)
        printer.when_interrupted = goes_on(run.id)
        if not submission.wait:
            return await _without_waiting(printer, run)
        if printer.as_json:
            printer.message(_request_fields(run))
        elif not printer.draws:
            printer.note(f"request {run.id}")
        if (trace := trace_line(run)) is not None:
            printer.note(trace)
        watcher = Watcher(printer, run.id, message.request)
        await watcher.follow(run.events(), submission.timeout)
        return deliver(printer, await run.result(submission.timeout), watcher.board, folder)


async def _without_waiting(printer: Printer, run: Run) -> ExitCode:
    """Print only the id on stdout, for scripts. Waits shortly for the request to be accepted. Raises RequestRefused."""
    accepted = await _is_accepted(run)
    if printer.as_json:
        printer.message(_request_fields(run))
    else:
        printer.write(str(run.id))
        status = "accepted" if accepted else "submitted; no orchestrator has accepted it yet"
        printer.note(f"{status}; `creatorflow watch {run.id}` follows it")
        if (trace := trace_line(run)) is not None:
            printer.note(trace)
    return ExitCode.SUCCESS


def _request_fields(run: Run) -> dict[str, Any]:
    """The first JSON object of `submit`: the request as it was sent, and its trace."""
    return run.request.model_dump(mode="json", exclude_none=True) | trace_fields(run)


async def _is_accepted(run: Run) -> bool:
    try:
        async with asyncio.timeout(ACCEPT_TIMEOUT), aclosing(run.events()) as events:
            async for _ in events:
                return True
    except TimeoutError:
        pass
    return False


async def plan(printer: Printer, submission: Submission) -> ExitCode:
    """Have a request analysed and planned; nothing is dispatched."""
    message = submission.message(dry_run=True)
    printer.when_interrupted = ("nothing was dispatched",)
    async with connect(submission.url) as client:
        planned = await _planned(await client.send(message))
    if printer.as_json:
        read = {key: planned.data[key] for key in ("reading", "notes") if planned.data.get(key)}
        printer.message({key: planned.data.get(key) for key in ("analysis", "steps")} | read)
    else:
        printer.show(plan_picture(fold(RunState(str(message.correlation_id), request=message.request), planned)))
    return ExitCode.SUCCESS


def schema(printer: Printer) -> ExitCode:
    """Print the JSON Schema of a plan file, for editors and for authors of plans."""
    if printer.as_json:
        printer.message(json.loads(plan_schema()))
    else:
        printer.write(plan_schema())
    return ExitCode.SUCCESS


async def _planned(run: Run) -> SagaEvent:
    """The event that carries the plan. Raises NotFinished if it does not arrive in time."""
    try:
        async with asyncio.timeout(PLAN_TIMEOUT), aclosing(run.events()) as events:
            async for event in events:
                if event.event == "planned":
                    return event
    except TimeoutError:
        pass  # handled as when the events end without a plan
    raise NotFinished(f"no orchestrator has made a plan within {PLAN_TIMEOUT:g} s", run.id)


VARIABLE: Final = f"{PREFIX}TRACE_URL"
PLACE: Final = "{trace_id}"


def trace_link(run: Run) -> str | None:
    """The address of the request's trace, by the template in CREATORFLOW_TRACE_URL; None without template or trace."""
    template = os.environ.get(VARIABLE, "")
    return template.replace(PLACE, run.trace_id) if template and run.trace_id else None


def trace_line(run: Run) -> str | None:
    """The trace for people: its address, else its id if this command records traces, else None."""
    trace = trace_link(run) or (run.trace_id if is_recording() else None)
    return f"trace {trace}" if trace else None


def trace_fields(run: Run) -> dict[str, str]:
    """The trace for programs: `trace_id` and `trace_url`, as far as they are known."""
    fields = {"trace_id": run.trace_id, "trace_url": trace_link(run)}
    return {name: value for name, value in fields.items() if value}
