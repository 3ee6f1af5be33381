"""The commands `watch`, `result`, `list`, `cancel` and `agents`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Id, Json, Out, Reason, Timeout, Url
from .session import run

app = typer.Typer()


@app.command()
def watch(id: Id, out: Out = None, as_json: Json = False, timeout: Timeout = None, url: Url = None) -> None:
    """Follow a request from its beginning to its end, as `submit` does."""
    from . import arguments, asking

    run(lambda printer: asking.watch(printer, arguments.saga_id(id), url, out, timeout), as_json=as_json)


@app.command()
def result(id: Id, out: Out = None, as_json: Json = False, url: Url = None) -> None:
    """Show the result of a finished request."""
    from . import arguments, asking

    run(lambda printer: asking.result(printer, arguments.saga_id(id), url, out), as_json=as_json)


@app.command("list")
def list_requests(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, the latest first.")] = 20,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Show the latest requests and where they stand."""
    from . import asking

    run(lambda printer: asking.list_requests(printer, url, limit), as_json=as_json)


@app.command()
def cancel(id: Id, reason: Reason = "", as_json: Json = False, url: Url = None) -> None:
    """Stop a request: open steps are withdrawn, what finished is kept."""
    from . import arguments, asking

    run(lambda printer: asking.cancel(printer, arguments.saga_id(id), url, reason), as_json=as_json)


@app.command()
def agents(as_json: Json = False, url: Url = None) -> None:
    """Show who can do what, and who is running."""
    from . import asking

    run(lambda printer: asking.agents(printer, url), as_json=as_json)
