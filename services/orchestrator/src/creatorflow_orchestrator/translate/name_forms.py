"""The other forms of named things, for who looks a name up in an answer: `PostgreSQL` is also named by "Postgres"."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from creatorflow_contracts.names import load_names


@cache
def name_forms() -> Mapping[str, tuple[str, ...]]:
    """Return the forms of each canonical name. Raises NamesInvalid."""
    return {thing.name: thing.forms for thing in load_names()}
