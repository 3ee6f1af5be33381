"""An agent's `output` as the core reads it, as leniently as can be: what is not understood is kept, never lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, TypeVar, assert_never

from creatorflow_contracts.v1.output import (
    CodeExample,
    DeploymentNote,
    SpecialistOutput,
    Statement,
    TestRequirement,
)
from pydantic import BaseModel, ValidationError

from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, StepOutput

from .context import decisions_of

NOT_UNDERSTOOD = "not_understood"
"""The key under `data` that keeps what did not validate, by section, with the reason."""
_NOTHING = StepOutput()
Read = TypeVar("Read", bound=BaseModel)
Entry = CodeExample | TestRequirement | DeploymentNote | Statement
SECTIONS: Mapping[str, type[Entry]] = {
    "technical_specifications": Statement,
    "implementation_steps": Statement,
    "code_examples": CodeExample,
    "testing_requirements": TestRequirement,
    "deployment_considerations": DeploymentNote,
    "recommendations": Statement,
    "next_steps": Statement,
}


def to_output(raw: Mapping[str, Any]) -> StepOutput:
    """What a step's agent answered. Never raises: sections that do not validate are kept under `data` with a note.

    A plain text stands for a statement, keys that the contract does not know are kept under `data`.
    """
    if not raw:
        return _NOTHING
    try:
        output = _strictly(SpecialistOutput, raw)
    except ValidationError:
        return _Reader(raw).read()
    if len(output.decisions) != len(decisions_of(raw)):
        return _Reader(raw).read()
    return _whole(output, raw)


def _strictly(model: type[Read], value: object) -> Read:
    """The value as JSON is read at the door: a text is never a number, nor 1 a yes."""
    return model.model_validate_json(json.dumps(value))


def _whole(output: SpecialistOutput, raw: Mapping[str, Any]) -> StepOutput:
    sections = {name: tuple(_item(each) for each in getattr(output, name)) for name in SECTIONS}
    strays = {key: raw[key] for key in raw if key not in SpecialistOutput.model_fields}
    data = _with_strays(output.data, strays) if strays else output.data
    return StepOutput(**sections, decisions=output.decisions, data=data, summary=output.summary)


def _item(model: Entry) -> Item:
    match model:
        case CodeExample():
            return Item(model.text, model.answers, model.path, model.language)
        case TestRequirement():
            return Item(model.text, model.answers, model.subject)
        case DeploymentNote():
            return Item(model.text, model.answers, model.environment)
        case Statement():
            return Item(model.text, model.answers)
        case _:
            assert_never(model)


def _with_strays(data: Mapping[str, Any], strays: Mapping[str, Any]) -> dict[str, Any]:
    """The data with what stood beside it; where names meet, what stood beside goes together under one more name."""
    if not strays.keys() & data.keys():
        return {**strays, **data}
    name = "output"
    while name in data:
        name += "_"
    return {**data, name: dict(strays)}


class _Reader:
    """Reads an output piece by piece and remembers what it could not read."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self._rejected: dict[str, Any] = {}

    def read(self) -> StepOutput:
        """The output with what was understood; the rest under `data`."""
        sections = {name: self._section(name, model) for name, model in SECTIONS.items()}
        decisions = self._decisions()
        summary: str = self._field("summary", "")
        data: dict[str, Any] = self._field("data", {})
        strays = {key: value for key, value in self._raw.items() if key not in SpecialistOutput.model_fields}
        if self._rejected:
            strays[NOT_UNDERSTOOD] = self._rejected
        return StepOutput(**sections, decisions=decisions, data=_with_strays(data, strays), summary=summary)

    def _section(self, name: str, model: type[Entry]) -> tuple[Item, ...]:
        section = self._raw.get(name)
        items, left = [], []
        for each in _listed(section):
            value = {"text": each} if isinstance(each, str) else each
            try:
                items.append(_item(_strictly(model, value)))
            except ValidationError as error:
                left.append({"value": each, "note": _why(error)})
        if left:
            self._rejected[name] = left
        return tuple(items)

    def _decisions(self) -> dict[str, str]:
        section = self._raw.get("decisions")
        decisions = decisions_of(self._raw)
        left = {key: section[key] for key in section if key not in decisions} if _is_object(section) else section
        if left:
            self._rejected["decisions"] = {"value": left, "note": "no decision: a short text under a name"}
        return decisions

    def _field(self, name: str, absent: Any) -> Any:
        value = self._raw.get(name)
        try:
            return absent if value is None else getattr(_strictly(SpecialistOutput, {name: value}), name)
        except ValidationError as error:
            self._rejected[name] = {"value": value, "note": _why(error)}
            return absent


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _listed(section: object) -> Sequence[object]:
    if section is None:
        return ()
    return section if isinstance(section, list | tuple) else (section,)


def _why(error: ValidationError) -> str:
    """What is wrong and where, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(each) for each in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
