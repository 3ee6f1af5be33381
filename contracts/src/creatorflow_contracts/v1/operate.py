"""What an operator asks of what the orchestrator keeps: the quarantine, and sagas that have long ended."""

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
    """Look at what rests in quarantine, send it on its way again, or give it up.

    `list` and `groups` take the filters; `show`, `redrive` and `drop` take `ids`; `redrive` and `drop` also take the
    filters instead, at most `limit` of the rows at a time. Nothing named and nothing filtered is refused: everything
    is never meant by silence.
    """

    contract: Literal["quarantine-command.v1"] = "quarantine-command.v1"
    action: QuarantineAction
    code: ShortText | None = None
    agent: ShortText | None = None
    contract_name: ShortText | None = Field(
        default=None, description="The quarantined message's contract, with version."
    )
    kind: ShortText | None = Field(
        default=None, description="`request`, `command`, `result`, `dead_letter` or `outbox`: where it was found."
    )
    correlation_id: CorrelationId | None = Field(default=None, description="Only what belongs to this saga.")
    prefix: IdPrefix | None = Field(
        default=None, description="`list`: only messages whose id begins so; hexadecimal digits without dashes."
    )
    state: QuarantineState = Field(default="resting", description="`list` and `groups`: what has become of it.")
    ids: tuple[UUID, ...] = Field(default=(), max_length=MAX_IDS, validate_default=True)
    after: UUID | None = Field(default=None, description="The last id of the page before; rows come oldest first.")
    limit: int = Field(default=100, ge=1, le=1000)
    dry_run: bool = Field(default=False, description="Say what would happen; change nothing.")
    body: Annotated[Base64, Field(max_length=MAX_EDITED)] | None = Field(
        default=None, description="`redrive` of one id: send this body, in base64, in place of the one that rests."
    )
    offset: int = Field(default=0, ge=0, description="`show`: the first byte of the body that is told.")

    @field_validator("ids")
    @classmethod
    def _says_which(cls, ids: tuple[UUID, ...], told: ValidationInfo) -> tuple[UUID, ...]:
        action = told.data.get("action")
        filtered = any(told.data.get(name) is not None for name in FILTERS)
        if not ids and (action == "show" or (action in ("redrive", "drop") and not filtered)):
            raise PydanticCustomError("rows_not_named", "name `ids`; redrive and drop also take a filter instead")
        return ids

    @field_validator("body")
    @classmethod
    def _replaces_one(cls, body: str | None, told: ValidationInfo) -> str | None:
        if body is not None and (told.data.get("action") != "redrive" or len(told.data.get("ids", ())) != 1):
            raise PydanticCustomError("body_out_of_place", "a body goes with the redrive of one id")
        return body


class QuarantineItem(Model):
    """One message at rest: why, and what is needed to send it again."""

    id: UUID
    at: Timestamp
    kind: ShortText
    code: ShortText
    message: ShortText
    where: ShortText
    hint: ShortText
    agent: ShortText | None = None
    contract: ShortText | None = Field(default=None, description="Its contract with version, as far as it is known.")
    correlation_id: ShortText | None = Field(default=None, description="As it was found; not always a UUID.")
    exchange: ShortText = ""
    routing_key: ShortText = ""
    times: Annotated[int, Field(ge=1)] = Field(
        default=1, description="So often the very same came since `at`, and once is it redriven: it rests once."
    )
    last_at: Timestamp | None = Field(default=None, description="When it came last.")
    size: Annotated[int, Field(ge=0)] = Field(description="Bytes of the whole body.")
    state: QuarantineState = "resting"
    settled_at: Timestamp | None = Field(default=None, description="When it was redriven or dropped.")
    body: Base64 | None = Field(
        default=None, description="`show`: the body from `offset` in base64; shorter than `size` when it is large."
    )
    headers: JsonObject = Field(default_factory=dict, description="`show`: the headers it came with.")


class QuarantineGroup(Model):
    """Messages that rest for the same reason."""

    code: ShortText
    agent: ShortText | None = None
    contract: ShortText | None = None
    count: Annotated[int, Field(ge=1)]
    times: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="So often they came: the very same again rests once."
    )
    oldest: Timestamp
    newest: Timestamp


class QuarantineOutcome(Model):
    """What became of one message, or would become of it."""

    id: UUID
    done: bool
    code: ShortText = Field(default="", description="Why not.")
    message: ShortText = Field(default="", description="What was, or would be, done; or what stands against it.")
    hint: ShortText = ""


class QuarantineAnswer(Message):
    """The answer to a `QuarantineCommand`; the part that was asked for is set."""

    contract: Literal["quarantine-answer.v1"] = "quarantine-answer.v1"
    action: QuarantineAction
    items: tuple[QuarantineItem, ...] = ()
    groups: tuple[QuarantineGroup, ...] = ()
    outcomes: tuple[QuarantineOutcome, ...] = ()
    dry_run: bool = False
    more: bool = Field(default=False, description="There is more; ask again `after` the last id.")


class PruneCommand(Message):
    """Forget sagas that ended long ago, with their history. An open saga is never pruned."""

    contract: Literal["prune-command.v1"] = "prune-command.v1"
    older_than_ms: Annotated[int, Field(ge=0, le=TEN_YEARS_MS)] = Field(description="Since they ended.")
    limit: int = Field(default=100, ge=1, le=1000)
    dry_run: bool = Field(default=False, description="Count them; change nothing.")


class PruneAnswer(Message):
    """How many sagas were forgotten, or would be."""

    contract: Literal["prune-answer.v1"] = "prune-answer.v1"
    sagas: Annotated[int, Field(ge=0)]
    more: bool = Field(default=False, description="There are more than `limit`; ask again.")
    dry_run: bool = False
