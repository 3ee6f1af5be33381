"""`creatorflow agent new`: an agent to begin with, as files that work as they are.

The templates are data of this package, in `own_agent/`: its file, its test, its Dockerfile, its compose file.
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
"""Services of the system's compose.yaml beside those that are users of the broker."""
MAKER: Final = "-user"
"""Of the name of the container that makes an agent's user of the broker."""
_OURS: Final = b"\nname: creatorflow\n"
_ENDINGS: Final = ("-agent", "_agent", "-specialist", "_specialist")


class _Template(Template):
    """With another sign than the dollar, which compose reads itself."""

    delimiter = "%"


@dataclass(frozen=True, slots=True)
class NewAgent:
    """What is to be written for an agent, and where. `place` is its folder as the system's compose.yaml sees it."""

    name: str
    folder: Path
    place: str

    @classmethod
    def of(cls, name: str, folder: Path) -> NewAgent:
        """Raises CommandError for a name that no agent may have, and a folder that cannot be written down."""
        check_name(name)
        place = place_of(folder)
        if not place.isprintable():
            raise CommandError.usage("the folder's name cannot be printed", repr(place), "choose another with --dir")
        return cls(name, folder, place)

    @property
    def module(self) -> str:
        """The name of its Python file, which is no keyword and no module of anybody else's."""
        plain = self.name.replace("-", "_")
        return plain if plain.endswith("_agent") else f"{plain}_agent"

    @property
    def file(self) -> Path:
        """Where its Python file is."""
        return self.folder / f"{self.module}.py"

    def texts(self) -> Mapping[str, str]:
        """File name to text."""
        words = _without_ending(self.name).replace("-", " ").replace("_", " ")
        told = {
            "name": self.name,
            "module": self.module,
            "words": words,
            "domain": words.replace(" ", "_"),
            "context": json.dumps(self.place.replace("$", "$$"), ensure_ascii=False),
            "compose_file": self.compose_file,
        }
        return {name: _Template(template(source)).substitute(told) for name, source in self._sources().items()}

    @property
    def compose_file(self) -> str:
        """Its compose file as it is typed beside the system's."""
        return shlex.quote(f"{self.place}/{COMPOSE}")

    def commands(self) -> dict[str, str]:
        """What its author does next, by what it does."""
        return {
            "test": f"pytest {shlex.quote(str(self.folder))}",
            "run": f"creatorflow agent run {shlex.quote(str(self.file))}",
            "container": f"docker compose -f {COMPOSE} -f {self.compose_file} up --wait {self.name}",
        }

    def write(self) -> list[Path]:
        """Write all of it, or nothing; the files. Raises CommandError when one is there or cannot be written."""
        texts = {self.folder / name: text for name, text in self.texts().items()}
        for file in texts:
            if os.path.lexists(file):
                hint = "nothing is overwritten: move it, or choose another folder with --dir"
                raise CommandError.usage(f"{file} is there already", str(file), hint)
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
    """Raises CommandError for a name that is against the card's rule, or is in use by the system."""
    from creatorflow_contracts.cards import known_agents
    from creatorflow_contracts.permissions import SERVICE_USERS
    from creatorflow_contracts.v1.base import RESERVED_AGENT_NAMES, is_name

    if not is_name(name):
        rule = "a name is lower-case words joined by '-' or '_', at most 64 characters, as in gift-wrapping-agent"
        raise CommandError.usage("no agent may be called so", f"NAME {name[:80]}", rule)
    if name.endswith(MAKER):
        hint = f"choose another: so is called what makes the user of {name.removesuffix(MAKER)}"
        raise CommandError.usage(f"no agent's name ends with {MAKER}", "NAME", hint)
    if name in known_agents() | RESERVED_AGENT_NAMES | set(SERVICE_USERS) | SYSTEM:
        raise CommandError.usage(f"{name} is a name of the system's own", "NAME", "choose another name")


def place_of(folder: Path) -> str:
    """The folder as the system's compose.yaml sees it: relative to that where it lies above the folder, else absolute,
    with forward slashes."""
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
