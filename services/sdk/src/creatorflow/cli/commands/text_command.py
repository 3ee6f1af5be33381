"""A command whose text may begin with a dash: a pasted list is not taken for an option."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from typer.core import TyperCommand, TyperOption


class TextCommand(TyperCommand):
    """A command with one argument, a text in plain words."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Make the context of the command; a text that begins with a dash is kept apart from the options."""
        options = [param for param in self.params if isinstance(param, TyperOption)]
        names = {name for option in options for name in (*option.opts, *option.secondary_opts)}
        valued = {name for option in options if not (option.is_flag or option.count) for name in option.opts}
        return super().make_context(info_name, text_last(args, names, valued), parent, **extra)


def text_last(args: Sequence[str], names: Collection[str], valued: Collection[str]) -> list[str]:
    """Move a text that begins with a dash behind `--`, unless it is an option.

    A text contains whitespace and does not begin with the name of an option followed by `=`. `names` are the names of
    all options, `valued` those that take the next argument as their value.
    """
    if "--" in args:
        return list(args)
    texts = [at for at in _own(args, valued) if _is_text(args[at], names)]
    others = [arg for at, arg in enumerate(args) if at not in texts]
    return [*others, *(("--", *(args[at] for at in texts)) if texts else ())]


def _own(args: Sequence[str], valued: Collection[str]) -> Iterator[int]:
    """The positions of the arguments that are not the value of the option before them."""
    is_value = False
    for at, arg in enumerate(args):
        if is_value:
            is_value = False
            continue
        is_value = arg in valued
        yield at


def _is_text(arg: str, names: Collection[str]) -> bool:
    return arg.startswith("-") and any(map(str.isspace, arg)) and arg.partition("=")[0] not in names
