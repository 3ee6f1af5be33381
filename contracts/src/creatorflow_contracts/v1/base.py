"""What every message of version 1 shares: how it is read, and the bounded field types it is built from.

Readers ignore unknown fields of a known version (a minor change adds optional ones). Models are frozen and strict.
Compatibility is checked by schema containment, so messages use no discriminated union, no recursion and no
fixed-length tuple.
"""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

MAX_NAME = 64
MAX_TEXT = 64 * 1024
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


class Model(BaseModel):
    """A part of a message: frozen, strict, open to unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


class Message(Model):
    """A whole message body: `contract` names its type and major version."""

    contract: str

    def to_json(self) -> bytes:
        """The body as it goes on the wire: UTF-8 JSON without absent optional fields."""
        return self.model_dump_json(exclude_none=True).encode()


def _name(value: str) -> str:
    if len(value) > MAX_NAME or not _NAME.fullmatch(value):
        raise PydanticCustomError(
            "NAME_INVALID", "a name is lower-case words joined by '-' or '_', at most 64 characters"
        )
    return value


Name = Annotated[str, AfterValidator(_name)]
"""A step, agent, capability, domain or decision key; safe inside a routing key (no dots, stars, hashes or spaces)."""

ShortText = Annotated[str, Field(max_length=4096)]
LongText = Annotated[str, Field(max_length=MAX_TEXT)]
CorrelationId = UUID
"""The saga's id, chosen by the client: any UUID."""

Timestamp = AwareDatetime
JsonObject = dict[str, Any]
Milliseconds = Annotated[int, Field(ge=0, le=7 * 24 * 3600 * 1000)]
