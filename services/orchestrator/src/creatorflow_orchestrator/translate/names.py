"""The vocabulary of named things, from the contracts' data to the core's value."""

from __future__ import annotations

from functools import cache

from creatorflow_contracts import names as contract
from creatorflow_contracts.names import load_names

from creatorflow_orchestrator.core.reading.names import NamedThing, NameIndex


@cache
def name_index() -> NameIndex:
    """Return the index of all named things, made once. Raises NamesInvalid."""
    return NameIndex.of(_thing(thing) for thing in load_names())


def _thing(thing: contract.NamedThing) -> NamedThing:
    return NamedThing(
        name=thing.name,
        category=thing.category,
        forms=thing.forms,
        versions=thing.versions,
        as_written=thing.as_written,
        in_context=thing.in_context,
        context=frozenset(thing.context),
    )
