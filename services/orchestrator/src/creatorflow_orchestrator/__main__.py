"""The command `creatorflow-orchestrator`; each subcommand imports what it needs when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from creatorflow.cli.commands.examples import examples
from creatorflow.cli.commands.text_command import TextCommand
from creatorflow.cli.version import version_option

app = typer.Typer(
    epilog=examples('creatorflow-orchestrator plan "Print postage for paid orders"'),
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _orchestrator(
    version: Annotated[bool, version_option("creatorflow-orchestrator")] = False,
) -> None:
    """CreatorFlow Orchestrator: one request in, a checked plan and one result out."""


@app.command(
    cls=TextCommand,
    epilog=examples(
        'creatorflow-orchestrator plan "Print postage for paid orders"',
        "creatorflow-orchestrator plan --plan plan.yaml --json",
    ),
)
def plan(
    text: Annotated[
        str | None, typer.Argument(help="The request in plain words; - reads the input, @FILE a file.")
    ] = None,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="Check this plan instead of making one.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    constraint: Annotated[list[str] | None, typer.Option(help="A constraint; may be given again.")] = None,
) -> None:
    """Print the analysis of a request and the plan made from it. Needs no broker.

    Exit codes: 0; 2 usage; 5 the request is refused; 78 the agents' cards cannot be read.
    """
    from .preview import check_plan_file, preview

    if plan is not None:
        raise typer.Exit(check_plan_file(plan, as_json=json))
    if text is None:
        raise typer.BadParameter("give a request, or --plan FILE")
    raise typer.Exit(preview(_text(text), tuple(constraint or ()), as_json=json))


@app.command(epilog=examples("creatorflow-orchestrator serve"))
def serve() -> None:
    """Run the orchestrator until SIGTERM. Settings come from the environment (CREATORFLOW_*).

    Exit codes: 0 stopped by a signal; 1 a defect; 78 the configuration is invalid.
    """
    from creatorflow.settings import EXIT_CONFIGURATION, ConfigurationError

    from .serve import serve as run
    from .settings import OrchestratorSettings

    try:
        run(OrchestratorSettings.load())
    except ConfigurationError as error:
        typer.echo(f"creatorflow-orchestrator: {error}", err=True)
        raise typer.Exit(EXIT_CONFIGURATION) from error


def _text(source: str) -> str:
    """Return the request from the argument, a file or the input. A file that cannot be read is a usage error."""
    try:
        if source == "-":
            return sys.stdin.buffer.read().decode()
        return Path(source[1:]).read_text(encoding="utf-8") if source.startswith("@") else source
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise typer.BadParameter(f"cannot read {source[1:] or 'the input'}: {reason}") from error


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
