"""The folder of `--out`: nothing is written outside it, and only files of ours are overwritten.

Every part of a path is opened from its parent's descriptor without following links, and a file is replaced, never
written in place: a link planted inside the folder has no effect.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from creatorflow.cli.errors import CommandError

CODE = "code"
SPECIALISTS = "specialists"
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OURS: Final = {"PLAN.md": b"<!-- creatorflow plan", "result.json": b'{"contract":"synthesized-result.'}
"""The beginning of a file that an earlier command wrote; only such a file is overwritten."""
_OURS_BELOW: Final = {CODE: b"", SPECIALISTS: b"<!-- creatorflow specialist"}
"""The same for the files in a folder; code can have any beginning."""


class OutFolder:
    """An output folder, created if it is missing. Raises CommandError if it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _explained(path):
            path.mkdir(parents=True, exist_ok=True)
            for name, beginning in _OURS.items():
                self._check_ours(name, beginning)
            self._check_writable()

    def _check_ours(self, name: str, beginning: bytes) -> None:
        file = self.path / name
        if not os.path.lexists(file):
            return
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as stream:
                if stream.read(len(beginning)) == beginning:
                    return
        raise CommandError.usage(
            f"{file} exists and was not written by creatorflow", str(file), "choose another folder, or move the file"
        )

    def _check_writable(self) -> None:
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise PermissionError("the folder cannot be written to")

    def write(self, name: str, text: str) -> Path:
        """Write one of the folder's own files (`PLAN.md`, `result.json`) and return its path."""
        with _explained(self.path / name), _opened(os.fspath(self.path)) as folder:
            _replace(folder, name, text)
        return self.path / name

    def write_below(self, name: str, parts: Sequence[str], text: str) -> list[str]:
        """Write a file below the folder `name` (`CODE`, `SPECIALISTS`); return a message if it could not be written."""
        try:
            with _opened(os.fspath(self.path)) as folder:
                self._descend(folder, [name, *parts], text, _OURS_BELOW[name])
        except OSError as error:
            return [f"{name}/{'/'.join(parts)} was not written: {_reason(error)}"]
        return []

    def _descend(self, folder: int, parts: list[str], text: str, ours: bytes) -> None:
        if len(parts) == 1:
            _refuse_foreign(folder, parts[0], ours)
            _replace(folder, parts[0], text)
            return
        with suppress(FileExistsError):  # opened next, unless it is a file or a link
            os.mkdir(parts[0], 0o777, dir_fd=folder)
        inner = os.open(parts[0], _FOLDER_FLAGS, dir_fd=folder)
        try:
            self._descend(inner, parts[1:], text, ours)
        finally:
            os.close(inner)


def _refuse_foreign(folder: int, name: str, ours: bytes) -> None:
    """Raise FileExistsError for a file that does not begin with `ours`, and for a link."""
    if not ours:
        return
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "rb") as stream:
        if stream.read(len(ours)) != ours:
            raise FileExistsError(errno.EEXIST, "it exists and was not written by creatorflow")


def _replace(folder: int, name: str, text: str) -> None:
    temporary = f".{secrets.token_hex(8)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o666, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode("utf-8", "replace"))
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise


@contextmanager
def _opened(path: str) -> Iterator[int]:
    """Open the output folder itself, which may be a link: that is its owner's choice."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError.usage(
            f"cannot write to {path}: {_reason(error)}", str(path), "give --out a folder that can be written to"
        ) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
