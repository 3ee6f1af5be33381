"""A saga as text for the store, and back. What the shell has to remember beside the core's state travels with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from creatorflow_orchestrator.core.model import Saga


@with_config(ConfigDict(ser_json_temporal="iso8601"))
@dataclass(frozen=True, slots=True)
class Held:
    """A saga and what belongs to its conversation: who is to be answered, and the trace it is part of."""

    saga: Saga
    reply_to: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    """The headers that continue it from its request; none for the trace that the request's own id names."""


_HELD: TypeAdapter[Held] = TypeAdapter(Held)


def encode(held: Held) -> str:
    """The text that `decode` reads."""
    return _HELD.dump_json(held, exclude_defaults=True).decode()


def decode(text: str) -> Held:
    """The saga behind the text; `ValueError` if it is none, which shows nothing of it: it holds what was asked."""
    try:
        return _HELD.validate_json(text)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        kinds = sorted({each["type"] for each in told})
        raise ValueError(f"the state cannot be read by this release: {', '.join(kinds)}") from None
