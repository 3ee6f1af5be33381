"""The option `--version` of every command of ours."""

from __future__ import annotations

from typing import Any

import typer


def version_option(package: str) -> Any:
    """Print which version of the package is installed, and leave with 0."""

    def tell(asked: bool) -> None:
        if asked:
            from importlib.metadata import version

            typer.echo(f"{package} {version(package)}")
            raise typer.Exit

    return typer.Option("--version", callback=tell, is_eager=True, help="Show the version and exit.")
