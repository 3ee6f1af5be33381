"""Where a code example may be written: any path an agent dreams up becomes one that stays inside its folder.

Pure: it only turns names into names. Writing them, against links that others planted, is `folder.py`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MAX_NAME_BYTES = 120
"""Of one part of a path; file systems take 255, and editors and archives add to it."""
MAX_PARTS = 16

_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_QUIET: Final = frozenset(
    {".dockerignore", ".editorconfig", ".env.example", ".github", ".gitignore", ".gitkeep", ".gitlab-ci.yml"}
)
"""Names with a leading dot that may stay. Others can make a tool act as soon as somebody enters or opens the folder:
`.envrc`, `.vscode`, `.git`."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Placed:
    """One example's place: its path as told, the parts of the one it gets, and whether they differ."""

    told: str
    parts: tuple[str, ...]

    @property
    def path(self) -> str:
        """Relative, with forward slashes."""
        return "/".join(self.parts)

    @property
    def changed(self) -> bool:
        """Whether the place is not the one that was told."""
        return self.path != self.told


def place(paths: Iterable[str]) -> list[Placed]:
    """A place for each path, in order: inside the folder, valid on every file system, none the same but for case."""
    files: set[str] = set()
    folders: set[str] = set()
    placed = []
    for told in paths:
        parts = _apart(_parts(told), files, folders)
        keys = ["/".join(parts[: n + 1]).casefold() for n in range(len(parts))]
        files.add(keys[-1])
        folders.update(keys[:-1])
        placed.append(Placed(told, tuple(parts)))
    return placed


def _parts(told: str) -> list[str]:
    text = unicodedata.normalize("NFC", told).replace("\\", "/")
    text = _DRIVE.sub("", text, count=1) if _DRIVE.match(text) else text
    parts = [_name(part) for part in text.split("/") if part.strip() not in ("", ".", "..")]
    return parts[:MAX_PARTS] if len(parts) <= MAX_PARTS else [*parts[: MAX_PARTS - 1], parts[-1]]


def _name(part: str) -> str:
    name = "".join("_" if unicodedata.category(char) in _HIDDEN else char for char in part)
    name = _FORBIDDEN.sub("_", name).strip().rstrip(". ")
    if not name.strip("."):
        name = "_"
    if _DEVICES.fullmatch(name) or name.startswith(("-", "~")) or _acts(name):
        name = f"_{name}"
    return _short(name)


def _acts(name: str) -> bool:
    return name.startswith(".") and name not in _QUIET


def _short(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 12 or not ending.isalnum():
        stem, dot, ending = name, "", ""
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    room = MAX_NAME_BYTES - len(f"-{mark}{dot}{ending}".encode())
    kept = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return f"{kept}-{mark}{dot}{ending}"


def _apart(parts: list[str], files: set[str], folders: set[str]) -> list[str]:
    """The parts, renamed where a file would stand in a folder's place, or in another file's."""
    parts = parts or ["unnamed"]
    for at in range(len(parts)):
        original, number = parts[at], 1
        while _taken("/".join(parts[: at + 1]).casefold(), at == len(parts) - 1, files, folders):
            number += 1
            parts[at] = _numbered(original, number)
    return parts


def _taken(key: str, is_file: bool, files: set[str], folders: set[str]) -> bool:
    return key in files or (is_file and key in folders)


def _numbered(name: str, number: int) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{number}{dot}{ending}" if stem else f"{name}-{number}"
