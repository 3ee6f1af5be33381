"""The command line: `creatorflow COMMAND`. Every command's work is imported when it runs, so that help is quick."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from . import ask, operate, submit

app = typer.Typer(
    name="creatorflow",
    help="Submit requests to CreatorFlow, watch them, and have their results.",
    epilog="Exit: 0 success, 1 the request failed, 2 usage, 3 no broker, 4 not finished in time (it goes on), "
    "5 cancelled or refused, 78 configuration, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (submit.app, ask.app, operate.app):
    app.add_typer(group)
app.add_typer(operate.agent_app, name="agent")


def main(arguments: list[str] | None = None) -> NoReturn:
    """The entry point. Leaves with the command's exit code."""
    app(arguments, prog_name="creatorflow")
    sys.exit(0)
