"""The record of the system that `make up` started, by which `creatorflow` finds it from any folder.

The record is a file readable by this user only. It contains no secret: it names the file with the broker's address.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = 0
_PLACE: Final = Path("creatorflow", "local.json")


@dataclass(frozen=True, slots=True)
class LocalSystem:
    """A system on this machine: the folder it was started from, and the file that exports its broker's address."""

    folder: Path
    env_file: Path

    def record(self) -> Path:
        """Write the record, readable by this user only; it replaces an earlier one. Raises OSError."""
        file = next(_record_files()) / _PLACE
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = file.with_suffix(".new")
        with open(new, "w", encoding="utf-8", opener=_private) as stream:
            json.dump({"folder": str(self.folder), "env_file": str(self.env_file)}, stream)
        new.replace(file)
        return file

    def forget(self) -> None:
        """Remove the record, unless it is that of another system."""
        for folder in _record_files():
            if _read(folder / _PLACE) == self:
                with suppress(OSError):
                    (folder / _PLACE).unlink()


def recorded() -> LocalSystem | None:
    """The system that `make up` recorded for this user, if any; it may have stopped since."""
    return next((system for folder in _record_files() if (system := _read(folder / _PLACE))), None)


def is_trusted(file: Path) -> bool:
    """True for a regular file that only its owner, this user or root, can write: no other decides where requests go."""
    status = file.stat()
    is_private = not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISREG(status.st_mode) and is_private and status.st_uid in (os.getuid(), _ROOT)


def _record_files() -> Iterator[Path]:
    """The folders that may contain the record: first the one that ends with the session, then the permanent one."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and os.path.isdir(runtime):  # noqa: PTH112, PTH117 - a name from outside, not a path yet
        yield Path(runtime)
    state = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(state):  # noqa: PTH117
        yield Path(state)
    else:
        yield Path(os.path.expanduser("~"), ".local", "state")  # noqa: PTH111 - a user without a home is no error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(file: Path) -> LocalSystem | None:
    """Read the record in `file`; None if there is none, or it cannot be read or trusted."""
    try:
        if not is_trusted(file):
            return None
        record = json.loads(file.read_text(encoding="utf-8"))
        return LocalSystem(Path(record["folder"]), Path(record["env_file"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
