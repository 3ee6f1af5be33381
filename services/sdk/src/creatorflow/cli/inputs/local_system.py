"""Where `make up` leaves word of the system that it started, so that `creatorflow` finds it from any folder.

The record is a file of this user alone. It holds no secret: it names the file in which the broker's address stands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = 0
_PLACE: Final = Path("creatorflow", "local.json")


@dataclass(frozen=True, slots=True)
class LocalSystem:
    """A system on this machine: the folder that it was started from, and the file that exports its broker's address."""

    folder: Path
    env_file: Path

    def record(self) -> Path:
        """Write the record, readable by this user alone, in place of an earlier one. Raises OSError."""
        file = next(_record_files()) / _PLACE
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = file.with_suffix(".new")
        with open(new, "w", encoding="utf-8", opener=_private) as stream:
            json.dump({"folder": str(self.folder), "env_file": str(self.env_file)}, stream)
        new.replace(file)
        return file

    def forget(self) -> None:
        """Remove the record, unless it is of another system."""
        for folder in _record_files():
            if _read(folder / _PLACE) == self:
                with suppress(OSError):
                    (folder / _PLACE).unlink()


def recorded() -> LocalSystem | None:
    """The system that `make up` recorded for this user; whether it still runs is not known."""
    return next((found for folder in _record_files() if (found := _read(folder / _PLACE))), None)


def is_trusted(file: Path) -> bool:
    """True for a file of this user or of root: no other user says where requests go."""
    return file.stat().st_uid in (os.getuid(), _ROOT)


def _record_files() -> Iterator[Path]:
    """The folders that may hold the record, the best first: gone with the session, else kept."""
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
    """The record in `file`; None where there is none, or none that can be read or trusted."""
    try:
        if not is_trusted(file):
            return None
        record = json.loads(file.read_text(encoding="utf-8"))
        return LocalSystem(Path(record["folder"]), Path(record["env_file"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
