"""The commands `step retry|skip|complete`, `history` and `prune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from creatorflow.cli.inputs.options import Id, Json, Reason, Url
from creatorflow.cli.session import run

from .examples import examples

MAX_NUMBER = 2**63 - 1

app = typer.Typer()
step_app = typer.Typer(
    help="Retry, skip or complete a parked step (`submit --on-failure park`).",
    epilog=examples("creatorflow step skip 3f0d7c1e shipping"),
    no_args_is_help=True,
)

Step = Annotated[str, typer.Argument(metavar="STEP", help="The step's name.", show_default=False)]


@step_app.command(epilog=examples("creatorflow step retry 3f0d7c1e shipping --agent order-workflow-specialist"))
def retry(
    id: Id,
    step: Step,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="AGENT", help="Use this agent instead of the step's own.")
    ] = None,
    reason: Reason = "",
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Start a new attempt of the step."""
    from creatorflow.cli.actions import repair_steps

    run(lambda printer: repair_steps.retry(printer, url, id, step, agent, reason), as_json=as_json)


@step_app.command(epilog=examples('creatorflow step skip 3f0d7c1e shipping --reason "bought manually"'))
def skip(id: Id, step: Step, reason: Reason = "", as_json: Json = False, url: Url = None) -> None:
    """Continue without the step."""
    from creatorflow.cli.actions import repair_steps

    run(lambda printer: repair_steps.skip(printer, url, id, step, reason), as_json=as_json)


@step_app.command(epilog=examples("creatorflow step complete 3f0d7c1e shipping --output output.json"))
def complete(
    id: Id,
    step: Step,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="FILE",
            help="The output: a file with an object (JSON, YAML, TOML); `-` reads JSON from stdin.",
        ),
    ],
    reason: Reason = "",
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Use an output of your own as the step's result, as if its agent had returned it."""
    from creatorflow.cli.actions import repair_steps

    run(lambda printer: repair_steps.complete(printer, url, id, step, output, reason), as_json=as_json)


@app.command(epilog=examples("creatorflow history 3f0d7c1e --follow"))
def history(
    id: Id,
    after: Annotated[
        int, typer.Option("--after", min=0, max=MAX_NUMBER, metavar="N", help="Only events after number N.")
    ] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="Keep following until the request has ended.")] = False,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show every event of a request, with its reason."""
    from creatorflow.cli.actions import show_history

    run(lambda printer: show_history.history(printer, url, id, after, follow=follow), as_json=as_json)


@app.command(epilog=examples("creatorflow prune --older-than 30d --dry-run"))
def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="Time since they ended: 12h, 30d.")
    ] = "30d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Delete requests that ended long ago, with their history. An open request is never deleted."""
    from creatorflow.cli.actions import repair_steps

    run(lambda printer: repair_steps.prune(printer, url, older_than, dry_run=dry_run), as_json=as_json)
