"""Example sections of help pages."""

from __future__ import annotations


def examples(*commands: str) -> str:
    """The end of a help page: an `Examples` section with one command line per row, as typed in a shell.

    The command lines must not contain square brackets: typer reads them as markup.
    """
    return "\n".join(("Example:" if len(commands) == 1 else "Examples:", *commands))
