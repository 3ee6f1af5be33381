"""A kind of database that the store does not know is never treated as one that it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from creatorflow_orchestrator.shell.store import bulk_sql, schema
from creatorflow_orchestrator.shell.store.kinds import Kind, kind_of
from sqlalchemy import Dialect
from sqlalchemy.dialects import mysql, postgresql, sqlite

UNKNOWN = mysql.dialect()


def test_each_kind_is_found_by_the_name_of_its_dialect() -> None:
    assert [kind_of(dialect) for dialect in (postgresql.dialect(), sqlite.dialect())] == list(Kind)


@pytest.mark.parametrize(
    "use",
    [
        kind_of,
        lambda dialect: bulk_sql.among(schema.SAGA.c.id, "ids", dialect),
        lambda dialect: bulk_sql.id_list([], dialect),
        schema.Id().load_dialect_impl,
        schema.UtcTime().load_dialect_impl,
        lambda dialect: schema.Id().process_bind_param(uuid4(), dialect),
        lambda dialect: schema.UtcTime().process_bind_param(datetime.now(UTC), dialect),
    ],
)
def test_a_kind_without_statements_is_refused_by_its_name(use: Callable[[Dialect], object]) -> None:
    with pytest.raises(NotImplementedError, match="mysql"):
        use(UNKNOWN)
