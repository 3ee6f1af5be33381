"""What is typed on the command line, turned into values; what cannot be is said by name."""

from __future__ import annotations

import os
import re
import select
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, get_args
from uuid import UUID

from creatorflow_contracts.v1.event import SagaStatus

from creatorflow.cli.errors import CommandError

MAX_FILE: Final = 1024 * 1024
WRITER_TIMEOUT_MS: Final = 5_000
"""How long a named pipe may be without anybody who writes to it."""
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d)", re.IGNORECASE)
_HOW: Final = "write it in quotes, name its file as @FILE, pipe it in (`< FILE`), or give a plan with --plan FILE"
_NAME: Final = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
SHORTEST_PREFIX: Final = 4
_DIGITS: Final = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},32}}")
_EXAMPLE_ID: Final = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"
_UNITS: Final = {"s": "seconds", "sec": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def request_text(argument: str | None, *, required: bool = True) -> str | None:
    """Read the request: the words themselves, `-` for standard input, `@file` for a file's text.

    Without an argument it is what is piped in where a request is `required`, else None. Raises CommandError.
    """
    if argument is None and not required:
        return None
    if argument is None and (sys.stdin is None or sys.stdin.isatty()):
        raise CommandError.usage("there is no request", "TEXT", _HOW)
    if argument is None or argument == "-":
        text = _decoded(stdin_bytes(), "standard input")
        if not text.strip():
            raise CommandError.usage("standard input is empty: there is no request", "TEXT", _HOW)
        return text
    if argument.startswith("@"):
        return _decoded(read_bytes(Path(argument[1:]).expanduser(), "the request"), argument[1:])
    return argument


def _decoded(data: bytes, where: str) -> str:
    if len(data) > MAX_FILE:
        raise CommandError.usage("the request is longer than 1 MiB", where, "a request is at most 64 KiB of text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError.usage("the request is not UTF-8 text", where, "save it as UTF-8") from None


def stdin_bytes(most: int = MAX_FILE) -> bytes:
    """All of standard input; one byte more than `most` when it is longer. Raises CommandError when it is closed."""
    if sys.stdin is None:
        raise CommandError.usage("standard input is closed", "-", "pipe something into the command, or name a file")
    try:
        return sys.stdin.buffer.read(most + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError.usage(f"standard input cannot be read: {reason}", "-", "pipe in a text") from None


def read_bytes(file: Path, what: str) -> bytes:
    """A file that an option names. Raises CommandError when it cannot be read."""
    try:
        with open(file, "rb", opener=_at_once) as stream:  # a Path takes no opener
            begun = _begun(stream.fileno())
            return begun + stream.read(MAX_FILE + 1 - len(begun))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError.usage(f"{what} cannot be read: {reason.lower()}", str(file), "name a file") from None


def _at_once(path: str, flags: int) -> int:
    """Opens a file; a named pipe too, though nobody writes to it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _begun(file: int) -> bytes:
    """The first of what is in a named pipe, from here on read to its end; nothing of any other file.

    Raises OSError for a pipe to which nobody writes, also not soon.
    """
    begun = b""
    if stat.S_ISFIFO(os.fstat(file).st_mode):
        waiting = select.poll()
        waiting.register(file, select.POLLIN)
        ready = waiting.poll(WRITER_TIMEOUT_MS)
        with suppress(BlockingIOError):  # somebody is about to write
            begun = os.read(file, 1)
            if not begun and not ready:
                raise OSError("nobody writes to this pipe")
    os.set_blocking(file, True)
    return begun


def deadline(argument: str | None) -> datetime | timedelta | None:
    """`45s`, `30m`, `2h`, `7d` from now, or a time as `2026-12-01T18:00` (this machine's zone unless it has one)."""
    if argument is None:
        return None
    if (span := _timedelta(argument)) is not None:
        return span
    try:
        return _moment(argument)
    except (ValueError, OverflowError):
        hint = "write 45s, 30m, 2h or 7d, or a time as 2026-12-01T18:00+01:00"
        raise CommandError.usage("the deadline cannot be read", "--deadline", hint) from None


def since(argument: str | None, now: datetime) -> datetime | None:
    """`30m`, `2h`, `3d` before `now`, or a date or time, in this machine's zone unless it has one."""
    if argument is None:
        return None
    try:
        span = _timedelta(argument)
        return _moment(argument) if span is None else now - span
    except (ValueError, OverflowError):
        hint = "write 30m, 2h or 3d for so long ago, or a time as 2026-12-01 or 2026-12-01T18:00"
        raise CommandError.usage("the time cannot be read", "--since", hint) from None


def _moment(argument: str) -> datetime:
    """Raises ValueError, OverflowError."""
    moment = datetime.fromisoformat(argument.strip())
    return moment.astimezone(moment.tzinfo)


def statuses(arguments: Iterable[str]) -> tuple[SagaStatus, ...]:
    """The states of requests that are listed: each argument is one, or several with commas. Raises CommandError."""
    known = {status: status for status in get_args(SagaStatus)}
    named = [name.strip().lower() for argument in arguments for name in argument.split(",") if name.strip()]
    if unknown := [name for name in named if name not in known]:
        hint = f"the states are {', '.join(known)}"
        raise CommandError.usage(f"no request is ever {short_text(unknown[0], '--status')}", "--status", hint)
    return tuple(known[name] for name in dict.fromkeys(named))


def duration(argument: str, where: str) -> timedelta:
    """`45s`, `30m`, `2h`, `30d`."""
    span = _timedelta(argument)
    if span is None:
        raise CommandError.usage("the duration cannot be read", where, "write 45s, 30m, 2h or 30d")
    return span


def _timedelta(argument: str) -> timedelta | None:
    match = _DURATION.fullmatch(argument.strip())
    try:
        return timedelta(**{_UNITS[match[2].lower()]: float(match[1])}) if match else None
    except OverflowError:
        return None


def tags(arguments: Iterable[str]) -> dict[str, str]:
    """`name=value` pairs."""
    told = {}
    for argument in arguments:
        name, found, value = argument.partition("=")
        if not found or not name.strip():
            raise CommandError.usage("a tag has no name or no value", "--tag", "write --tag name=value")
        told[name.strip()] = value
    return told


def only_plans(*, plans: bool, runs: bool) -> bool | None:
    """True for plans alone, False for runs alone, None for both. Raises CommandError where both options are given."""
    if plans and runs:
        raise CommandError.usage(
            "--plans and --runs exclude each other", "--plans", "leave both out to list everything"
        )
    return True if plans else False if runs else None


def new_request_id(argument: str) -> UUID:
    """The whole id that a new request gets. Raises CommandError."""
    try:
        return UUID(argument.strip())
    except ValueError:
        hint = f"leave --id out for an id of the client's choice; one looks like {_EXAMPLE_ID}"
        raise CommandError.usage("the id of a new request is a whole UUID", "--id", hint) from None


def request_prefix(argument: str, where: str = "ID") -> str:
    """The hexadecimal digits of a request's id or of its beginning, without dashes. Raises CommandError."""
    return _prefix(argument, where, "request", "`creatorflow list` shows the ids")


def message_prefixes(arguments: Iterable[str]) -> tuple[str, ...]:
    """The hexadecimal digits of the ids of messages in quarantine, or of their beginnings, without repetition."""
    hint = "`creatorflow quarantine list --ids` shows the ids"
    return tuple(dict.fromkeys(_prefix(argument, "ID", "message", hint) for argument in arguments))


def _prefix(argument: str, where: str, thing: str, hint: str) -> str:
    with suppress(ValueError):
        return UUID(argument.strip()).hex
    digits = argument.strip().lower().replace("-", "")
    if not _DIGITS.fullmatch(digits):
        hint = f"{hint}; one looks like {_EXAMPLE_ID}, its first {SHORTEST_PREFIX} characters are enough if unique"
        raise CommandError.usage(f"this is no {thing} id, nor the beginning of one", where, hint)
    return digits


def short_text(argument: str, where: str, most: int = 4096) -> str:
    """A text that goes into a message: whole characters, not too many of them."""
    if len(argument) > most:
        raise CommandError.usage(f"this is longer than {most} characters", where, "say it shorter")
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise CommandError.usage("this is not UTF-8 text", where, "write it in UTF-8") from None
    return argument


def plain_name(argument: str, where: str) -> str:
    """The name of a step or an agent."""
    if not _NAME.fullmatch(argument):
        hint = "a name is lower-case words joined by '-' or '_', at most 64 characters"
        raise CommandError.usage(f"this is not the name of {where.lower()}", where, hint)
    return argument
