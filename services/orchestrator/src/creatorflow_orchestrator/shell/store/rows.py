"""The store's rows as frozen values. Field names are column names; times are aware; ids are UUIDs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

FINAL_STATUSES = ("cancelled", "completed", "failed")
Resolution = Literal["redriven", "dropped"]
"""The outcome of a resolved quarantined message."""


@dataclass(frozen=True, slots=True)
class SagaRow:
    """One saga. `state` is JSON text that the store does not read; `seq` is that of its latest history row."""

    id: UUID
    status: str
    state: str
    seq: int
    wake_at: datetime | None
    digest: str
    created_at: datetime
    updated_at: datetime
    parent_id: UUID | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class SagaFilter:
    """Selects sagas to list; a field that is None, or no status, selects all.

    `prefix` are the hexadecimal digits with which the id begins, without dashes.
    """

    statuses: tuple[str, ...] = ()
    since: datetime | None = None
    dry_run: bool | None = None
    prefix: str | None = None


def id_range(prefix: str) -> tuple[UUID, UUID]:
    """The first and the last UUID that begin with these hexadecimal digits."""
    return UUID(prefix.ljust(32, "0")), UUID(prefix.ljust(32, "f"))


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event of a saga; `(saga_id, seq)` is unique and never changes. `data` is JSON text."""

    saga_id: UUID
    seq: int
    at: datetime
    event: str
    data: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message that must be published. `id` is given by the store and grows with time."""

    saga_id: UUID | None
    exchange: str
    routing_key: str
    type: str
    body: bytes
    created_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    persistent: bool = True
    mandatory: bool = True
    expires_at: datetime | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A message that could not be processed, with its bytes, the reason, and the data needed to redrive it."""

    at: datetime
    kind: str
    code: str
    message: str
    where: str
    hint: str
    body: bytes
    agent: str | None = None
    contract: str | None = None
    correlation_id: str | None = None
    exchange: str = ""
    routing_key: str = ""
    headers: Mapping[str, object] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)
    settled: Resolution | None = None
    settled_at: datetime | None = None
    id: UUID | None = None
    digest: str | None = None
    """Set by the store: rows with the same digest are the same message, and one row while it is unresolved."""
    times: int = 1
    """Number of arrivals: the first at `at`, the last at `last_at`."""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Selects quarantined messages; a field that is None selects all, but `settled` None selects the unresolved."""

    kind: str | None = None
    code: str | None = None
    agent: str | None = None
    contract: str | None = None
    correlation_id: str | None = None
    settled: str | None = None
    prefix: str | None = None
    """Hexadecimal digits with which the row's id begins."""


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A quarantined message as it is listed: without its body, which has `size` bytes."""

    id: UUID
    at: datetime
    kind: str
    code: str
    message: str
    where: str
    hint: str
    agent: str | None
    contract: str | None
    correlation_id: str | None
    exchange: str
    routing_key: str
    settled: Resolution | None
    settled_at: datetime | None
    times: int
    last_at: datetime | None
    size: int


@dataclass(frozen=True, slots=True)
class QuarantinePart:
    """A quarantined message as it is shown: `body` is a part of its bytes."""

    entry: QuarantineEntry
    body: bytes
    headers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class QuarantineGroup:
    """The number of messages quarantined for the same reason, and of their arrivals (`times`)."""

    code: str
    agent: str | None
    contract: str | None
    count: int
    times: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Counts of the store's rows, each up to 100,000.

    `sagas` are the open ones: for each status their number and when the oldest was created. `outbox_since` is when the
    oldest unsent message was written; `quarantine` counts unresolved messages by code.
    """

    sagas: Mapping[str, tuple[int, datetime]]
    outbox: int
    outbox_since: datetime | None
    quarantine: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The outcome of `load`: `sagas` are locked until the transaction ends, `busy` are locked by another replica.

    An id in neither does not exist.
    """

    sagas: Mapping[UUID, SagaRow]
    busy: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything one transaction writes. `sent` are the ids of outbox rows that the broker has confirmed."""

    new: tuple[SagaRow, ...] = ()
    saved: tuple[SagaRow, ...] = ()
    history: tuple[HistoryRow, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    sent: tuple[UUID, ...] = ()
    quarantined: tuple[QuarantineRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of writing `Changes`.

    `inserted`: the new sagas that are ours. One that is missing was inserted by another replica first; its history and
    outbox rows were left out, and its message must be processed again. `outbox`: the rows to publish once committed.
    """

    inserted: frozenset[UUID] = frozenset()
    outbox: tuple[OutboxRow, ...] = ()
    quarantined: tuple[QuarantineRow, ...] = ()


_STEP_NS = 1_000_000 / 4096  # version 7 with twelve bits below the millisecond (RFC 9562, section 6.2, method 3)


class Ids:
    """A source of ids; each is greater than the one before, also when the clock steps back. For one thread."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> UUID:
        ticks = max(int(time.time_ns() / _STEP_NS), self._last + 1)
        self._last = ticks
        high = (ticks >> 12) << 16 | 0x7000 | (ticks & 0xFFF)
        low = 0x8000000000000000 | secrets.randbits(62)
        return UUID(int=high << 64 | low)
