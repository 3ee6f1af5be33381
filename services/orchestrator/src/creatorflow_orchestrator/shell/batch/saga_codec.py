"""A saga as text for the store, and back. What the shell has to remember beside the core's state travels with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from creatorflow_orchestrator.core.state.saga_state import Attempt, Saga


@with_config(ConfigDict(ser_json_temporal="iso8601"))
@dataclass(frozen=True, slots=True)
class SagaRecord:
    """A saga and what belongs to its conversation: who is to be answered, and the trace it is part of."""

    saga: Saga
    reply_to: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    """The headers that continue it from its request; none for the trace that the request's own id names."""


_HELD: TypeAdapter[SagaRecord] = TypeAdapter(SagaRecord)
_FLAT = {"attempt": "number"} | {each.name: each.name for each in fields(Attempt) if each.name != "number"}
"""Field of a step, where its attempt stood in it flat, to that of the attempt."""


def encode(held: SagaRecord) -> str:
    """The text that `decode` reads."""
    return _HELD.dump_json(held, exclude_defaults=True).decode()


def decode(text: str) -> SagaRecord:
    """The saga behind the text, in this form or the one before; `ValueError` if it is none, which shows nothing of it:
    it holds what was asked."""
    try:
        return _HELD.validate_json(text)
    except ValidationError as error:
        earlier = _upcast(text)
        if earlier is None:
            told = error.errors(include_url=False, include_context=False, include_input=False)
            kinds = sorted({each["type"] for each in told})
            raise ValueError(f"the state cannot be read by this release: {', '.join(kinds)}") from None
    return decode(earlier)


def _upcast(text: str) -> str | None:
    """The text of the form before, in which a step had the fields of its attempt, in this form; `None` for another."""
    try:
        content = json.loads(text)
        steps = content["saga"]["steps"]
        content["saga"]["steps"] = {name: _with_attempt(step) for name, step in steps.items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return json.dumps(content)


def _with_attempt(step: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(step.get("attempt"), Mapping):
        raise TypeError("the step has the form of this release")
    attempt = {name: step[flat] for flat, name in _FLAT.items() if flat in step}
    return {name: value for name, value in step.items() if name not in _FLAT} | {"attempt": attempt}
