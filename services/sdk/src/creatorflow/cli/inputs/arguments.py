"""Parses arguments and options into values; the error for one that is invalid names it."""

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
"""Milliseconds to wait for a writer of a named pipe."""
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d)", re.IGNORECASE)
_HOW: Final = "write it in quotes, name its file as @FILE, pipe it in (`< FILE`), or name a plan with --plan FILE"
_NAME: Final = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
SHORTEST_PREFIX: Final = 4
_DIGITS: Final = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},32}}")
_EXAMPLE_ID: Final = "3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"
_UNITS: Final = {"s": "seconds", "sec": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def request_text(argument: str | None, *, required: bool = True) -> str | None:
    """Read the request: the text itself, `-` for standard input, `@file` for the text of a file.

    Without an argument it is read from standard input if a request is `required`, else it is None. Raises
    CommandError.
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
    """Read standard input; `most` + 1 bytes if it is longer than `most`. Raises CommandError if it is closed."""
    if sys.stdin is None:
        raise CommandError.usage("standard input is closed", "-", "pipe text into the command, or name a file")
    try:
        return sys.stdin.buffer.read(most + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError.usage(f"standard input cannot be read: {reason}", "-", "pipe in a text") from None


def read_bytes(file: Path, what: str) -> bytes:
    """Read a file that an option names; `what` it is goes into the error. Raises CommandError if it is unreadable."""
    try:
        with open(file, "rb", opener=_at_once) as stream:  # a Path takes no opener
            first = _first_bytes(stream.fileno())
            return first + stream.read(MAX_FILE + 1 - len(first))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "name a file that can be read"
        raise CommandError.usage(f"{what} cannot be read: {reason.lower()}", str(file), hint) from None


def _at_once(path: str, flags: int) -> int:
    """Open a file without blocking, also a named pipe that has no writer yet."""
    return os.open(path, flags | os.O_NONBLOCK)


def _first_bytes(file: int) -> bytes:
    """Read the first byte of a named pipe, and nothing of any other file; further reads of the file block.

    Raises OSError for a pipe that gets no writer within WRITER_TIMEOUT_MS.
    """
    first = b""
    if stat.S_ISFIFO(os.fstat(file).st_mode):
        waiting = select.poll()
        waiting.register(file, select.POLLIN)
        ready = waiting.poll(WRITER_TIMEOUT_MS)
        with suppress(BlockingIOError):  # there is a writer, which has not written yet
            first = os.read(file, 1)
            if not first and not ready:
                raise OSError("this pipe has no writer")
    os.set_blocking(file, True)
    return first


def deadline(argument: str | None) -> datetime | timedelta | None:
    """Parse `45s`, `30m`, `2h`, `7d` (from now), or a time as `2026-12-01T18:00` (local unless it names a zone)."""
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
    """Parse `30m`, `2h`, `3d` (before `now`), or a date or time (local unless it names a zone)."""
    if argument is None:
        return None
    try:
        span = _timedelta(argument)
        return _moment(argument) if span is None else now - span
    except (ValueError, OverflowError):
        hint = "write 30m, 2h or 3d (ago), or a time as 2026-12-01 or 2026-12-01T18:00"
        raise CommandError.usage("the time cannot be read", "--since", hint) from None


def _moment(argument: str) -> datetime:
    """Parse a date or time. Raises ValueError, OverflowError."""
    moment = datetime.fromisoformat(argument.strip())
    return moment.astimezone(moment.tzinfo)


def statuses(arguments: Iterable[str]) -> tuple[SagaStatus, ...]:
    """Parse the options `--status`: each is one status, or several separated by commas. Raises CommandError."""
    known = {status: status for status in get_args(SagaStatus)}
    named = [name.strip().lower() for argument in arguments for name in argument.split(",") if name.strip()]
    if unknown := [name for name in named if name not in known]:
        hint = f"use one of {', '.join(known)}"
        raise CommandError.usage(f"unknown status {short_text(unknown[0], '--status')}", "--status", hint)
    return tuple(known[name] for name in dict.fromkeys(named))


def duration(argument: str, where: str) -> timedelta:
    """Parse `45s`, `30m`, `2h`, `30d`. Raises CommandError that names `where`."""
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
    """Parse `name=value` pairs. Raises CommandError."""
    values = {}
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if not sign or not name.strip():
            raise CommandError.usage("a tag has no name or no value", "--tag", "write --tag name=value")
        values[name.strip()] = value
    return values


def only_plans(*, plans: bool, runs: bool) -> bool | None:
    """True for plans only, False for runs only, None for both. Raises CommandError if both options are given."""
    if plans and runs:
        raise CommandError.usage(
            "--plans and --runs exclude each other", "--plans", "leave both out to list everything"
        )
    return True if plans else False if runs else None


def new_request_id(argument: str) -> UUID:
    """Parse the whole id for a new request. Raises CommandError."""
    try:
        return UUID(argument.strip())
    except ValueError:
        hint = f"write an id such as {_EXAMPLE_ID}, or leave --id out: the client then chooses one"
        raise CommandError.usage("the id of a new request must be a whole UUID", "--id", hint) from None


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
        hint = f"{hint}, such as {_EXAMPLE_ID}; the first {SHORTEST_PREFIX} characters are enough if unique"
        raise CommandError.usage(f"this is not a {thing} id or the beginning of one", where, hint)
    return digits


def short_text(argument: str, where: str, most: int = 4096) -> str:
    """Check a text that goes into a message: valid UTF-8, at most `most` characters. Raises CommandError."""
    if len(argument) > most:
        raise CommandError.usage(f"this is longer than {most} characters", where, "shorten it")
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise CommandError.usage("this is not UTF-8 text", where, "write it in UTF-8") from None
    return argument


def plain_name(argument: str, where: str) -> str:
    """Check the name of a step or an agent. Raises CommandError that names `where`."""
    if not _NAME.fullmatch(argument):
        hint = "a name is lower-case words joined by '-' or '_', at most 64 characters"
        raise CommandError.usage(f"this is not the name of {where.lower()}", where, hint)
    return argument


def agent_alone(argument: str, out: Path | None, *, as_json: bool) -> str:
    """Check the agent whose answers alone are shown, as text. Raises CommandError if files or JSON are wanted too."""
    if out is not None or as_json:
        hint = "leave --agent out: the files and the JSON have the answers of every agent"
        raise CommandError.usage("--agent is for reading, without --out and --json", "--agent", hint)
    return plain_name(argument, "--agent")
