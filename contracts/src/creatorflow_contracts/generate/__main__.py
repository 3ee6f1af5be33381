"""`python -m creatorflow_contracts.generate [--check | --release] [FOLDER]`.

Writes `schemas/v1/*.json` and `asyncapi.yaml` into FOLDER (the repository's `contracts/`), and the broker's definitions
into `ops/rabbitmq/` beside it. A change that breaks readers or writers of a released version is refused and nothing is
written. `--check` writes nothing and exits 1 when the files differ from the models; `--release` also keeps the schemas
as those of this version, permanently.
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
"""`contracts/`, if the package is installed from the repository as editable."""


def main(arguments: list[str] | None = None) -> int:
    """Generate, check or release. Exit code: 0 done or equal, 1 different or breaking, 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m creatorflow_contracts.generate", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=_HERE)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file differs")
    choice.add_argument("--release", action="store_true", help="also keep the schemas as those of this version")
    options = parser.parse_args(arguments)
    if not (options.folder / "pyproject.toml").is_file():
        parser.error(f"{options.folder} is not the contracts folder of the repository")
    broken = breaking_changes(options.folder)
    if broken:
        return _report("a change breaks a released version; make it a new major version instead:", broken)
    wanted = generated()
    if options.release:
        kept = f"schemas/released/{version('creatorflow-contracts')}"
        if (options.folder / kept).exists():
            return _report("this version is released already:", [kept])
        wanted |= {f"{kept}/{name}.json": text for name, text in _texts()}
    changed = different(options.folder, wanted)
    if options.check:
        return _report("out of date, run `make contracts`:", changed)
    for name in changed:
        _write(options.folder / name, wanted.get(name))
    return 0


def generated() -> dict[str, str]:
    """Return all generated files: path below `contracts/` to content."""
    files = {f"schemas/v1/{name}.json": text for name, text in _texts()}
    head = "# Generated from the models by `make contracts`; not edited by hand.\n"
    files[DEFINITIONS] = json.dumps(definitions(card.name for card in load_cards()), indent=1) + "\n"
    return files | {"asyncapi.yaml": head + yaml.dump(document(), Dumper=_Plain, sort_keys=False, width=120)}


def different(folder: Path, wanted: dict[str, str]) -> list[str]:
    """List the files that are missing, differ, or are no longer generated."""
    present = {str(path.relative_to(folder)) for path in folder.glob("schemas/v1/*.json")}
    stale = present - wanted.keys()
    return sorted(stale | {name for name, text in wanted.items() if _read(folder / name) != text})


def breaking_changes(folder: Path) -> list[str]:
    """List in which ways the present models break any released schema."""
    now = schemas()
    broken: list[str] = []
    for path in sorted(folder.glob("schemas/released/*/*.json")):
        released = f"{path.parent.name} {path.stem}"
        if path.stem not in now:
            broken.append(f"{released}: removed")
        else:
            reasons = breaks(json.loads(path.read_text("utf-8")), now[path.stem])
            broken += [f"{released}: {reason}" for reason in reasons]
    return broken


class _Plain(yaml.SafeDumper):
    """Writes no anchors, and strings of several lines as blocks."""

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


def _report(headline: str, lines: list[str]) -> int:
    if lines:
        sys.stderr.write("\n".join([headline, *(f"  {line}" for line in lines)]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
