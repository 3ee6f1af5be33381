"""The commands `watch`, `result`, `list`, `cancel` and `agents`."""

from __future__ import annotations

from typing import Annotated

import typer

from creatorflow.cli.errors import ExitCode
from creatorflow.cli.inputs.options import Id, Json, Out, Reason, Timeout, Url
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.session import run

from .examples import examples

app = typer.Typer()


@app.command(epilog=examples("creatorflow watch 3f0d7c1e"))
def watch(id: Id, out: Out = None, as_json: Json = False, timeout: Timeout = None, url: Url = None) -> None:
    """Follow a request from its beginning to its end, as `submit` does."""
    from creatorflow.cli.actions import ask_state
    from creatorflow.cli.inputs import arguments

    run(lambda printer: ask_state.watch(printer, arguments.request_prefix(id), url, out, timeout), as_json=as_json)


@app.command(
    epilog=examples(
        "creatorflow result 3f0d7c1e --out result", "creatorflow result 3f0d7c1e --agent database-specialist"
    )
)
def result(
    id: Id,
    out: Out = None,
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="AGENT", help="Show all that this agent answered, instead of the result."),
    ] = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show the result of a finished request."""
    from creatorflow.cli.actions import ask_state
    from creatorflow.cli.inputs import arguments

    async def command(printer: Printer) -> ExitCode:
        prefix = arguments.request_prefix(id)
        if agent is None:
            return await ask_state.result(printer, prefix, url, out)
        return await ask_state.specialist(printer, prefix, url, arguments.agent_alone(agent, out, as_json=as_json))

    run(command, as_json=as_json)


@app.command(
    "list",
    epilog=examples(
        "creatorflow list --status running,failed --since 2h", "creatorflow list --runs --since 2026-11-30 --limit 100"
    ),
)
def list_requests(
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1000, help="At most N requests, the latest first.", metavar="N")
    ] = 20,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only with this status: running, compensating, completed, failed or cancelled; may be repeated.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="Only submitted since then: 2h or 3d (ago), or 2026-12-01T18:00."),
    ] = None,
    plans: Annotated[
        bool, typer.Option("--plans", help="Only plans: requests that were analysed and planned, not run.")
    ] = False,
    runs: Annotated[bool, typer.Option("--runs", help="Only requests that were run.")] = False,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show the latest requests and their status."""
    from datetime import UTC, datetime

    from creatorflow.cli.actions import ask_state
    from creatorflow.cli.inputs import arguments

    async def command(printer: Printer) -> ExitCode:
        wanted = ask_state.RequestList(
            limit=limit,
            status=arguments.statuses(status or ()),
            since=arguments.since(since, datetime.now(UTC)),
            dry_run=arguments.only_plans(plans=plans, runs=runs),
        )
        return await ask_state.list_requests(printer, url, wanted)

    run(command, as_json=as_json)


@app.command(epilog=examples('creatorflow cancel 3f0d7c1e --reason "no longer needed"'))
def cancel(id: Id, reason: Reason = "", as_json: Json = False, url: Url = None) -> None:
    """Stop a request: open steps are cancelled, finished steps are kept."""
    from creatorflow.cli.actions import ask_state
    from creatorflow.cli.inputs import arguments

    run(lambda printer: ask_state.cancel(printer, arguments.request_prefix(id), url, reason), as_json=as_json)


@app.command(epilog=examples("creatorflow agents"))
def agents(as_json: Json = False, url: Url = None) -> None:
    """Show the agents: what each one does and how many instances are running."""
    from creatorflow.cli.actions import ask_state

    run(lambda printer: ask_state.agents(printer, url), as_json=as_json)
