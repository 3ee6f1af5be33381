"""What is asked of the quarantine, as plain functions over a connection (see `operations.py`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Select, cast, func, select, update

from . import bulk_sql
from .rows import (
    Ids,
    QuarantineEntry,
    QuarantineFilter,
    QuarantineGroup,
    QuarantinePart,
    QuarantineRow,
    Settled,
    id_range,
)
from .schema import QUARANTINE, RESTING

_SAME = ("kind", "code", "agent", "contract", "correlation_id", "exchange", "routing_key")
_AGAIN = (
    " ON CONFLICT (digest) WHERE settled IS NULL"
    " DO UPDATE SET times = quarantine.times + excluded.times, last_at = excluded.last_at RETURNING id"
)
_ROW = [QUARANTINE.c[name] for name in QuarantineRow.__slots__]
_SIZE = func.length(QUARANTINE.c.body).label("size")
_ENTRY = [QUARANTINE.c[name] if name != "size" else _SIZE for name in QuarantineEntry.__slots__]

FARTHEST = 2**31 - 2
"""The last byte that PostgreSQL can be asked for; no body is so long."""


def insert_rows(connection: Connection, new: Sequence[QuarantineRow], ids: Ids) -> tuple[QuarantineRow, ...]:
    """Writes what is to rest, and counts what rests already on its row; the distinct ones, with their rows' ids."""
    distinct: dict[str, QuarantineRow] = {}
    for row in new:
        digest = _digest(row)
        before = distinct.get(digest) or replace(row, id=ids.next(), digest=digest, times=0)
        distinct[digest] = replace(before, times=before.times + 1, last_at=row.at)
    order = sorted(distinct)  # the same for all replicas: two that count never wait in a ring
    written = bulk_sql.insert(connection, QUARANTINE, [distinct[each] for each in order], clause=_AGAIN)
    kept = {each: one if isinstance(one, UUID) else UUID(one) for each, one in zip(order, written, strict=True)}
    return tuple(replace(row, id=kept[digest]) for digest, row in distinct.items())


def _digest(row: QuarantineRow) -> str:
    """Of all that a redrive depends on, and by which it is found: its place, its sender, why it rests, its bytes."""
    told = [getattr(row, name) for name in _SAME]
    head = json.dumps([*told, row.properties.get("user_id")], default=str)
    return sha256(head.encode() + row.body).hexdigest()


def rows(connection: Connection, ids: Sequence[UUID]) -> list[QuarantineRow]:
    """The rows with these ids, bytes and all, in order of id."""
    asked = select(*_ROW).where(bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect)).order_by(QUARANTINE.c.id)
    return [QuarantineRow(*values) for values in connection.execute(asked, _ids(connection, ids))]


def entries(connection: Connection, wanted: QuarantineFilter, limit: int, after: UUID | None) -> list[QuarantineEntry]:
    """The oldest that `wanted` lets through, from the one after `after`."""
    asked = _filtered(select(*_ENTRY), wanted).order_by(QUARANTINE.c.id).limit(limit)
    asked = asked if after is None else asked.where(QUARANTINE.c.id > after)
    return [QuarantineEntry(*values) for values in connection.execute(asked)]


def named(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, QuarantineEntry]:
    """Those of `ids` that there are."""
    asked = select(*_ENTRY).where(bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect))
    found = (QuarantineEntry(*values) for values in connection.execute(asked, _ids(connection, ids)))
    return {entry.id: entry for entry in found}


def part(connection: Connection, row_id: UUID, offset: int, length: int) -> QuarantinePart | None:
    """One message with `length` bytes of its body, from `offset`."""
    piece = func.substr(QUARANTINE.c.body, min(offset, FARTHEST) + 1, length)
    asked = select(*_ENTRY, piece, QUARANTINE.c.headers).where(QUARANTINE.c.id == row_id)
    values = connection.execute(asked).first()
    if values is None:
        return None
    *entry, body, headers = values
    return QuarantinePart(QuarantineEntry(*entry), bytes(body or b""), headers)


def groups(connection: Connection, wanted: QuarantineFilter, limit: int) -> list[QuarantineGroup]:
    """By code, agent and contract; the largest first."""
    by = (QUARANTINE.c.code, QUARANTINE.c.agent, QUARANTINE.c.contract)
    count, times = func.count().label("count"), cast(func.sum(QUARANTINE.c.times), BigInteger)
    newest = func.max(func.coalesce(QUARANTINE.c.last_at, QUARANTINE.c.at))
    asked = select(*by, count, times, func.min(QUARANTINE.c.at), newest).group_by(*by)
    asked = _filtered(asked, wanted).order_by(count.desc(), *by).limit(limit)
    return [QuarantineGroup(*values) for values in connection.execute(asked)]


def mark_resolved(connection: Connection, ids: Sequence[UUID], settled: Settled, at: datetime) -> frozenset[UUID]:
    """Marks those that rest; which these were. Who comes second waits for the first and finds them settled."""
    among = bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect)
    as_kept = (
        QUARANTINE.c.digest,
        QUARANTINE.c.id,
    )  # `insert_rows` locks in this order too: no ring of who waits for whom
    resting = select(QUARANTINE.c.id).where(among, RESTING).order_by(*as_kept).with_for_update()
    mine = connection.execute(resting, _ids(connection, ids)).scalars().all()
    marked = update(QUARANTINE).where(among).values(settled=settled, settled_at=at)
    connection.execute(marked, _ids(connection, mine))
    return frozenset(mine)


def _ids(connection: Connection, ids: Sequence[UUID]) -> dict[str, Any]:
    return {"ids": bulk_sql.id_list(list(ids), connection.dialect)}


def _filtered(asked: Select[Any], wanted: QuarantineFilter) -> Select[Any]:
    asked = asked.where(RESTING if wanted.settled is None else QUARANTINE.c.settled == wanted.settled)
    for name in ("kind", "code", "agent", "contract", "correlation_id"):
        value = getattr(wanted, name)
        asked = asked if value is None else asked.where(QUARANTINE.c[name] == value)
    if wanted.prefix is not None:
        asked = asked.where(QUARANTINE.c.id.between(*id_range(wanted.prefix)))
    return asked
