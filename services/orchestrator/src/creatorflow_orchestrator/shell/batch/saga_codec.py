"""Encodes a saga as text for the store, with the data that the shell keeps beside the core's state; and decodes it."""

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
    """A saga with the queue that its result goes to, and its trace."""

    saga: Saga
    reply_to: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    """The headers that continue the trace of its request; none for the trace that the request's own id names."""


_RECORD: TypeAdapter[SagaRecord] = TypeAdapter(SagaRecord)
_ATTEMPT_FIELDS = tuple(attempt_field.name for attempt_field in fields(Attempt))
_FLAT = {"attempt" if name == "number" else name: name for name in _ATTEMPT_FIELDS}
"""Maps the fields of a step in the earlier form, which included the attempt's, to those of the attempt."""


def encode(saga_record: SagaRecord) -> str:
    """Encode a saga as the text that `decode` reads."""
    return _RECORD.dump_json(saga_record, exclude_defaults=True).decode()


def decode(text: str) -> SagaRecord:
    """Decode a saga, in this form or the earlier one.

    Raises `ValueError`, without any of the text, which contains the user's request.
    """
    try:
        return _RECORD.validate_json(text)
    except ValidationError as error:
        earlier = _upcast(text)
        if earlier is None:
            errors = error.errors(include_url=False, include_context=False, include_input=False)
            kinds = sorted({details["type"] for details in errors})
            raise ValueError(f"the state cannot be read by this release: {', '.join(kinds)}") from None
    return decode(earlier)


def _upcast(text: str) -> str | None:
    """Convert the earlier form, in which a step had the fields of its attempt; `None` for any other text."""
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
