"""The kinds of database. Where their SQL differs is a `match` over the kind: mypy names the places for a third."""

from __future__ import annotations

from enum import Enum
from functools import cache

from sqlalchemy import Dialect


class Kind(Enum):
    """A database by SQLAlchemy's name of its dialect."""

    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"


@cache
def kind_of(dialect: Dialect) -> Kind:
    """Returns the kind of a connection's database.

    Raises:
        NotImplementedError: there are no statements for it.
    """
    for kind in Kind:
        if kind.value == dialect.name:
            return kind
    raise NotImplementedError(f"the store has no statements for {dialect.name}")
