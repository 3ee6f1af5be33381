"""The commands `submit` and `plan`."""

from __future__ import annotations

from typing import Annotated

import typer

from creatorflow.cli.errors import ExitCode
from creatorflow.cli.inputs.options import Constraints, Deadline, Json, OnFailure, Out, PlanFile, Text, Timeout, Url
from creatorflow.cli.outputs.console import Printer
from creatorflow.cli.session import run

from .examples import examples
from .text_command import TextCommand

app = typer.Typer()


@app.command(
    cls=TextCommand,
    epilog=examples(
        'creatorflow submit "Print postage" --constraint "300 orders/hour"',
        "creatorflow submit --out result < request.txt",
        "creatorflow submit --plan plan.yaml --on-failure park",
    ),
)
def submit(
    text: Text = None,
    plan: PlanFile = None,
    out: Out = None,
    as_json: Json = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Analyse and plan only, as `plan` does.")] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Submit, print the id once it is accepted, and exit.")
    ] = False,
    timeout: Timeout = None,
    deadline: Deadline = None,
    on_failure: OnFailure = "fail",
    constraint: Constraints = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="NAME=VALUE", help="A tag kept with the request; may be repeated."),
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="UUID", help="An id of your choice: submitted twice with it, the request runs once."
        ),
    ] = None,
    url: Url = None,
) -> None:
    """Submit a request, watch it, and get its result.

    A plan of your own is an object with `steps`; each step has an `id`, an `agent`, and the steps it `depends_on`
    (`creatorflow plan --schema` prints all fields).
    """
    from creatorflow.cli.actions import send_request
    from creatorflow.cli.inputs import arguments

    async def command(printer: Printer) -> ExitCode:
        submission = send_request.Submission(
            text=arguments.request_text(text, required=plan is None),
            url=url,
            plan=plan,
            out=out,
            wait=not no_wait,
            timeout=timeout,
            constraints=tuple(constraint or ()),
            deadline=arguments.deadline(deadline),
            on_failure=on_failure,
            tags=arguments.tags(tag or ()),
            id=arguments.new_request_id(id) if id is not None else None,
        )
        return await (send_request.plan if dry_run else send_request.submit)(printer, submission)

    run(command, as_json=as_json)


@app.command(
    cls=TextCommand,
    epilog=examples(
        'creatorflow plan "Print postage for paid orders"',
        "creatorflow plan < request.txt",
        "creatorflow plan --plan plan.yaml --json",
    ),
)
def plan(
    text: Text = None,
    as_json: Json = False,
    plan: PlanFile = None,
    constraint: Constraints = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a plan file, and exit.")] = False,
    url: Url = None,
) -> None:
    """Show the analysis and the plan of a request, without running it."""
    from creatorflow.cli.actions import send_request
    from creatorflow.cli.inputs import arguments

    async def command(printer: Printer) -> ExitCode:
        if schema:
            return send_request.schema(printer)
        submission = send_request.Submission(
            text=arguments.request_text(text, required=plan is None),
            url=url,
            plan=plan,
            constraints=tuple(constraint or ()),
        )
        return await send_request.plan(printer, submission)

    run(command, as_json=as_json)
