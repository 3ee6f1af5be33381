"""`python -m creatorflow_contracts.generate [--check | --release] [FOLDER]`.

Writes `schemas/v1/*.json` and `asyncapi.yaml` into FOLDER (the repository's `contracts/`), and the broker's definitions
into `ops/rabbitmq/` beside it. A change that breaks readers or writers of a released version is refused and nothing is
written. `--check` writes nothing and exits 1 when the files differ from the models; `--release` also keeps the schemas
as those of this version, for ever.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

from creatorflow_contracts.cards import load_cards
from creatorflow_contracts.rabbitmq_definitions import definitions

from .asyncapi import document
from .compatibility import breaks
from .schemas import as_text, schemas

DEFINITIONS = "../ops/rabbitmq/definitions.json"
_HERE = Path(__file__).parents[3]
"""`contracts/`, when the package is installed from the repository as editable."""


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 done or equal, 1 differs or breaks, 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m creatorflow_contracts.generate", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=_HERE)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file differs")
    choice.add_argument("--release", action="store_true", help="also keep the schemas as those of this version")
    told = parser.parse_args(arguments)
    if not (told.folder / "pyproject.toml").is_file():
        parser.error(f"{told.folder} is not the contracts folder of the repository")
    broken = broken_promises(told.folder)
    if broken:
        return _say("a change breaks a released version; make it a new major version instead:", broken)
    wanted = generated()
    if told.release:
        kept = f"schemas/released/{version('creatorflow-contracts')}"
        if (told.folder / kept).exists():
            return _say("this version is released already:", [kept])
        wanted |= {f"{kept}/{name}.json": text for name, text in _texts()}
    changed = different(told.folder, wanted)
    if told.check:
        return _say("out of date, run `make contracts`:", changed)
    for name in changed:
        _write(told.folder / name, wanted.get(name))
    return 0


def generated() -> dict[str, str]:
    """Path below `contracts/` to content, all of it."""
    files = {f"schemas/v1/{name}.json": text for name, text in _texts()}
    head = "# Generated from the models by `make contracts`; not edited by hand.\n"
    files[DEFINITIONS] = json.dumps(definitions(card.name for card in load_cards()), indent=1) + "\n"
    return files | {"asyncapi.yaml": head + yaml.dump(document(), Dumper=_Plain, sort_keys=False, width=120)}


def different(folder: Path, wanted: dict[str, str]) -> list[str]:
    """The files that are missing, differ, or should not be there any more."""
    found = {str(path.relative_to(folder)) for path in folder.glob("schemas/v1/*.json")}
    stale = found - wanted.keys()
    return sorted(stale | {name for name, text in wanted.items() if _read(folder / name) != text})


def broken_promises(folder: Path) -> list[str]:
    """What the models of today would break, for every schema ever released."""
    now = schemas()
    found: list[str] = []
    for path in sorted(folder.glob("schemas/released/*/*.json")):
        told = f"{path.parent.name} {path.stem}"
        if path.stem not in now:
            found.append(f"{told}: removed")
        else:
            found += [f"{told}: {each}" for each in breaks(json.loads(path.read_text("utf-8")), now[path.stem])]
    return found


class _Plain(yaml.SafeDumper):
    """No anchors; texts of several lines as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)


def _texts() -> list[tuple[str, str]]:
    return [(name, as_text(schema)) for name, schema in schemas().items()]


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _say(headline: str, lines: list[str]) -> int:
    if lines:
        sys.stderr.write("\n".join([headline, *(f"  {line}" for line in lines)]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
