"""Limits a SQLite file to one process: an advisory lock on a file beside it, which ends with the process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from .errors import StoreLocked, StoreMisconfigured


class FileLock:
    """A lock from construction until `release`. The lock file stays: removing it would let two processes in."""

    def __init__(self, database: Path, owner: str) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreMisconfigured(f"cannot open {path}: {error.strerror}; check the path and its rights") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._fd, 200).decode("utf-8", "replace").strip() or "another process"
            os.close(self._fd)
            raise StoreLocked(
                f"{database} is in use by {holder}: one orchestrator uses a SQLite file at a time; "
                "stop it, or use PostgreSQL to run several"
            ) from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{owner} (process {os.getpid()})\n".encode(), 0)

    def release(self) -> None:
        """Lets another process in."""
        os.close(self._fd)
