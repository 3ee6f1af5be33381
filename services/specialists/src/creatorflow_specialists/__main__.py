"""The command `creatorflow-specialist`."""

from __future__ import annotations

from typing import Annotated

import typer
from creatorflow.cli.commands.examples import examples
from creatorflow.cli.version import version_option

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(epilog=examples("creatorflow-specialist order-workflow-specialist"))
def run(
    name: Annotated[
        str, typer.Argument(help="A specialist, such as order-workflow-specialist; or all, in one process.")
    ],
    version: Annotated[bool, version_option("creatorflow-specialists")] = False,
) -> None:
    """Run a specialist until SIGTERM. Settings are read from the environment (CREATORFLOW_*).

    Exit codes: 0 stopped by a signal; 2 no such specialist; 78 the configuration, a card or a playbook is unusable.
    """
    from creatorflow.settings import EXIT_CONFIGURATION, ConfigurationError

    from .service import UnknownAgent, serve

    try:
        serve(name)
    except UnknownAgent as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from error
    except ConfigurationError as error:
        typer.echo(f"creatorflow-specialist: {error}", err=True)
        raise typer.Exit(EXIT_CONFIGURATION) from error


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
