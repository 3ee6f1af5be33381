"""`submit` and `plan`: a request goes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from creatorflow_contracts.v1.request import RequestSubmitted

from creatorflow.client import Client, NotFinished, Run, request_message

from .board import fold
from .broker import broker_url
from .console import Printer
from .deliver import deliver
from .exits import ExitCode
from .folder import OutFolder
from .follow import Watcher, goes_on
from .planfile import read_plan
from .planview import plan_picture


@dataclass(frozen=True, slots=True)
class Submission:
    """What `submit` was told."""

    text: str
    url: str | None = None
    plan: Path | None = None
    out: Path | None = None
    wait: bool = True
    timeout: float | None = None
    constraints: tuple[str, ...] = ()
    deadline: datetime | timedelta | None = None
    tags: dict[str, str] | None = None
    id: UUID | None = None

    def message(self, *, dry_run: bool = False) -> RequestSubmitted:
        """The message to send. Raises CommandError, RequestRefused."""
        return request_message(
            self.text,
            plan=read_plan(self.plan) if self.plan else None,
            constraints=self.constraints,
            deadline=self.deadline,
            dry_run=dry_run,
            tags=self.tags,
            correlation_id=self.id,
        )


async def submit(printer: Printer, told: Submission) -> ExitCode:
    """Submit a request, follow it, deliver its result."""
    message, folder = told.message(), OutFolder(told.out) if told.out else None
    async with Client(broker_url(told.url), name="creatorflow-cli") as client:
        run = await client.send(message)
        printer.when_interrupted = goes_on(run.id)
        if not told.wait:
            return _left_alone(printer, run)
        if printer.as_json:
            printer.message(message)
        elif not printer.draws:
            printer.note(f"request {run.id}")
        watcher = Watcher(printer, run.id, message.request)
        await watcher.follow(run.events(), told.timeout)
        return deliver(printer, await run.result(told.timeout), watcher.board, folder)


def _left_alone(printer: Printer, run: Run) -> ExitCode:
    """Only the id on stdout, for a script to keep."""
    if printer.as_json:
        printer.message(run.request)
    else:
        printer.say(str(run.id))
        printer.note(f"submitted; `creatorflow watch {run.id}` follows it")
    return ExitCode.SUCCESS


async def plan(printer: Printer, told: Submission) -> ExitCode:
    """Have a request analysed and planned; nothing is dispatched."""
    message = told.message(dry_run=True)
    async with Client(broker_url(told.url), name="creatorflow-cli") as client:
        run = await client.send(message)
        printer.when_interrupted = ("nothing was dispatched",)
        watcher = Watcher(Printer(as_json=True), run.id, run.request.request)
        async for event in run.events():
            watcher.board = fold(watcher.board, event)
            if event.event == "planned":
                break
        if not watcher.board.steps:
            raise NotFinished("the orchestrator told no plan", run.id)
    if printer.as_json:
        printer.message({key: event.data.get(key) for key in ("analysis", "steps")})
    else:
        printer.show(plan_picture(watcher.board))
    return ExitCode.SUCCESS
