"""The base of every message of version 1: its parsing rules and its bounded field types.

Readers ignore unknown fields of a known version (a minor change adds optional ones). Models are frozen and strict.
Compatibility is checked by schema containment, so messages use no discriminated union, no recursion and no
fixed-length tuple.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, LiteralString
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_NAME = 64
MAX_TEXT = 64 * 1024
NAME_PATTERN = "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
ALL_AGENTS = "all"
"""Stands for every agent in `control.discover.all.v1`."""
RESERVED_AGENT_NAMES = frozenset({ALL_AGENTS, "saga"})
"""Names that no agent may have: `result.saga.v1` and `control.discover.all.v1` mean something else."""
_NAME = re.compile(NAME_PATTERN.rstrip("$"))


class Model(BaseModel):
    """A part of a message: frozen, strict, open to unknown fields."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        allow_inf_nan=False,
        hide_input_in_errors=True,  # contents stay out of logs, also when a defect is logged
    )


def _contract_is_required(schema: dict[str, Any]) -> None:
    """Make `contract` required: its default is a convenience for Python; on the wire it is always present."""
    schema["properties"]["contract"].pop("default", None)
    schema["required"] = ["contract", *(name for name in schema.get("required", ()) if name != "contract")]


class Message(Model):
    """A whole message body: `contract` names its type and major version."""

    model_config = ConfigDict(json_schema_extra=_contract_is_required)

    contract: str

    def to_json(self) -> bytes:
        """Return the body for the wire: UTF-8 JSON without absent optional fields."""
        return self.model_dump_json(exclude_none=True).encode()


def is_name(value: object) -> bool:
    """Return True if `value` is a name: lower-case words joined by '-' or '_', at most 64 characters."""
    return isinstance(value, str) and len(value) <= MAX_NAME and _NAME.fullmatch(value) is not None


@dataclass(frozen=True)
class Refused:
    """Field metadata: any error in the value is reported with this problem code."""

    code: LiteralString
    message: LiteralString

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(
            handler(source), custom_error_type=self.code, custom_error_message=self.message
        )


Name = Annotated[
    str,
    Field(max_length=MAX_NAME, pattern=NAME_PATTERN),
    Refused("NAME_INVALID", "a name is lower-case words joined by '-' or '_', at most 64 characters"),
]
"""A step, agent, capability, domain or decision key; safe inside a routing key (no dots, stars, hashes or spaces)."""

ShortText = Annotated[str, Field(max_length=4096)]
LongText = Annotated[str, Field(max_length=MAX_TEXT)]
CorrelationId = UUID
"""The saga's id, chosen by the client: any UUID."""
IdPrefix = Annotated[str, Field(pattern="^[0-9a-f]{1,32}$")]
"""The first hexadecimal digits of a UUID, without its dashes."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("timestamp_range", "a time is between the years 1 and 9999 in UTC") from None


Timestamp = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with its UTC offset, ISO 8601; converted to UTC."""
JsonObject = dict[str, Any]
Milliseconds = Annotated[int, Field(ge=0, le=7 * 24 * 3600 * 1000)]
