"""What the reader knows, from the data of the packages to the core's value."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from creatorflow_orchestrator.core.reading.knowledge import Knowledge
from creatorflow_orchestrator.core.reading.learned import Learned
from creatorflow_orchestrator.core.reading.word_weights import WordWeights

from .names import name_index

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
    return Learned(words, data["asks"], data["evidence"], data["least"], data["floor"], data["broad"])
