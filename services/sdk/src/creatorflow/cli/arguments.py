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
from typing import Final
from uuid import UUID

from .errors import CommandError

MAX_FILE: Final = 1024 * 1024
WRITER_TIMEOUT_MS: Final = 5_000
"""How long a named pipe may be without anybody who writes to it."""
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d)", re.IGNORECASE)
_NAME: Final = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_UNITS: Final = {"s": "seconds", "sec": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def request_text(argument: str | None) -> str | None:
    """The request: the words themselves, `-` for standard input, `@file` for a file's text; None for none."""
    if argument is None:
        return None
    if argument == "-":
        return _decoded(stdin_bytes(), "standard input")
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
    return sys.stdin.buffer.read(most + 1)


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
        moment = datetime.fromisoformat(argument.strip())
        return moment if moment.tzinfo else moment.astimezone()
    except (ValueError, OverflowError):
        hint = "write 45s, 30m, 2h or 7d, or a time as 2026-12-01T18:00+01:00"
        raise CommandError.usage("the deadline cannot be read", "--deadline", hint) from None


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


def saga_id(argument: str, where: str = "ID") -> UUID:
    """The id of a request."""
    return _uuid(argument, where, "the id of a request is a UUID", "`creatorflow list` shows the ids")


def message_ids(arguments: Iterable[str]) -> tuple[UUID, ...]:
    """The ids of messages in quarantine, each once."""
    hint = "`creatorflow quarantine list --ids` shows them"
    return tuple(dict.fromkeys(_uuid(each, "ID", "the id of a message is a UUID", hint) for each in arguments))


def _uuid(argument: str, where: str, message: str, hint: str) -> UUID:
    try:
        return UUID(argument.strip())
    except ValueError:
        hint = f"{hint}; one looks like 3f0d7c1e-8a52-4d0b-9f4e-2b7c51aa0e11"
        raise CommandError.usage(message, where, hint) from None


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
