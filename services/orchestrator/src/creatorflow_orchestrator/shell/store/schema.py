"""The schema, once for both databases. Migrations build it; a test compares the two.

Ids are `uuid` on PostgreSQL and their canonical text on SQLite; times are `timestamptz` and ISO 8601 text in UTC of one
width. Both sort the same way on both, and can be read by a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    false,
    text,
)
from sqlalchemy.types import TypeEngine

from .kinds import Kind, kind_of
from .rows import FINAL_STATUSES


@cache
def _as_text(dialect: Dialect) -> bool:
    """Returns if ids and times are text, for lack of types for them."""
    kind = kind_of(dialect)
    match kind:
        case Kind.POSTGRESQL:
            return False
        case Kind.SQLITE:
            return True
        case _:
            assert_never(kind)


class Id(TypeDecorator[UUID]):
    """A UUID."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if _as_text(dialect) else Uuid())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and _as_text(dialect) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return value if value is None or isinstance(value, UUID) else UUID(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware point in time, to the microsecond. A naive one is refused: its zone is not known."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if _as_text(dialect) else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        in_utc = value.astimezone(UTC)
        return in_utc.isoformat(timespec="microseconds") if _as_text(dialect) else in_utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class PlainText(TypeDecorator[str]):
    """Text without NUL characters, which PostgreSQL cannot store; refused on SQLite too, so that both are alike."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and "\0" in value:
            raise ValueError("a NUL character in text")
        return value


class EvidenceText(TypeDecorator[str]):
    """Text from outside that must be kept whatever it is: characters that cannot be stored are replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value and value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class JsonObject(TypeDecorator[Mapping[str, object]]):
    """A mapping as JSON text. Values that JSON lacks (times, bytes in AMQP headers) are stored as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, object] | None, dialect: Dialect) -> str:
        return json.dumps(dict(value), default=_readable) if value else "{}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Mapping[str, object]:
        return {} if value == "{}" else json.loads(value)


def _readable(value: object) -> object:
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "backslashreplace")
    return value.isoformat() if isinstance(value, datetime) else str(value)


METADATA = MetaData()

SAGA = Table(
    "saga",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("status", PlainText, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("wake_at", UtcTime),
    Column("digest", PlainText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("parent_id", Id),
    Column("dry_run", Boolean, nullable=False, server_default=false()),
)
# Literal text, not parameters: both planners use a partial index only for the very condition that it was built with.
_FINAL = ", ".join(f"'{status}'" for status in FINAL_STATUSES)
OPEN = text(f"status NOT IN ({_FINAL})")
FINAL = text(f"status IN ({_FINAL})")
WAITING = text("wake_at IS NOT NULL")

Index("saga_waiting", SAGA.c.wake_at, sqlite_where=WAITING, postgresql_where=WAITING)
Index("saga_open", SAGA.c.created_at, sqlite_where=OPEN, postgresql_where=OPEN)
Index("saga_final", SAGA.c.updated_at, sqlite_where=FINAL, postgresql_where=FINAL)
Index("saga_created", SAGA.c.created_at)

HISTORY = Table(
    "history",
    METADATA,
    Column("saga_id", Id, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("event", PlainText, nullable=False),
    Column("data", PlainText, nullable=False),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("owner", PlainText, nullable=False),
    Column("saga_id", Id),
    Column("exchange", PlainText, nullable=False),
    Column("routing_key", PlainText, nullable=False),
    Column("type", PlainText, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("headers", JsonObject, nullable=False),
    Column("persistent", Boolean, nullable=False),
    Column("mandatory", Boolean, nullable=False),
    Column("expires_at", UtcTime),
)

REPLICA = Table(
    "replica",
    METADATA,
    Column("owner", PlainText, primary_key=True),
    Column("seen_at", UtcTime, nullable=False),
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", EvidenceText, nullable=False),
    Column("code", EvidenceText, nullable=False),
    Column("message", EvidenceText, nullable=False),
    Column("where", EvidenceText, nullable=False),
    Column("hint", EvidenceText, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("agent", EvidenceText),
    Column("contract", EvidenceText),
    Column("correlation_id", EvidenceText),
    Column("exchange", EvidenceText, nullable=False),
    Column("routing_key", EvidenceText, nullable=False),
    Column("headers", JsonObject, nullable=False),
    Column("properties", JsonObject, nullable=False),
    Column("settled", PlainText),
    Column("settled_at", UtcTime),
    Column("digest", PlainText),
    Column("times", BigInteger, nullable=False, server_default=text("1")),
    Column("last_at", UtcTime),
)
UNRESOLVED = text("settled IS NULL")
RESOLVED = text("settled_at IS NOT NULL")

Index("quarantine_resting", QUARANTINE.c.id, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED)
Index("quarantine_same", QUARANTINE.c.digest, unique=True, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED)
Index("quarantine_settled", QUARANTINE.c.settled_at, sqlite_where=RESOLVED, postgresql_where=RESOLVED)
