"""What the reader knows, from the data of the packages to the core's values: named things, and learned weights."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from creatorflow_contracts import names as contract
from creatorflow_contracts.names import load_names

from creatorflow_orchestrator.core.reading.knowledge import Knowledge
from creatorflow_orchestrator.core.reading.learned import Learned
from creatorflow_orchestrator.core.reading.names import NamedThing, NameIndex
from creatorflow_orchestrator.core.reading.word_weights import WordWeights

LEARNED = "learned.json"
"""The file of the learned weights in this package, written by `python -m ops.reading.train`."""


@cache
def knowledge() -> Knowledge:
    """Return all that the reader knows, loaded once. Raises NamesInvalid."""
    return Knowledge(name_index(), learned())


def learned() -> Learned:
    """Return the learned weights of this package."""
    data = json.loads(files("creatorflow_orchestrator").joinpath(LEARNED).read_text(encoding="utf-8"))
    words = WordWeights(**data["words"])
    clauses = WordWeights(**data["clauses"])
    return Learned(words, clauses, data["evidence"], data["least"], data["floor"], data["broad"])


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
