"""Reads and writes the quarantine, as plain functions over a connection (see `statements.py`)."""

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
    Resolution,
    id_range,
)
from .schema import QUARANTINE, UNRESOLVED

_SAME = ("kind", "code", "agent", "contract", "correlation_id", "exchange", "routing_key")
_AGAIN = (
    " ON CONFLICT (digest) WHERE settled IS NULL"
    " DO UPDATE SET times = quarantine.times + excluded.times, last_at = excluded.last_at RETURNING id"
)
_ROW = [QUARANTINE.c[name] for name in QuarantineRow.__slots__]
_SIZE = func.length(QUARANTINE.c.body).label("size")
_ENTRY = [QUARANTINE.c[name] if name != "size" else _SIZE for name in QuarantineEntry.__slots__]

FARTHEST = 2**31 - 2
"""The last offset that PostgreSQL accepts; no body is so long."""


def insert_rows(connection: Connection, new: Sequence[QuarantineRow], ids: Ids) -> tuple[QuarantineRow, ...]:
    """Writes new messages, and counts repeats on the row that is there. Returns the distinct ones, with their ids."""
    distinct: dict[str, QuarantineRow] = {}
    for row in new:
        digest = _digest(row)
        before = distinct.get(digest) or replace(row, id=ids.next(), digest=digest, times=0)
        distinct[digest] = replace(before, times=before.times + 1, last_at=row.at)
    order = sorted(distinct)  # the same for all replicas: two that count never deadlock
    written = bulk_sql.insert(connection, QUARANTINE, [distinct[digest] for digest in order], clause=_AGAIN)
    ids_of = {
        digest: row_id if isinstance(row_id, UUID) else UUID(row_id)
        for digest, row_id in zip(order, written, strict=True)
    }
    return tuple(replace(row, id=ids_of[digest]) for digest, row in distinct.items())


def _digest(row: QuarantineRow) -> str:
    """Digests all that a redrive or a filter depends on: the message's origin, sender, reason and bytes."""
    values = [getattr(row, name) for name in _SAME]
    head = json.dumps([*values, row.properties.get("user_id")], default=str)
    return sha256(head.encode() + row.body).hexdigest()


def rows(connection: Connection, ids: Sequence[UUID]) -> list[QuarantineRow]:
    """Reads the rows with these ids, with their bodies, in order of id."""
    query = select(*_ROW).where(bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect)).order_by(QUARANTINE.c.id)
    return [QuarantineRow(*values) for values in connection.execute(query, _ids(connection, ids))]


def entries(connection: Connection, wanted: QuarantineFilter, limit: int, after: UUID | None) -> list[QuarantineEntry]:
    """Reads the oldest entries that `wanted` selects, from the one after `after`."""
    query = _filtered(select(*_ENTRY), wanted).order_by(QUARANTINE.c.id).limit(limit)
    query = query if after is None else query.where(QUARANTINE.c.id > after)
    return [QuarantineEntry(*values) for values in connection.execute(query)]


def named(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, QuarantineEntry]:
    """Reads the entries with these ids; those that do not exist are left out."""
    query = select(*_ENTRY).where(bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect))
    entries = (QuarantineEntry(*values) for values in connection.execute(query, _ids(connection, ids)))
    return {entry.id: entry for entry in entries}


def part(connection: Connection, row_id: UUID, offset: int, length: int) -> QuarantinePart | None:
    """Reads one message with `length` bytes of its body, from `offset`."""
    body_part = func.substr(QUARANTINE.c.body, min(offset, FARTHEST) + 1, length)
    query = select(*_ENTRY, body_part, QUARANTINE.c.headers).where(QUARANTINE.c.id == row_id)
    values = connection.execute(query).first()
    if values is None:
        return None
    *entry, body, headers = values
    return QuarantinePart(QuarantineEntry(*entry), bytes(body or b""), headers)


def groups(connection: Connection, wanted: QuarantineFilter, limit: int) -> list[QuarantineGroup]:
    """Counts messages by code, agent and contract; the largest group first."""
    by = (QUARANTINE.c.code, QUARANTINE.c.agent, QUARANTINE.c.contract)
    count, times = func.count().label("count"), cast(func.sum(QUARANTINE.c.times), BigInteger)
    newest = func.max(func.coalesce(QUARANTINE.c.last_at, QUARANTINE.c.at))
    query = select(*by, count, times, func.min(QUARANTINE.c.at), newest).group_by(*by)
    query = _filtered(query, wanted).order_by(count.desc(), *by).limit(limit)
    return [QuarantineGroup(*values) for values in connection.execute(query)]


def mark_resolved(connection: Connection, ids: Sequence[UUID], resolution: Resolution, at: datetime) -> frozenset[UUID]:
    """Marks unresolved messages and returns their ids. A second replica waits for the first, and finds none."""
    among = bulk_sql.among(QUARANTINE.c.id, "ids", connection.dialect)
    lock_order = (QUARANTINE.c.digest, QUARANTINE.c.id)  # that of `insert_rows`: the two never deadlock
    unresolved = select(QUARANTINE.c.id).where(among, UNRESOLVED).order_by(*lock_order).with_for_update()
    mine = connection.execute(unresolved, _ids(connection, ids)).scalars().all()
    mark = update(QUARANTINE).where(among).values(settled=resolution, settled_at=at)
    connection.execute(mark, _ids(connection, mine))
    return frozenset(mine)


def _ids(connection: Connection, ids: Sequence[UUID]) -> dict[str, Any]:
    return {"ids": bulk_sql.id_list(list(ids), connection.dialect)}


def _filtered(query: Select[Any], wanted: QuarantineFilter) -> Select[Any]:
    query = query.where(UNRESOLVED if wanted.settled is None else QUARANTINE.c.settled == wanted.settled)
    for name in ("kind", "code", "agent", "contract", "correlation_id"):
        value = getattr(wanted, name)
        query = query if value is None else query.where(QUARANTINE.c[name] == value)
    if wanted.prefix is not None:
        query = query.where(QUARANTINE.c.id.between(*id_range(wanted.prefix)))
    return query
