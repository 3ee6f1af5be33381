"""Commands of an operator about stored data: the quarantine, and sagas that ended long ago."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from .base import CorrelationId, IdPrefix, JsonObject, Message, Model, ShortText, Timestamp

MAX_IDS = 1000
MAX_EDITED = 1_000_000
"""Characters of an edited body in base64; the whole command must fit a message."""
FILTERS = ("code", "agent", "contract_name", "kind", "correlation_id")
TEN_YEARS_MS = 10 * 366 * 24 * 3600 * 1000

QuarantineAction = Literal["list", "groups", "show", "redrive", "drop"]
QuarantineState = Literal["resting", "redriven", "dropped"]
Base64 = Annotated[str, Field(pattern="^[A-Za-z0-9+/]*={0,2}$")]


class QuarantineCommand(Message):
    """List, show, redrive or drop quarantined messages.

    `list` and `groups` take the filters; `show`, `redrive` and `drop` take `ids`; `redrive` and `drop` also take the
    filters instead, for at most `limit` messages at a time. Neither ids nor a filter is refused: an omission never
    means all messages.
    """

    contract: Literal["quarantine-command.v1"] = "quarantine-command.v1"
    action: QuarantineAction
    code: ShortText | None = None
    agent: ShortText | None = None
    contract_name: ShortText | None = Field(
        default=None, description="The quarantined message's contract, with version."
    )
    kind: ShortText | None = Field(
        default=None,
        description="`request`, `command`, `result`, `dead_letter` or `outbox`: the kind of message.",
    )
    correlation_id: CorrelationId | None = Field(default=None, description="Only messages of this saga.")
    prefix: IdPrefix | None = Field(
        default=None, description="`list`: only messages whose id begins with these hexadecimal digits, without dashes."
    )
    state: QuarantineState = Field(default="resting", description="`list` and `groups`: only messages in this state.")
    ids: tuple[UUID, ...] = Field(default=(), max_length=MAX_IDS, validate_default=True)
    after: UUID | None = Field(default=None, description="The last id of the page before; the oldest come first.")
    limit: int = Field(default=100, ge=1, le=1000)
    dry_run: bool = Field(default=False, description="Report what would happen and change nothing.")
    body: Annotated[Base64, Field(max_length=MAX_EDITED)] | None = Field(
        default=None, description="`redrive` of one id: send this body, in base64, instead of the quarantined one."
    )
    offset: int = Field(default=0, ge=0, description="`show`: the position of the first byte of the body to return.")

    @field_validator("ids")
    @classmethod
    def _requires_selection(cls, ids: tuple[UUID, ...], info: ValidationInfo) -> tuple[UUID, ...]:
        action = info.data.get("action")
        filtered = any(info.data.get(name) is not None for name in FILTERS)
        if not ids and (action == "show" or (action in ("redrive", "drop") and not filtered)):
            raise PydanticCustomError("rows_not_named", "name `ids`; redrive and drop also take a filter instead")
        return ids

    @field_validator("body")
    @classmethod
    def _requires_single_id(cls, body: str | None, info: ValidationInfo) -> str | None:
        if body is not None and (info.data.get("action") != "redrive" or len(info.data.get("ids", ())) != 1):
            raise PydanticCustomError("body_out_of_place", "a body goes with the redrive of one id")
        return body


class QuarantineItem(Model):
    """One quarantined message: its error, and what is needed to send it again."""

    id: UUID
    at: Timestamp
    kind: ShortText
    code: ShortText
    message: ShortText
    where: ShortText
    hint: ShortText
    agent: ShortText | None = None
    contract: ShortText | None = Field(default=None, description="Its contract with version, if known.")
    correlation_id: ShortText | None = Field(default=None, description="As it was in the message; not always a UUID.")
    exchange: ShortText = ""
    routing_key: ShortText = ""
    times: Annotated[int, Field(ge=1)] = Field(
        default=1, description="Number of identical messages since `at`; they are kept, and redriven, as one."
    )
    last_at: Timestamp | None = Field(default=None, description="Time of the last identical message.")
    size: Annotated[int, Field(ge=0)] = Field(description="Length of the whole body in bytes.")
    state: QuarantineState = "resting"
    settled_at: Timestamp | None = Field(default=None, description="Time at which it was redriven or dropped.")
    body: Base64 | None = Field(
        default=None, description="`show`: the body from `offset` in base64; cut if it is large, see `size`."
    )
    headers: JsonObject = Field(default_factory=dict, description="`show`: the headers of the message.")


class QuarantineGroup(Model):
    """Quarantined messages with the same error."""

    code: ShortText
    agent: ShortText | None = None
    contract: ShortText | None = None
    count: Annotated[int, Field(ge=1)]
    times: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Number of deliveries, identical messages included, which are kept as one."
    )
    oldest: Timestamp
    newest: Timestamp


class QuarantineOutcome(Model):
    """The outcome of an action for one message; with `dry_run` the one it would have."""

    id: UUID
    done: bool
    code: ShortText = Field(default="", description="The problem code, if it was not done.")
    message: ShortText = Field(default="", description="What was, or would be, done, or why not.")
    hint: ShortText = ""


class QuarantineAnswer(Message):
    """The answer to a `QuarantineCommand`; only the requested part is set."""

    contract: Literal["quarantine-answer.v1"] = "quarantine-answer.v1"
    action: QuarantineAction
    items: tuple[QuarantineItem, ...] = ()
    groups: tuple[QuarantineGroup, ...] = ()
    outcomes: tuple[QuarantineOutcome, ...] = ()
    dry_run: bool = False
    more: bool = Field(default=False, description="True if there are more; query again `after` the last id.")


class PruneCommand(Message):
    """Delete sagas that ended long ago, with their history. An open saga is never pruned."""

    contract: Literal["prune-command.v1"] = "prune-command.v1"
    older_than_ms: Annotated[int, Field(ge=0, le=TEN_YEARS_MS)] = Field(description="Milliseconds since they ended.")
    limit: int = Field(default=100, ge=1, le=1000)
    dry_run: bool = Field(default=False, description="Count them and change nothing.")


class PruneAnswer(Message):
    """The number of sagas that were deleted, or would be."""

    contract: Literal["prune-answer.v1"] = "prune-answer.v1"
    sagas: Annotated[int, Field(ge=0)]
    more: bool = Field(default=False, description="True if there are more than `limit`; repeat the command.")
    dry_run: bool = False
