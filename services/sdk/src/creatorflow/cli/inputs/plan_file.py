"""Reads a plan from a YAML, TOML or JSON file. All fields are checked before sending, also those of child plans.

An unknown field is probably misspelt: it is refused, and the error suggests the field that was meant.
"""

from __future__ import annotations

import codecs
import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from creatorflow_contracts.codes import CODES
from creatorflow_contracts.json_parsing import parse
from creatorflow_contracts.problem import ProblemCode
from creatorflow_contracts.refusals import Refusal
from creatorflow_contracts.v1.request import PlanSpec, Repeat, StepSpec
from pydantic import BaseModel, ValidationError

from creatorflow.cli.errors import CommandError

from .arguments import MAX_FILE, read_bytes

MAX_REQUEST: Final = 4_096
"""Maximum characters of a request text that is made from the descriptions in a plan."""
_PARTS: Final[Mapping[str, type[BaseModel]]] = {"steps": StepSpec, "loops": Repeat}
_LONG_KEY: Final = re.compile(
    r"""(?<![\w-])(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')(?:\s*+\.\s*+(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')){16}"""
)
"""Matches a dotted key of more than 16 parts: the time of the TOML library grows with their square."""
_SCHEMA: Final = "`creatorflow plan --schema` prints the fields of a plan"


def read_plan(file: Path) -> PlanSpec:
    """Read and check the plan in `file` (at most 1 MiB). Raises CommandError that names the field."""
    data = read_bytes(file, "the plan")
    if len(data) > MAX_FILE:
        raise _wrong(file, "the plan is longer than 1 MiB", "split it into several requests")
    return _checked(file, _object(file, data), "")


def request_of(plan: PlanSpec, file: Path) -> str:
    """The request text for a plan that was given without one: the descriptions of its steps, one per line."""
    texts = [text for step in plan.steps if (text := (step.description or step.request or "").strip())]
    return "\n".join(texts)[:MAX_REQUEST] or f"Run the plan {file.name}"


def plan_schema() -> str:
    """The JSON Schema of a plan file."""
    from creatorflow_contracts.generate import schemas

    return schemas.as_text(schemas.plan_schema()).rstrip()


def _object(file: Path, data: bytes) -> dict[str, Any]:
    return object_in(file, data, "the plan", f"a plan is an object with `steps`; {_SCHEMA}")


def object_in(file: Path, data: bytes, what: str, shape: str) -> dict[str, Any]:
    """Read the object in a YAML, TOML or JSON file, with the ingress' own parser and its limits of depth, keys and
    numbers.

    Raises CommandError, whose message names `what` the file contains and whose hint describes its `shape`.
    """
    try:
        if file.suffix.lower() not in (".toml", ".yaml", ".yml"):
            return parse(data.removeprefix(codecs.BOM_UTF8))  # some editors write it
        text = json.dumps(_value(file, data), ensure_ascii=False, separators=(",", ":"))
        return parse(text.encode("utf-8", "surrogatepass"))
    except Refusal as refusal:
        message = CODES[refusal.code].when.replace("the body", what)
        if refusal.code is ProblemCode.NOT_UTF8:
            shape = "save it as UTF-8"
        at = f" at {refusal.where.removeprefix('body, ')}" if refusal.where != "body" else ""
        raise _wrong(file, f"{message}{at} ({refusal.code})", shape) from None
    except UnicodeDecodeError:
        raise _wrong(file, f"{what} is not UTF-8 text", "save it as UTF-8") from None
    except RecursionError:
        raise _wrong(file, f"{what} is nested too deeply", "flatten it") from None
    except TypeError:
        hint = "use text, numbers, true, false, null, lists, objects"
        raise _wrong(file, f"{what} contains a value that JSON cannot express", hint) from None
    except ValueError as error:
        raise _wrong(file, f"{what} cannot be read: {error}"[:300], "correct the file") from None


def _value(file: Path, data: bytes) -> Any:
    text = data.decode("utf-8-sig")
    if file.suffix.lower() == ".toml":
        if _LONG_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text)
    from .yaml_reader import yaml_value

    return yaml_value(text)


def _checked(file: Path, data: Mapping[str, Any], place: str) -> PlanSpec:
    for message in _unknown_fields(PlanSpec, data, place):
        raise _wrong(file, message, f"correct the name, or remove the field; {_SCHEMA}")
    try:
        plan = PlanSpec.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise _wrong(file, _first(error, place), f"correct the field; {_SCHEMA}") from None
    for number, step in enumerate(plan.steps):
        if step.plan is not None:
            _checked(file, step.plan, f"{place}steps[{number}].plan.")
    return plan


def _unknown_fields(model: type[BaseModel], data: Mapping[str, Any], place: str) -> Iterator[str]:
    for name, value in data.items():
        at = f"{place}{name}"
        if name not in model.model_fields:
            like = difflib.get_close_matches(str(name), model.model_fields, 1)
            yield f"{at}: unknown field" + (f"; did you mean `{like[0]}`?" if like else "")
        elif model is PlanSpec and isinstance(value, list):
            for number, part in enumerate(value):
                if isinstance(part, Mapping):
                    yield from _unknown_fields(_PARTS[name], part, f"{at}[{number}].")


def _first(error: ValidationError, place: str) -> str:
    details = error.errors(include_url=False, include_input=False)
    first = details[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return f"{f'{place}{path}'.rstrip('.') or 'the plan'}: {first['msg']}{more}"


def _wrong(file: Path, message: str, hint: str) -> CommandError:
    return CommandError.usage(message, str(file), hint)
