"""`watch`, `result`, `list`, `cancel`, `agents`: questions about requests."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from creatorflow_contracts.v1.event import LiveAgent, SagaState
from rich.table import Table
from rich.text import Text

from creatorflow.client import Client

from .board import Board, fold
from .broker import broker_url
from .console import Printer
from .deliver import deliver
from .exits import STATUS_EXIT, ExitCode
from .folder import OutFolder
from .follow import Watcher, goes_on
from .text import counted, one_line
from .tree import STATUS_STYLE


def connect(url: str | None) -> Client:
    """The client of a command."""
    return Client(broker_url(url), name="creatorflow-cli")


async def watch(printer: Printer, saga: UUID, url: str | None, out: Path | None, timeout: float | None) -> ExitCode:
    """Follow a request from its beginning to its end."""
    folder = OutFolder(out) if out else None
    printer.when_interrupted = goes_on(saga)
    async with connect(url) as client:
        request = (await client.state(saga)).request
        watcher = Watcher(printer, saga, request)
        await watcher.follow(client.watch(saga), timeout)
        return deliver(printer, await client.result(saga), watcher.board, folder)


async def result(printer: Printer, saga: UUID, url: str | None, out: Path | None) -> ExitCode:
    """Show the result of a finished request."""
    folder = OutFolder(out) if out else None
    async with connect(url) as client:
        found = await client.result(saga)
        board = Board(str(saga), request=found.request)
        if folder:
            for event in await client.history(saga):
                board = fold(board, event)
    return deliver(printer, found, board, folder)


async def cancel(printer: Printer, saga: UUID, url: str | None, reason: str) -> ExitCode:
    """Stop a request."""
    async with connect(url) as client:
        state = await client.cancel(saga, reason) or await client.state(saga)
    if printer.as_json:
        printer.message(state)
    elif state.status == "cancelled":
        printer.say(f"{saga} is cancelled")
    else:
        printer.say(f"{saga} is not cancelled: it is {state.status}")
    return ExitCode.SUCCESS if state.status == "cancelled" else STATUS_EXIT.get(state.status, ExitCode.UNFINISHED)


async def list_requests(printer: Printer, url: str | None, limit: int) -> ExitCode:
    """Show the latest requests."""
    async with connect(url) as client:
        states = await client.list(limit=limit)
    if printer.as_json:
        for state in states:
            printer.message(state)
    elif states:
        printer.show(_requests(states))
    else:
        printer.note("there are no requests yet")
    return ExitCode.SUCCESS


def _requests(states: tuple[SagaState, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    for name in ("id", "status", "pattern", "submitted"):
        table.add_column(name, no_wrap=True)
    table.add_column("request", no_wrap=True, overflow="ellipsis", ratio=1)
    for state in states:
        table.add_row(
            str(state.correlation_id),
            Text(state.status, style=STATUS_STYLE.get(state.status, "cyan")),
            one_line(state.pattern),
            state.submitted_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            Text(one_line(state.request, 200)),
        )
    return table


async def agents(printer: Printer, url: str | None) -> ExitCode:
    """Show the agents, and whether anyone is there."""
    async with connect(url) as client:
        known = await client.agents()
    if printer.as_json:
        for agent in known:
            printer.message(agent)
    else:
        printer.show(_agents(known))
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
