"""Finds the broker of a command: the one named, else the environment's, else the local system's, else the default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from creatorflow.cli.errors import CommandError, ExitCode
from creatorflow.environment import AMQP_URL, ConfigurationError, amqp_url, complete

from .local_system import LocalSystem, is_trusted, recorded

VARIABLE: Final = AMQP_URL
DEFAULT: Final = "amqp://guest:guest@127.0.0.1:5672/"
EXPORT: Final = f"export {VARIABLE}=amqp://user:password@host:5672/"
LOCAL_FILE: Final = Path(".local", "env")
"""The file in which `make up` writes the broker's address, below the folder of the repository."""


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker's URL, and a hint for when it does not answer; empty if the user named the broker."""

    url: str
    hint: str = ""


def broker_url(given: str | None) -> str:
    """The broker's URL, completed from the files that the environment names. Raises CommandError if it is invalid."""
    return find_broker(given).url


def find_broker(given: str | None) -> Broker:
    """The broker that a command connects to. Raises CommandError if its URL is invalid."""
    try:
        if given is not None:
            return Broker(complete(_checked(given, "--url", ExitCode.USAGE)))
        if named := amqp_url():
            return Broker(_checked(named, VARIABLE, ExitCode.CONFIGURATION))
    except ConfigurationError as error:
        hint = "correct the environment"
        raise CommandError(ExitCode.CONFIGURATION, "CONFIGURATION", str(error), "environment", hint) from None
    record = recorded()
    for system in (*_above_here(), *((record,) if record else ())):
        if url := _address(system.env_file):
            return Broker(_checked(url, str(system.env_file), ExitCode.CONFIGURATION), _restart(system))
    return Broker(DEFAULT, _restart(record) if record else _start())


def _start() -> str:
    return f"no local system was found: start one with `make up` in the repository, or name a broker: {EXPORT}"


def _restart(system: LocalSystem) -> str:
    return (
        f"the local system of {system.folder} is not running any more, or has changed: `make up` there starts it "
        f"again; or name another broker: {EXPORT}"
    )


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


def _above_here() -> Iterator[LocalSystem]:
    """The local systems of this folder and of those above it, the nearest first; none if this folder was deleted."""
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return
    for folder in (here, *here.parents):
        yield LocalSystem(folder, folder / LOCAL_FILE)


def _address(file: Path) -> str | None:
    """The broker's URL that the file exports; None if the file is missing, not trusted, or exports none."""
    try:
        if not is_trusted(file):
            return None
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):  # a path with a NUL is a ValueError
        return None
    for line in lines:
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and name.strip() == VARIABLE:
            return value.strip().strip("'\"") or None
    return None
