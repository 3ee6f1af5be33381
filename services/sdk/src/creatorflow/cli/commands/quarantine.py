"""The commands `quarantine list|show|redrive|drop`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from creatorflow.cli.inputs.options import Json, Url
from creatorflow.cli.session import run

from .examples import examples

app = typer.Typer(
    help="Messages that could not be processed, kept with payload and error: look, correct, send again, give up.",
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
    typer.Option("--kind", help="Only what was found there."),
]
Request = Annotated[
    str | None,
    typer.Option("--request", metavar="ID", help="Only what belongs to this request: its id, or a unique beginning."),
]
Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Message ids, or beginnings that are unique.", show_default=False),
]
All = Annotated[bool, typer.Option("--all", help="Everything in quarantine.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most so many, the oldest first.")]
Rate = Annotated[
    float | None, typer.Option("--rate", min=0.01, max=100_000, metavar="R", help="At most so many a second.")
]


@app.command("list", epilog=examples("creatorflow quarantine list --ids --code DEAD_LETTERED"))
def list_messages(
    ids: Annotated[bool, typer.Option("--ids", help="Each message with its id, instead of groups.")] = False,
    code: Code = None,
    agent: Agent = None,
    contract: Contract = None,
    kind: Kind = None,
    request: Request = None,
    state: Annotated[
        Literal["resting", "redriven", "dropped"], typer.Option("--state", help="What has become of them.")
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
        typer.Argument(metavar="ID", help="The message id, or a beginning of it that is unique.", show_default=False),
    ],
    body: Annotated[
        Path | None,
        typer.Option("--body", metavar="FILE", help="Write its bytes to FILE, to be edited; `-` is stdout."),
    ] = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show one message: why it was quarantined, what to do, and its contents."""
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
        typer.Option("--body", metavar="FILE", help="Of one ID: send these bytes in place of those that are kept."),
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Of one ID: edit it first, in $VISUAL or $EDITOR.")] = False,
    dry_run: DryRun = False,
    limit: Limit = None,
    rate: Rate = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Send messages on their way again, once the reason is corrected."""
    from creatorflow.cli.actions import clear_quarantine
    from creatorflow.cli.inputs.quarantine_filters import Filters, Selection

    chosen = Selection(tuple(ids or ()), Filters(code, agent, contract, kind, request), all_of_it, limit)
    how = clear_quarantine.Work("redrive", chosen, dry_run=dry_run, rate=rate)
    if body is not None or edit:
        run(lambda printer: clear_quarantine.redrive_edited(printer, url, how, body), as_json=as_json)
    run(lambda printer: clear_quarantine.work(printer, url, how), as_json=as_json)


@app.command(epilog=examples("creatorflow quarantine drop --code NOT_JSON --dry-run"))
def drop(
    ids: Ids = None,
    code: Code = None,
    agent: Agent = None,
    contract: Contract = None,
    kind: Kind = None,
    request: Request = None,
    all_of_it: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")] = False,
    dry_run: DryRun = False,
    limit: Limit = None,
    rate: Rate = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Give messages up for good. Asks first."""
    from creatorflow.cli.actions import clear_quarantine
    from creatorflow.cli.inputs.quarantine_filters import Filters, Selection

    chosen = Selection(tuple(ids or ()), Filters(code, agent, contract, kind, request), all_of_it, limit)
    how = clear_quarantine.Work("drop", chosen, dry_run=dry_run, rate=rate, agreed=yes)
    run(lambda printer: clear_quarantine.work(printer, url, how), as_json=as_json)
