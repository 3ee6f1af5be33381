"""Translates an agent's `output` to the core, leniently: parts that do not validate are kept, never lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, TypeVar, assert_never

from creatorflow_contracts.v1.output import (
    Assumption,
    CodeExample,
    DeploymentNote,
    NotHonoured,
    SpecialistOutput,
    Statement,
    TestRequirement,
)
from pydantic import BaseModel, ValidationError

from creatorflow_orchestrator.core.synthesis import synthesis_values as core
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, StepOutput

from .context import decisions_of

NOT_UNDERSTOOD = "not_understood"
"""The key under `data` with the parts that did not validate, by section, with the reason."""
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
    """Translate an output. Never raises: sections that do not validate are kept under `data` with a note.

    A plain text counts as a statement; keys that the contract does not have are kept under `data`.
    """
    if not raw:
        return _NOTHING
    try:
        output = _validated(SpecialistOutput, raw)
    except ValidationError:
        return _Reader(raw).read()
    if len(output.decisions) != len(decisions_of(raw)):
        return _Reader(raw).read()
    return _from_valid(output, raw)


def _validated(model: type[Read], value: object) -> Read:
    """Validate the value as strictly as the ingress: a text is never a number, and 1 is never true."""
    return model.model_validate_json(json.dumps(value))


def _from_valid(output: SpecialistOutput, raw: Mapping[str, Any]) -> StepOutput:
    sections: dict[str, Any] = {name: tuple(map(_item, getattr(output, name))) for name in SECTIONS}
    sections |= {
        "assumptions": tuple(map(_assumption, output.assumptions)),
        "not_honoured": tuple(map(_not_honoured, output.not_honoured)),
    }
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


def _assumption(model: Assumption) -> core.Assumption:
    return core.Assumption(model.text, model.subject, model.state_it)


def _not_honoured(model: NotHonoured) -> core.NotHonoured:
    return core.NotHonoured(model.constraint, model.reason)


def _with_strays(data: Mapping[str, Any], strays: Mapping[str, Any]) -> dict[str, Any]:
    """Merge unknown keys into the data; if names collide, put the unknown keys together under a new name."""
    if not strays.keys() & data.keys():
        return {**strays, **data}
    name = "output"
    while name in data:
        name += "_"
    return {**data, name: dict(strays)}


class _Reader:
    """Reads an output section by section and collects what does not validate."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self._rejected: dict[str, Any] = {}

    def read(self) -> StepOutput:
        """Return the output with the valid sections; everything else is under `data`."""
        sections: dict[str, Any] = {
            name: tuple(map(_item, self._entries(name, model))) for name, model in SECTIONS.items()
        }
        sections["assumptions"] = tuple(map(_assumption, self._entries("assumptions", Assumption)))
        sections["not_honoured"] = tuple(
            map(_not_honoured, self._entries("not_honoured", NotHonoured, "constraint", reason=""))
        )
        decisions = self._decisions()
        summary: str = self._field("summary", "")
        data: dict[str, Any] = self._field("data", {})
        strays = {key: value for key, value in self._raw.items() if key not in SpecialistOutput.model_fields}
        if self._rejected:
            strays[NOT_UNDERSTOOD] = self._rejected
        return StepOutput(**sections, decisions=decisions, data=_with_strays(data, strays), summary=summary)

    def _entries(self, name: str, model: type[Read], field: str = "text", **others: str) -> list[Read]:
        """Return the valid entries of a section. A plain text is an entry whose `field` it is, with these `others`."""
        section = self._raw.get(name)
        entries, rejected = [], []
        for entry in _listed(section):
            value = {field: entry, **others} if isinstance(entry, str) else entry
            try:
                entries.append(_validated(model, value))
            except ValidationError as error:
                rejected.append({"value": entry, "note": _why(error)})
        if rejected:
            self._rejected[name] = rejected
        return entries

    def _decisions(self) -> dict[str, str]:
        section = self._raw.get("decisions")
        decisions = decisions_of(self._raw)
        rejected = {key: section[key] for key in section if key not in decisions} if _is_object(section) else section
        if rejected:
            self._rejected["decisions"] = {"value": rejected, "note": "no decision: a short text under a name"}
        return decisions

    def _field(self, name: str, absent: Any) -> Any:
        value = self._raw.get(name)
        try:
            return absent if value is None else getattr(_validated(SpecialistOutput, {name: value}), name)
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
    """Describe the error and its place, without the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
