"""The commands that query requests and agents: `watch`, `result`, `list`, `cancel`, `agents`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from creatorflow_contracts.v1.event import LiveAgent, RefusedAgent, SagaState, SagaStatus, StepState
from creatorflow_contracts.v1.output import SynthesizedResult
from rich.table import Table
from rich.text import Text

from creatorflow.cli.errors import STATUS_EXIT, CommandError, ExitCode
from creatorflow.cli.inputs.arguments import short_text
from creatorflow.cli.inputs.client_connection import connect
from creatorflow.cli.inputs.id_lookup import request_id
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.outputs.out_folder import OutFolder
from creatorflow.cli.text import counted, one_line, repairs
from creatorflow.cli.views.request_table import RequestTable
from creatorflow.cli.views.run_state import RunState, fold
from creatorflow.client import Client, NotFinished

from .deliver_result import deliver, specialist_text
from .follow import Watcher, goes_on


async def watch(printer: Printer, prefix: str, url: str | None, out: Path | None, timeout: float | None) -> ExitCode:
    """Follow a request from its beginning to its end."""
    folder = OutFolder(out) if out else None
    async with connect(url) as client:
        saga = await request_id(client, prefix)
        printer.when_interrupted = goes_on(saga)
        state = await client.state(saga)
        parked = frozenset(step.step for step in state.steps if step.status == "parked")
        watcher = Watcher(printer, saga, state.request, since=state.seq, parked=parked)
        await watcher.follow(client.watch(saga), timeout)
        return deliver(printer, await client.result(saga), watcher.board, folder)


async def specialist(printer: Printer, prefix: str, url: str | None, agent: str) -> ExitCode:
    """Show all that one agent answered to a finished request."""
    async with connect(url) as client:
        answer = await _finished(client, await request_id(client, prefix))
    for line in specialist_text(answer, agent).splitlines():
        printer.write(line)
    return STATUS_EXIT[answer.status]


async def result(printer: Printer, prefix: str, url: str | None, out: Path | None) -> ExitCode:
    """Show the result of a finished request."""
    folder = OutFolder(out) if out else None
    async with connect(url) as client:
        saga = await request_id(client, prefix)
        answer = await _finished(client, saga)
        board = RunState(str(saga), request=answer.request)
        if folder:
            for event in await client.history(saga):
                board = fold(board, event)
    return deliver(printer, answer, board, folder, full=True)


async def _finished(client: Client, saga: UUID) -> SynthesizedResult:
    """The result of a finished request. Raises NotFinished, CommandError."""
    try:
        return await client.result(saga)
    except NotFinished:
        raise await _unfinished(client, saga) from None


async def _unfinished(client: Client, saga: UUID) -> Exception:
    """The error for a request without a result yet; for parked steps, its hint lists the step commands."""
    state = await client.state(saga)
    parked = [step.step for step in state.steps if step.status == "parked"]
    if not parked:
        return NotFinished(f"the request has no result yet: it is {state.status}", saga)
    message = f"the request has no result yet: {', '.join(parked)} {'is' if len(parked) == 1 else 'are'} parked"
    hint = "; or ".join(" ".join(line.split(": ", 1)[1].split()) for line in repairs(saga, parked[0]))
    return CommandError(ExitCode.UNFINISHED, "STEP_PARKED", message, str(saga), hint)


async def cancel(printer: Printer, prefix: str, url: str | None, reason: str) -> ExitCode:
    """Stop a request."""
    why = short_text(reason, "--reason")
    async with connect(url) as client:
        saga = await request_id(client, prefix)
        state = await client.cancel(saga, why) or await client.state(saga)
    if printer.as_json:
        printer.message(state)
    else:
        for line in stopped(state):
            printer.write(line)
    done = state.status in ("cancelled", "compensating")
    return ExitCode.SUCCESS if done else STATUS_EXIT.get(state.status, ExitCode.UNFINISHED)


_OUTCOMES: Final[tuple[tuple[str, Callable[[StepState], bool]], ...]] = (
    ("stopped", lambda step: step.status == "cancelled" and step.attempt > 0),
    ("never started", lambda step: step.attempt == 0 and step.status in ("cancelled", "waiting")),
    ("kept", lambda step: step.status == "succeeded" and step.type != "compensation"),
    ("compensated by", lambda step: step.type == "compensation"),
)


def stopped(state: SagaState) -> Iterator[str]:
    """The outcome of a cancel, in lines: the request's status, then its steps by what became of them."""
    if state.status == "compensating":
        yield f"{state.correlation_id} is cancelled; its finished steps are being compensated"
    elif state.status == "cancelled":
        yield f"{state.correlation_id} is cancelled"
    else:
        yield f"{state.correlation_id} is not cancelled: it is {state.status}"
        return
    left = list(state.steps)
    for label, fits in _OUTCOMES:
        steps = [step for step in left if fits(step)]
        left = [step for step in left if step not in steps]
        if steps:
            yield f"  {label + ':':<17}{', '.join(f'{step.step} ({step.agent})' for step in steps)}"


@dataclass(frozen=True, slots=True)
class RequestList:
    """The selection of `list`: at most `limit` requests with one of `status` (any if empty), submitted `since`.

    `dry_run` selects plans (True) or requests that were run (False); None selects both.
    """

    limit: int
    status: tuple[SagaStatus, ...] = ()
    since: datetime | None = None
    dry_run: bool | None = None

    @property
    def is_filtered(self) -> bool:
        """True if requests may have been left out for another reason than `limit`."""
        return bool(self.status) or self.since is not None or self.dry_run is not None


async def list_requests(printer: Printer, url: str | None, wanted: RequestList) -> ExitCode:
    """Show the latest requests."""
    async with connect(url) as client:
        states = await client.list(limit=wanted.limit, status=wanted.status, since=wanted.since, dry_run=wanted.dry_run)
    if printer.as_json:
        for state in states:
            printer.message(state)
    elif states:
        printer.show(RequestTable(states))
    else:
        printer.note("no request matches" if wanted.is_filtered else "no request has been submitted yet")
    return ExitCode.SUCCESS


async def agents(printer: Printer, url: str | None) -> ExitCode:
    """Show the agents with their running instances, and the refused announcements."""
    async with connect(url) as client:
        known, refused = await client.agents(), await client.refused_agents()
    if printer.as_json:
        for agent in (*known, *refused):
            printer.message(agent)
    else:
        printer.show(_agents(known))
        if refused:
            printer.show(_refused(refused))
    return ExitCode.SUCCESS


def _agents(known: tuple[LiveAgent, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    for name in ("", "agent", "group", "running", "open tasks"):
        table.add_column(name, no_wrap=True)
    table.add_column("what it does", ratio=1)
    for agent in known:
        live = bool(agent.instances)
        table.add_row(
            Text("●", "green") if live else Text("○", "dim"),
            Text(agent.card.name, style="bold" if live else "dim"),
            agent.card.group,
            counted(len(agent.instances), "instance") if live else "-",
            str(agent.open_tasks or ""),
            Text(one_line(agent.card.summary)),
        )
    return table


def _refused(agents: tuple[RefusedAgent, ...]) -> Table:
    """A table of the agents that get no work because their announcement was refused, and what to do about it."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    table.add_column("", no_wrap=True)
    table.add_column("refused", no_wrap=True)
    table.add_column("why its announcement was refused", ratio=1)
    for agent in agents:
        reason = f"{agent.code} at {agent.where}: {agent.message}; {agent.hint}"
        table.add_row(Text("✗", "red"), Text(one_line(agent.name), style="bold"), Text(one_line(reason, 500)))
    return table
