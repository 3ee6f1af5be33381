"""`watch`, `result`, `list`, `cancel`, `agents`: questions about requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from creatorflow_contracts.v1.event import LiveAgent, SagaState, StepState
from rich.table import Table
from rich.text import Text

from creatorflow.client import Client, NotFinished

from .arguments import short_text
from .board import Board, fold
from .broker import broker_url
from .console import Printer
from .deliver import deliver
from .errors import CommandError
from .exits import STATUS_EXIT, ExitCode
from .folder import OutFolder
from .follow import Watcher, goes_on
from .hints import repairs
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
        state = await client.state(saga)
        parked = frozenset(step.step for step in state.steps if step.status == "parked")
        watcher = Watcher(printer, saga, state.request, since=state.seq, parked=parked)
        await watcher.follow(client.watch(saga), timeout)
        return deliver(printer, await client.result(saga), watcher.board, folder)


async def result(printer: Printer, saga: UUID, url: str | None, out: Path | None) -> ExitCode:
    """Show the result of a finished request."""
    folder = OutFolder(out) if out else None
    async with connect(url) as client:
        try:
            found = await client.result(saga)
        except NotFinished:
            raise await _unfinished(client, saga) from None
        board = Board(str(saga), request=found.request)
        if folder:
            for event in await client.history(saga):
                board = fold(board, event)
    return deliver(printer, found, board, folder)


async def _unfinished(client: Client, saga: UUID) -> Exception:
    """Why there is no result yet; where steps rest, how they are repaired."""
    state = await client.state(saga)
    parked = [step.step for step in state.steps if step.status == "parked"]
    if not parked:
        return NotFinished(f"the request has no result yet: it is {state.status}", saga)
    message = f"the request has no result yet: {', '.join(parked)} {'rests' if len(parked) == 1 else 'rest'}"
    hint = "; or ".join(" ".join(line.split(": ", 1)[1].split()) for line in repairs(saga, parked[0]))
    return CommandError(ExitCode.UNFINISHED, "STEP_PARKED", message, str(saga), hint)


async def cancel(printer: Printer, saga: UUID, url: str | None, reason: str) -> ExitCode:
    """Stop a request."""
    why = short_text(reason, "--reason")
    async with connect(url) as client:
        state = await client.cancel(saga, why) or await client.state(saga)
    if printer.as_json:
        printer.message(state)
    else:
        for line in stopped(state):
            printer.say(line)
    done = state.status in ("cancelled", "compensating")
    return ExitCode.SUCCESS if done else STATUS_EXIT.get(state.status, ExitCode.UNFINISHED)


_FATES: Final[tuple[tuple[str, Callable[[StepState], bool]], ...]] = (
    ("stopped", lambda step: step.status == "cancelled" and step.attempt > 0),
    ("never begun", lambda step: step.attempt == 0 and step.status in ("cancelled", "waiting")),
    ("kept", lambda step: step.status == "succeeded" and step.type != "compensation"),
    ("being undone by", lambda step: step.type == "compensation"),
)


def stopped(state: SagaState) -> Iterator[str]:
    """What became of the request and of each of its steps."""
    if state.status == "compensating":
        yield f"{state.correlation_id} is cancelled; what was done is being undone"
    elif state.status == "cancelled":
        yield f"{state.correlation_id} is cancelled"
    else:
        yield f"{state.correlation_id} is not cancelled: it is {state.status}"
        return
    left = list(state.steps)
    for word, fits in _FATES:
        steps = [step for step in left if fits(step)]
        left = [step for step in left if step not in steps]
        if steps:
            yield f"  {word + ':':<17}{', '.join(f'{step.step} ({step.agent})' for step in steps)}"


async def list_requests(printer: Printer, url: str | None, limit: int) -> ExitCode:
    """Show the latest requests."""
    async with connect(url) as client:
        states = await client.list(limit=limit)
    if printer.as_json:
        for state in states:
            printer.message(state)
    elif states:
        printer.show(_requests(states))
        if any(state.parked for state in states):
            printer.note("parked: steps rest; `creatorflow watch ID` names them and what can be done")
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
            _standing(state),
            one_line(state.pattern),
            state.submitted_at.astimezone().strftime("%Y-%m-%d %H:%M"),
            Text(one_line(state.request, 200)),
        )
    return table


def _standing(state: SagaState) -> Text:
    """The status; of a request with steps that rest also how many do."""
    told = Text(state.status, style=STATUS_STYLE.get(state.status, "cyan"))
    return told.append(f", {len(state.parked)} parked", STATUS_STYLE["parked"]) if state.parked else told


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
