"""The vocabulary of named things (vendors, carriers, frameworks, regions, ...), which is data of this package.

One file of `names/` for each category: `category`; `versions`, true if a number after the name is its version; tables
from a canonical name to its other forms. Those of `names` are found in any case. Those of `as_written`, which are words
too ("Visa", "React"), are found only as written. Those of `in_context` ("Go", "Wish") besides need one of the words of
`context` near them, or a name of the same category beside them. `groups` are tables of names of the file that are alike
in something: the frameworks of Python, the databases that speak PostgreSQL.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from .errors import NamesInvalid

_KEYS = {"category": str, "versions": bool, "context": list, "groups": dict}
_TABLES = ("names", "as_written", "in_context")


@dataclass(frozen=True, slots=True)
class NamedThing:
    """One entry of the vocabulary; the fields are those of the files."""

    name: str
    category: str
    forms: tuple[str, ...] = ()
    versions: bool = False
    as_written: bool = False
    in_context: bool = False
    context: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@cache
def load_names() -> tuple[NamedThing, ...]:
    """Return the named things of all files. Raises NamesInvalid, which names the file and what is wrong in it."""
    folder = files(__package__).joinpath("names")
    texts = [file for file in folder.iterdir() if file.name.endswith(".toml")] if folder.is_dir() else []
    ordered = sorted(texts, key=lambda file: file.name)
    return tuple(thing for file in ordered for thing in read_names(file.read_text(encoding="utf-8"), file.name))


def read_names(text: str, name: str) -> tuple[NamedThing, ...]:
    """Return the named things in `text` (TOML); `name` is its file's name. Raises NamesInvalid."""
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NamesInvalid(f"the names in {name} are not TOML: {error}") from error
    unknown = sorted(entries.keys() - {*_KEYS, *_TABLES})
    wrong = [key for key, kind in _KEYS.items() if key in entries and not isinstance(entries[key], kind)]
    if unknown or wrong or not entries.get("category"):
        raise NamesInvalid(
            f"the names in {name} have no category, or a key that is unknown or of the wrong type: {unknown + wrong}"
        )
    things = tuple(_things(entries, name))
    grouped = {member for members in entries.get("groups", {}).values() for member in members}
    if unnamed := sorted(grouped - {thing.name for thing in things}):
        raise NamesInvalid(f"the groups in {name} have what is no name there: {unnamed}")
    return things


def _things(entries: Mapping[str, Any], file: str) -> Iterator[NamedThing]:
    for table in _TABLES:
        for name, forms in entries.get(table, {}).items():
            if not isinstance(forms, list) or not all(isinstance(form, str) and form for form in forms):
                raise NamesInvalid(f"the forms of {name!r} in {file} are not a list of strings")
            yield NamedThing(
                name=name,
                category=entries["category"],
                forms=tuple(forms),
                versions=entries.get("versions", False),
                as_written=table != "names",
                in_context=table == "in_context",
                context=tuple(entries.get("context", ())),
                groups=tuple(group for group, members in entries.get("groups", {}).items() if name in members),
            )
