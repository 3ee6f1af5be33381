"""The command line `creatorflow COMMAND`. A command's implementation is imported when it runs: help stays quick."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, NoReturn

import typer

from .commands import operate, quarantine, requests, steps, submit
from .commands.examples import examples
from .errors import exit_codes
from .version import version_option

app = typer.Typer(
    name="creatorflow",
    epilog="\n\n".join((examples('creatorflow submit "Print postage for paid orders" --out result'), exit_codes())),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (submit.app, requests.app, steps.app, operate.app):
    app.add_typer(group)
app.add_typer(steps.step_app, name="step")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(operate.agent_app, name="agent")


@app.callback()
def _creatorflow(
    version: Annotated[bool, version_option("creatorflow")] = False,
) -> None:
    """Submit requests to CreatorFlow, watch them, and get their results."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with the command's exit code."""
    _make_streams_safe()
    app(arguments, prog_name="creatorflow")
    sys.exit(0)


def _make_streams_safe() -> None:
    """Discard output to a closed stream; replace characters that the locale cannot encode by question marks."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - open as long as the process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123 - likewise
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
