"""Turns the path of a code example, whatever the agent named, into one that stays inside the output folder.

Pure: names in, names out. `out_folder.py` writes the files, safe against planted links.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MAX_NAME_BYTES = 120
"""Maximum length of one part of a path; file systems allow 255, and editors and archives append to it."""
MAX_PARTS = 16

_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_QUIET: Final = frozenset(
    {".dockerignore", ".editorconfig", ".env.example", ".github", ".gitignore", ".gitkeep", ".gitlab-ci.yml"}
)
"""Names with a leading dot that are kept. Others can make a tool act as soon as a user enters or opens the folder:
`.envrc`, `.vscode`, `.git`."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Placed:
    """The path of one code example: `original` as the agent named it, and the `parts` of the safe one."""

    original: str
    parts: tuple[str, ...]

    @property
    def path(self) -> str:
        """The safe path, relative to the folder, with forward slashes."""
        return "/".join(self.parts)

    @property
    def changed(self) -> bool:
        """True if the safe path differs from the original."""
        return self.path != self.original


def place(paths: Iterable[str]) -> list[Placed]:
    """Make a safe path for each path, in order: inside the folder, valid on every file system, and different from the
    others also without regard to case."""
    files: set[str] = set()
    folders: set[str] = set()
    placed = []
    for original in paths:
        parts = _distinct(_parts(original), files, folders)
        keys = ["/".join(parts[: n + 1]).casefold() for n in range(len(parts))]
        files.add(keys[-1])
        folders.update(keys[:-1])
        placed.append(Placed(original, tuple(parts)))
    return placed


def _parts(path: str) -> list[str]:
    text = unicodedata.normalize("NFC", path).replace("\\", "/")
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
    available = MAX_NAME_BYTES - len(f"-{mark}{dot}{ending}".encode())
    kept = stem.encode()[:available].decode(errors="ignore").rstrip(". ")
    return f"{kept}-{mark}{dot}{ending}"


def _distinct(parts: list[str], files: set[str], folders: set[str]) -> list[str]:
    """Number the parts of a path that would collide with a file, or with a folder in the place of its file."""
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
