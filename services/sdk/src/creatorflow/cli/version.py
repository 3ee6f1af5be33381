"""The option `--version` of every command line of CreatorFlow."""

from __future__ import annotations

from typing import Any

import typer


def version_option(package: str) -> Any:
    """Make the option that prints the installed version of `package` and exits with 0."""

    def show(is_given: bool) -> None:
        if is_given:
            from importlib.metadata import version

            typer.echo(f"{package} {version(package)}")
            raise typer.Exit

    return typer.Option("--version", callback=show, is_eager=True, help="Show the version and exit.")
