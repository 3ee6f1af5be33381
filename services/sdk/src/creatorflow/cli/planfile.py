"""A plan from a file: JSON, TOML, or YAML where a library for it is installed. Every field is checked before sending.

The wire ignores unknown fields, so that versions can speak to each other; in a file that a person wrote an unknown
field is a typing error, and is refused.
"""

from __future__ import annotations

import difflib
import importlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from creatorflow_contracts.parsing import parse
from creatorflow_contracts.refusals import Refusal
from creatorflow_contracts.v1.request import PlanSpec, Repeat, StepSpec
from pydantic import BaseModel, ValidationError

from .arguments import read_bytes
from .errors import CommandError

_PARTS: Final[Mapping[str, type[BaseModel]]] = {"steps": StepSpec, "loops": Repeat}


def read_plan(file: Path) -> PlanSpec:
    """The plan in `file`. Raises CommandError that names the field."""
    data = _parsed(file, read_bytes(file, "the plan"))
    if not isinstance(data, dict):
        raise _wrong(file, "the file holds no plan", "a plan is an object with `steps`")
    for message in _unknown_fields(PlanSpec, data, ""):
        raise _wrong(file, message, "correct the name, or remove the field")
    try:
        return PlanSpec.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise _wrong(
            file, _first(error), "correct the field; `creatorflow submit --help` shows where to read more"
        ) from None
    except (TypeError, ValueError):
        raise _wrong(file, "the plan holds a value that JSON has not", "use text, numbers, lists, objects") from None


def _parsed(file: Path, data: bytes) -> Any:
    kind = file.suffix.lower()
    try:
        if kind == ".toml":
            return tomllib.loads(data.decode())
        if kind in (".yaml", ".yml"):
            return _yaml(file, data.decode())
        return parse(data)
    except Refusal as refusal:
        raise _wrong(
            file, f"the plan is not sound JSON: {refusal.code} at {refusal.where}", "correct it, or name a .toml file"
        ) from None
    except ValueError as error:
        raise _wrong(file, f"the plan cannot be read: {error}"[:300], "correct the file") from None


def _yaml(file: Path, text: str) -> Any:
    for name in ("yaml", "ruamel.yaml"):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        try:
            return library.safe_load(text) if name == "yaml" else library.YAML(typ="safe", pure=True).load(text)
        except library.error.YAMLError as error:
            reason = " ".join(str(error).split())[:200]
            raise _wrong(file, f"the plan is not sound YAML: {reason}", "correct the file") from None
    raise _wrong(file, "no YAML library is installed here", "install PyYAML, or write the plan as JSON or TOML")


def _unknown_fields(model: type[BaseModel], data: Mapping[str, Any], place: str) -> Iterator[str]:
    for name, value in data.items():
        at = f"{place}{name}"
        if name not in model.model_fields:
            like = difflib.get_close_matches(str(name), model.model_fields, 1)
            yield f"{at}: there is no such field" + (f"; did you mean `{like[0]}`?" if like else "")
        elif model is PlanSpec and isinstance(value, list):
            for number, part in enumerate(value):
                if isinstance(part, Mapping):
                    yield from _unknown_fields(_PARTS[name], part, f"{at}[{number}].")
        elif model is StepSpec and name == "plan" and isinstance(value, Mapping):
            yield from _unknown_fields(PlanSpec, value, f"{at}.")


def _first(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_input=False)
    told = details[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in told["loc"]).lstrip(".")
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return f"{place or 'the plan'}: {told['msg']}{more}"


def _wrong(file: Path, message: str, hint: str) -> CommandError:
    return CommandError.usage(message, str(file), hint)
