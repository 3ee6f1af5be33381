"""Statements over many rows.

PostgreSQL takes each column as one array (`unnest`), so the text is the same for any number of rows and stays prepared.
SQLite takes `VALUES` lists in sizes that are powers of two, so that few texts cover every number of rows, and gives
many rows as one of JSON: its driver releases the interpreter lock at each step, and beside a busy thread each step
may wait 5 ms to get it back (measured, 150 rows: by `executemany` 0.2 ms alone and 770 ms beside a busy thread, as
`VALUES` 0.2 and 27).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    TypeDecorator,
    any_,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, TypeEngine

from .kinds import Kind, kind_of
from .schema import Id, UtcTime

LARGEST_CHUNK = 256  # rows; with 15 columns far below SQLite's 32,766 parameters


def among(column: ColumnElement[Any], name: str, dialect: Dialect) -> ColumnElement[bool]:
    """Makes the condition that `column` is one of the UUIDs bound as `name` (see `id_list`).

    The text is the same for any number of them.
    """
    kind = kind_of(dialect)
    match kind:
        case Kind.POSTGRESQL:
            return column == any_(bindparam(name, type_=ARRAY(Id)))
        case Kind.SQLITE:
            listed = func.json_each(bindparam(name, type_=Text)).table_valued("value")
            return column.in_(select(listed.c.value))
        case _:
            assert_never(kind)


def id_list(ids: Sequence[UUID], dialect: Dialect) -> Any:
    """Makes the value to bind for `among`."""
    kind = kind_of(dialect)
    match kind:
        case Kind.POSTGRESQL:
            return list(ids)
        case Kind.SQLITE:
            return json.dumps([str(row_id) for row_id in ids])
        case _:
            assert_never(kind)


def rows(connection: Connection, query: Select[Any], parameters: Mapping[str, Any]) -> list[Sequence[Any]]:
    """Reads the rows of a query, one of a fixed few without bytes; on SQLite as one row of JSON, in one step."""
    kind = kind_of(connection.dialect)
    match kind:
        case Kind.POSTGRESQL:
            return list(connection.execute(query, parameters))
        case Kind.SQLITE:
            return _rows_of_json(connection, query, parameters)
        case _:
            assert_never(kind)


def _rows_of_json(connection: Connection, query: Select[Any], parameters: Mapping[str, Any]) -> list[Sequence[Any]]:
    turned = zip(*json.loads(connection.execute(_as_json(query), parameters).scalar_one()), strict=True)
    converters = _from_driver(connection.dialect, query)
    columns = (
        [convert(value) for value in values] if convert else values
        for convert, values in zip(converters, turned, strict=False)
    )
    return list(zip(*columns, strict=True))


@cache
def _from_driver(dialect: Dialect, query: Select[Any]) -> tuple[Callable[[Any], Any] | None, ...]:
    """Returns for each column the function from the driver's value to ours, if one is needed."""
    types = (column.type for column in query.selected_columns)
    return tuple(kind.dialect_impl(dialect).result_processor(dialect, None) for kind in types)


@cache
def _as_json(query: Select[Any]) -> Select[Any]:
    inner = query.subquery()
    plain = (
        type_coerce(column, column.type.impl) if isinstance(column.type, TypeDecorator) else column
        for column in inner.c
    )
    return select(func.json_group_array(func.json_array(*plain), type_=Text))


def insert(
    connection: Connection,
    table: Table,
    rows: Sequence[object],
    constants: Mapping[str, object] | None = None,
    clause: str = "",
) -> list[Any]:
    """Inserts `rows` (objects with an attribute for each column not in `constants`); returns the ids of `clause`."""
    names = tuple(column.name for column in table.columns)
    return _write(connection, "insert", table, names, rows, constants or {}, clause)[0]


def update(connection: Connection, table: Table, rows: Sequence[object], names: tuple[str, ...]) -> int:
    """Sets the columns `names` of the rows with the same `id`; returns their number."""
    return _write(connection, "update", table, ("id", *names), rows, {}, "")[1]


def _write(
    connection: Connection,
    verb: str,
    table: Table,
    names: tuple[str, ...],
    rows: Sequence[object],
    constants: Mapping[str, object],
    clause: str,
) -> tuple[list[Any], int]:
    returned: list[Any] = []
    count = 0
    if not rows:
        return returned, count
    columns = _columns(connection.dialect, table, names, rows, constants)
    for sql, parameters in _statements(connection.dialect, verb, table, names, columns, clause):
        result = connection.exec_driver_sql(sql, parameters)
        if clause.endswith("RETURNING id"):
            returned += result.scalars().all()
        else:
            count += result.rowcount
    return returned, count


def _columns(
    dialect: Dialect, table: Table, names: tuple[str, ...], rows: Sequence[object], constants: Mapping[str, object]
) -> list[list[Any]]:
    """Turns the rows into columns, each value as the driver takes it."""
    own = [name for name in names if name not in constants]
    turned = dict(zip(own, zip(*map(attrgetter(*own), rows), strict=True), strict=True))
    columns = []
    for name in names:
        values = turned[name] if name in turned else (constants[name],) * len(rows)
        columns.append(_converted(dialect, table.columns[name].type, values))
    return columns


def _converted(dialect: Dialect, kind: TypeEngine[Any], values: Sequence[Any]) -> list[Any]:
    convert = _to_driver(dialect, kind)
    if convert is None:
        return list(values)
    if isinstance(kind, UtcTime | Id):  # a batch is of one moment and of few sagas
        known = {value: convert(value) for value in set(values)}
        return [known[value] for value in values]
    return [convert(value) for value in values]


@cache
def _to_driver(dialect: Dialect, kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Returns the function from our value to the driver's, if one is needed."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _statements(
    dialect: Dialect, verb: str, table: Table, names: tuple[str, ...], columns: list[list[Any]], clause: str
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    kind = kind_of(dialect)
    match kind:
        case Kind.POSTGRESQL:
            yield _postgresql(dialect, verb, table, names) + clause, tuple(columns)
        case Kind.SQLITE:
            rows = list(zip(*columns, strict=True))
            start = 0
            while start < len(rows):
                size = min(LARGEST_CHUNK, 1 << ((len(rows) - start).bit_length() - 1))
                yield _sqlite(dialect, verb, table, names, size) + clause, tuple(chain(*rows[start : start + size]))
                start += size
        case _:
            assert_never(kind)


@cache
def _postgresql(dialect: Dialect, verb: str, table: Table, names: tuple[str, ...]) -> str:
    types = (table.columns[name].type.compile(dialect) for name in names)
    arrays = ", ".join(f"CAST(${number} AS {kind}[])" for number, kind in enumerate(types, 1))
    listed = _listed(dialect, names)
    if verb == "insert":
        return f"INSERT INTO {table.name} ({listed}) SELECT * FROM unnest({arrays})"  # noqa: S608 (names of the schema)
    return _updating(dialect, table, names, f"unnest({arrays}) AS v ({listed})", names)


@cache
def _sqlite(dialect: Dialect, verb: str, table: Table, names: tuple[str, ...], size: int) -> str:
    row = "(" + ", ".join("?" * len(names)) + ")"
    values = "VALUES " + ", ".join([row] * size)
    listed = _listed(dialect, names)
    if verb == "insert":
        return f"INSERT INTO {table.name} ({listed}) {values}"
    columns = tuple(f"column{number}" for number in range(1, len(names) + 1))  # as SQLite names them
    return _updating(dialect, table, names, f"({values}) AS v", columns)


def _updating(dialect: Dialect, table: Table, names: tuple[str, ...], source: str, columns: tuple[str, ...]) -> str:
    quote = dialect.identifier_preparer.quote
    pairs = dict(zip(names, columns, strict=True))
    matched = pairs.pop("id")
    assigned = ", ".join(f"{quote(name)} = v.{quote(column)}" for name, column in pairs.items())
    return f"UPDATE {table.name} SET {assigned} FROM {source} WHERE {table.name}.id = v.{matched}"  # noqa: S608


def _listed(dialect: Dialect, names: tuple[str, ...]) -> str:
    return ", ".join(map(dialect.identifier_preparer.quote, names))
