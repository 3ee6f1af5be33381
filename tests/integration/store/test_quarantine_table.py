"""The quarantine table: its messages are found, counted and shown, and resolved once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from creatorflow_orchestrator.shell.store import Changes, QuarantineFilter, QuarantineRow, Resolution, Store, schema
from sqlalchemy import Connection, select, text

from .conftest import Opener
from .samples import NOW, message, quarantined_row

ALL = QuarantineFilter()


async def put(store: Store, *rows: QuarantineRow) -> list[UUID]:
    async with store.transaction() as transaction:
        applied = await transaction.conclude(Changes(quarantined=rows))
    return [row.id for row in applied.quarantined if row.id]


async def resolve(store: Store, ids: Sequence[UUID], resolution: Resolution = "redriven") -> frozenset[UUID]:
    async with store.transaction() as transaction:
        return await transaction.mark_resolved(ids, resolution, NOW)


async def test_a_message_is_listed_with_its_size_and_without_its_body(store: Store) -> None:
    row = quarantined_row(agent="ui-ux-specialist", contract="agent-result.v2", correlation_id="c", routing_key="k")
    (row_id,) = await put(store, row)
    (entry,) = await store.quarantine_entries(ALL, 10)
    assert (entry.id, entry.size, entry.settled) == (row_id, 256, None)
    for name in ("at", "kind", "code", "message", "where", "hint", "agent", "contract", "correlation_id"):
        assert getattr(entry, name) == getattr(row, name)
    assert await store.quarantine_named([row_id, uuid4()]) == {row_id: entry}


async def test_a_message_is_found_by_each_of_its_fields(store: Store) -> None:
    marks = {"kind": "result", "code": "TOO_DEEP", "agent": "a", "contract": "x.v9", "correlation_id": "c"}
    ids = await put(
        store, quarantined_row(**marks), *(quarantined_row(**{name: value}) for name, value in marks.items())
    )
    for place, (name, value) in enumerate(marks.items(), 1):
        found = await store.quarantine_entries(QuarantineFilter(**{name: value}), 10)
        assert [entry.id for entry in found] == [ids[0], ids[place]]
    assert [entry.id for entry in await store.quarantine_entries(QuarantineFilter(**marks), 10)] == ids[:1]


async def test_a_message_is_found_by_a_prefix_of_its_id(store: Store) -> None:
    first, second = await put(store, quarantined_row(code="A"), quarantined_row(code="B"))
    for row_id in (first, second):
        (entry,) = await store.quarantine_entries(QuarantineFilter(prefix=row_id.hex[:31]), 10)
        assert entry.id == row_id
    assert len(await store.quarantine_entries(QuarantineFilter(prefix=first.hex[:4]), 10)) == 2


async def test_pages_are_ordered_by_age_and_complete(store: Store) -> None:
    ids = await put(store, *(quarantined_row() for _ in range(25)))
    seen: list[UUID] = []
    while page := await store.quarantine_entries(ALL, 10, after=seen[-1] if seen else None):
        seen += [entry.id for entry in page]
    assert seen == ids


async def test_messages_are_counted_by_code_agent_and_contract(store: Store) -> None:
    late = NOW + timedelta(hours=1)
    await put(
        store, *(quarantined_row(code="A", agent="a", at=at) for at in (late, NOW, late)), quarantined_row(code="A")
    )
    first, second = await store.quarantine_groups(ALL, 10)
    assert (first.code, first.agent, first.contract, first.count) == ("A", "a", None, 3)
    assert (first.oldest, first.newest) == (NOW, late)
    assert (second.agent, second.count) == (None, 1)
    assert await store.quarantine_groups(QuarantineFilter(agent="a"), 10) == [first]
    assert await store.quarantine_groups(ALL, 1) == [first]


async def test_a_body_is_read_in_parts(store: Store) -> None:
    (row_id, empty) = await put(store, quarantined_row(headers={"attempts": 2}), quarantined_row(body=b""))
    part = await store.quarantine_part(row_id, 250, 10)
    assert part is not None
    assert (part.body, part.entry.size, part.headers) == (bytes(range(250, 256)), 256, {"attempts": 2})
    assert (await store.quarantine_part(row_id, 300, 10)).body == b""  # type: ignore[union-attr]
    assert (await store.quarantine_part(empty, 0, 10)).body == b""  # type: ignore[union-attr]
    assert await store.quarantine_part(uuid4(), 0, 10) is None


async def test_a_resolved_message_is_not_listed_by_default_but_found_by_its_resolution(store: Store) -> None:
    first, second = await put(store, quarantined_row(), quarantined_row())
    assert await resolve(store, [first, uuid4()]) == {first}
    assert [entry.id for entry in await store.quarantine_entries(ALL, 10)] == [second]
    (entry,) = await store.quarantine_entries(QuarantineFilter(settled="redriven"), 10)
    assert (entry.id, entry.settled, entry.settled_at) == (first, "redriven", NOW)
    assert await store.quarantine_entries(QuarantineFilter(settled="dropped"), 10) == []
    assert (await store.quarantine_rows([first]))[0].body == bytes(range(256))


async def test_a_message_is_resolved_once(store: Store) -> None:
    (row_id,) = await put(store, quarantined_row())
    assert await resolve(store, [row_id]) == {row_id}
    assert await resolve(store, [row_id], "dropped") == frozenset()
    (entry,) = await store.quarantine_entries(QuarantineFilter(settled="redriven"), 10)
    assert entry.id == row_id


async def test_the_resolution_and_the_outbox_row_are_one_transaction(store: Store) -> None:
    (row_id,) = await put(store, quarantined_row())
    try:
        async with store.transaction() as transaction:
            assert await transaction.mark_resolved([row_id], "redriven", NOW)
            await transaction.apply(Changes(outbox=(message(),)))
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert len(await store.quarantine_entries(ALL, 10)) == 1
    assert await store.pending(10) == []


async def test_only_one_of_two_replicas_resolves_a_message(shared_database: str, opener: Opener) -> None:
    first, second = await opener(shared_database), await opener(shared_database)
    ids = await put(first, *(quarantined_row() for _ in range(20)))

    async def redrive(store: Store) -> frozenset[UUID]:
        async with store.transaction() as transaction:
            mine = await transaction.mark_resolved(ids, "redriven", NOW)
            await asyncio.sleep(0)  # the other replica runs while this transaction is open
            await transaction.apply(Changes(outbox=tuple(message() for _ in mine)))
            return mine

    won = await asyncio.gather(*(redrive(store) for store in (first, second, first, second)))
    assert sorted(len(mine) for mine in won) == [0, 0, 0, 20]
    assert len([*await first.pending(100), *await second.pending(100)]) == 20


async def test_indexes_serve_the_queries_of_quarantine_and_retention(store: Store) -> None:
    def plan(connection: Connection) -> str:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_sort = off"))
        prefix = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        queries = (
            select(schema.QUARANTINE.c.code).where(schema.UNRESOLVED).order_by(schema.QUARANTINE.c.id).limit(10),
            select(schema.QUARANTINE.c.code).where(schema.RESOLVED, schema.QUARANTINE.c.settled_at < NOW),
            select(schema.SAGA.c.id).where(schema.FINAL, schema.SAGA.c.updated_at < NOW),
        )
        rows: list[object] = []
        for query in queries:
            plain = query.compile(connection, compile_kwargs={"literal_binds": True})
            rows += connection.exec_driver_sql(f"{prefix} {plain}").all()
        return str(rows)

    async with store.transaction() as transaction:
        plans = await transaction._session.run(plan)
    assert all(name in plans for name in ("quarantine_resting", "quarantine_settled", "saga_final")), plans
