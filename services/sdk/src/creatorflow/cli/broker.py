"""Which broker a command talks to: the one named, else the environment's, else the local system's, else the default."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from creatorflow.environment import AMQP_URL, ConfigurationError, amqp_url, complete

from .errors import CommandError
from .exits import ExitCode

VARIABLE: Final = AMQP_URL
DEFAULT: Final = "amqp://guest:guest@127.0.0.1:5672/"
_ROOT: Final = 0
LOCAL_FILE: Final = Path(".local", "env")
"""What `make up` writes beside the system that it started."""


def broker_url(given: str | None) -> str:
    """The broker's URL, with what files say of it. Raises CommandError for one that is none."""
    try:
        if given is not None:
            return complete(_checked(given, "--url", ExitCode.USAGE))
        if told := amqp_url():
            return _checked(told, VARIABLE, ExitCode.CONFIGURATION)
    except ConfigurationError as error:
        hint = "correct the environment"
        raise CommandError(ExitCode.CONFIGURATION, "CONFIGURATION", str(error), "environment", hint) from None
    file, found = _local_system(Path.cwd())
    return _checked(found, str(file), ExitCode.CONFIGURATION) if found else DEFAULT


def _checked(url: str, where: str, exit_code: ExitCode) -> str:
    try:
        parts = urlsplit(url)
        valid = url.isascii() and parts.scheme in ("amqp", "amqps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        hint = "write it as amqp://user:password@host:5672/vhost"
        raise CommandError(exit_code, "URL_INVALID", "the broker's URL cannot be read", where, hint)
    return url


def _local_system(start: Path) -> tuple[Path | None, str | None]:
    """The file of the nearest local system from `start` upwards, and the broker that it names."""
    for folder in (start, *start.parents):
        file = folder / LOCAL_FILE
        if file.is_file() and _trusted(file):
            return file, _read(file)
    return None, None


def _trusted(file: Path) -> bool:
    """Only our own word says where requests go; another user's file in a shared folder does not."""
    return file.stat().st_uid in (os.getuid(), _ROOT)


def _read(file: Path) -> str | None:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        name, found, value = line.strip().removeprefix("export ").partition("=")
        if found and name.strip() == VARIABLE:
            return value.strip().strip("'\"") or None
    return None
