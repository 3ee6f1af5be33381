"""`creatorflow agent new`: writes a working agent to start from.

The templates are package data in `own_agent/`: the agent's file, its test, its Dockerfile, its compose file.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from creatorflow.cli.errors import CommandError

COMPOSE: Final = "compose.yaml"
SYSTEM: Final = frozenset({"jaeger", "operator", "postgres", "prometheus", "rabbitmq", "secrets"})
"""Services of the system's compose.yaml that are not users of the broker."""
MAKER: Final = "-user"
"""The ending of the name of the container that creates an agent's broker user."""
_OURS: Final = b"\nname: creatorflow\n"
_ENDINGS: Final = ("-agent", "_agent", "-specialist", "_specialist")


class _Template(Template):
    """A template with `%` as delimiter, because compose itself interpolates the dollar."""

    delimiter = "%"


@dataclass(frozen=True, slots=True)
class NewAgent:
    """The files of a new agent and their folder. `place` is the folder as seen from the system's compose.yaml."""

    name: str
    folder: Path
    place: str

    @classmethod
    def of(cls, name: str, folder: Path) -> NewAgent:
        """Check the name and the folder. Raises CommandError for an invalid or reserved name, or a folder whose name
        is not printable."""
        check_name(name)
        place = place_of(folder)
        if not place.isprintable():
            raise CommandError.usage("the folder's name cannot be printed", repr(place), "choose another with --dir")
        return cls(name, folder, place)

    @property
    def module(self) -> str:
        """The name of its Python module; its ending keeps it from being a keyword or an existing module."""
        plain = self.name.replace("-", "_")
        return plain if plain.endswith("_agent") else f"{plain}_agent"

    @property
    def file(self) -> Path:
        """The path of its Python file."""
        return self.folder / f"{self.module}.py"

    def texts(self) -> Mapping[str, str]:
        """Map each file name to its text."""
        words = _without_ending(self.name).replace("-", " ").replace("_", " ")
        values = {
            "name": self.name,
            "module": self.module,
            "words": words,
            "domain": words.replace(" ", "_"),
            "context": json.dumps(self.place.replace("$", "$$"), ensure_ascii=False),
            "compose_file": self.compose_file,
        }
        return {name: _Template(template(source)).substitute(values) for name, source in self._sources().items()}

    @property
    def compose_file(self) -> str:
        """The path of its compose file, quoted for a shell in the folder of the system's compose.yaml."""
        return shlex.quote(f"{self.place}/{COMPOSE}")

    def commands(self) -> dict[str, str]:
        """The next commands for its author, by purpose."""
        return {
            "test": f"pytest {shlex.quote(str(self.folder))}",
            "run": f"creatorflow agent run {shlex.quote(str(self.file))}",
            "container": f"docker compose -f {COMPOSE} -f {self.compose_file} up --wait {self.name}",
        }

    def write(self) -> list[Path]:
        """Write all files or none and return their paths. Raises CommandError if one exists or cannot be written."""
        texts = {self.folder / name: text for name, text in self.texts().items()}
        for file in texts:
            if os.path.lexists(file):
                hint = "nothing is overwritten: move it, or choose another folder with --dir"
                raise CommandError.usage(f"{file} exists already", str(file), hint)
        written: list[Path] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for file, text in texts.items():
                with file.open("x", encoding="utf-8") as stream:
                    written.append(file)
                    stream.write(text)
        except OSError as error:
            for file in written:
                with suppress(OSError):
                    file.unlink()
            why, hint = (error.strerror or str(error)).lower(), "choose a folder that can be written to with --dir"
            raise CommandError.usage(f"cannot write to {self.folder}: {why}", str(self.folder), hint) from error
        return written

    def _sources(self) -> dict[str, str]:
        return {
            f"{self.module}.py": "agent.py",
            f"test_{self.module}.py": "test.py",
            "Dockerfile": "Dockerfile",
            COMPOSE: COMPOSE,
        }


def template(name: str) -> str:
    """The text of a template."""
    return files(__package__).joinpath("own_agent", f"{name}.template").read_text(encoding="utf-8")


def check_name(name: str) -> None:
    """Check the name of an agent. Raises CommandError if it is invalid on a card, or used by the system."""
    from creatorflow_contracts.cards import known_agents
    from creatorflow_contracts.permissions import SERVICE_USERS
    from creatorflow_contracts.v1.base import RESERVED_AGENT_NAMES, is_name

    if not is_name(name):
        rule = "a name is lower-case words joined by '-' or '_', at most 64 characters, as in gift-wrapping-agent"
        raise CommandError.usage("this is not a valid name for an agent", f"NAME {name[:80]}", rule)
    if name.endswith(MAKER):
        hint = f"choose another: it is the name of the container that creates the user of {name.removesuffix(MAKER)}"
        raise CommandError.usage(f"the name of an agent must not end with {MAKER}", "NAME", hint)
    if name in known_agents() | RESERVED_AGENT_NAMES | set(SERVICE_USERS) | SYSTEM:
        raise CommandError.usage(f"{name} is a name that the system uses itself", "NAME", "choose another name")


def place_of(folder: Path) -> str:
    """The folder as seen from the system's compose.yaml, with forward slashes: relative to it if the folder is below
    it, else absolute."""
    whole = folder.resolve()
    system = next((parent for parent in whole.parents if _is_the_system(parent / COMPOSE)), None)
    return (whole if system is None else whole.relative_to(system)).as_posix()


def _is_the_system(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return _OURS in b"\n" + stream.read(4096)
    except OSError:
        return False


def _without_ending(name: str) -> str:
    return next((name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending)), name)
