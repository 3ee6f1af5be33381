"""The commands `quarantine list|show|redrive|drop`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from creatorflow.cli.inputs.options import Json, Url
from creatorflow.cli.session import run

from .examples import examples

app = typer.Typer(
    help="Messages that could not be processed or sent, kept with payload and error: look, correct, redrive, drop.",
    epilog=examples("creatorflow quarantine list", "creatorflow quarantine redrive --code DEAD_LETTERED --dry-run"),
    no_args_is_help=True,
)

Code = Annotated[str | None, typer.Option("--code", metavar="CODE", help="Only with this problem code.")]
Agent = Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="Only messages to or from this agent.")]
Contract = Annotated[
    str | None, typer.Option("--contract", metavar="NAME", help="Only this kind of message, such as agent-task.v1.")
]
Kind = Annotated[
    Literal["request", "command", "result", "dead_letter", "outbox"] | None,
    typer.Option("--kind", help="Only messages of this kind: the place where the problem was found."),
]
Request = Annotated[
    str | None,
    typer.Option("--request", metavar="ID", help="Only messages of this request: its id, or a unique beginning."),
]
Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Message ids, or unique beginnings of them.", show_default=False),
]
All = Annotated[bool, typer.Option("--all", help="All messages in quarantine.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N messages, the oldest first.")]
Rate = Annotated[
    float | None, typer.Option("--rate", min=0.01, max=100_000, metavar="R", help="At most R messages a second.")
]


@app.command("list", epilog=examples("creatorflow quarantine list --ids --code DEAD_LETTERED"))
def list_messages(
    ids: Annotated[bool, typer.Option("--ids", help="List the messages with their ids, instead of groups.")] = False,
    code: Code = None,
    agent: Agent = None,
    contract: Contract = None,
    kind: Kind = None,
    request: Request = None,
    state: Annotated[
        Literal["resting", "redriven", "dropped"],
        typer.Option("--state", help="Only in this state; `resting`: still in quarantine."),
    ] = "resting",
    limit: Limit = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show what is in quarantine, grouped by reason, agent and kind of message."""
    from creatorflow.cli.actions import clear_quarantine
    from creatorflow.cli.inputs.quarantine_filters import Filters

    filters = Filters(code, agent, contract, kind, request)
    run(lambda printer: clear_quarantine.show_list(printer, url, filters, state, limit, ids=ids), as_json=as_json)


@app.command(epilog=examples("creatorflow quarantine show 0193b1f2c4d8 --body message.json"))
def show(
    id: Annotated[
        str,
        typer.Argument(metavar="ID", help="The message id, or a unique beginning of it.", show_default=False),
    ],
    body: Annotated[
        Path | None,
        typer.Option("--body", metavar="FILE", help="Write its body to FILE, for editing; `-` is stdout."),
    ] = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show one message: why it was quarantined, what to do about it, and its contents."""
    from creatorflow.cli.actions import clear_quarantine

    run(lambda printer: clear_quarantine.show_one(printer, url, id, body), as_json=as_json)


@app.command(
    epilog=examples(
        "creatorflow quarantine redrive 0193b1f2c4d8 --edit",
        "creatorflow quarantine redrive --code DEAD_LETTERED --rate 10",
    )
)
def redrive(
    ids: Ids = None,
    code: Code = None,
    agent: Agent = None,
    contract: Contract = None,
    kind: Kind = None,
    request: Request = None,
    all_of_it: All = False,
    body: Annotated[
        Path | None,
        typer.Option("--body", metavar="FILE", help="With one ID: send this body in place of the one in quarantine."),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="With one ID: edit it first, in $VISUAL or $EDITOR.")] = False,
    dry_run: DryRun = False,
    limit: Limit = None,
    rate: Rate = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Send messages again, once the cause is corrected."""
    from creatorflow.cli.actions import clear_quarantine
    from creatorflow.cli.inputs.quarantine_filters import Filters, Selection

    chosen = Selection(tuple(ids or ()), Filters(code, agent, contract, kind, request), all_of_it, limit)
    change = clear_quarantine.QuarantineChange("redrive", chosen, dry_run=dry_run, rate=rate)
    if body is not None or edit:
        run(lambda printer: clear_quarantine.redrive_edited(printer, url, change, body), as_json=as_json)
    run(lambda printer: clear_quarantine.apply(printer, url, change), as_json=as_json)


@app.command(epilog=examples("creatorflow quarantine drop --code NOT_JSON --dry-run"))
def drop(
    ids: Ids = None,
    code: Code = None,
    agent: Agent = None,
    contract: Contract = None,
    kind: Kind = None,
    request: Request = None,
    all_of_it: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation; needed without a terminal.")] = False,
    dry_run: DryRun = False,
    limit: Limit = None,
    rate: Rate = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Mark messages as not needed; they are not sent again. Asks for confirmation first."""
    from creatorflow.cli.actions import clear_quarantine
    from creatorflow.cli.inputs.quarantine_filters import Filters, Selection

    chosen = Selection(tuple(ids or ()), Filters(code, agent, contract, kind, request), all_of_it, limit)
    change = clear_quarantine.QuarantineChange("drop", chosen, dry_run=dry_run, rate=rate, confirmed=yes)
    run(lambda printer: clear_quarantine.apply(printer, url, change), as_json=as_json)
