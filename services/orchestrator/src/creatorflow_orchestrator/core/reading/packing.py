"""Bounds the asks of a reading: a list of thousands of items becomes few asks, and no word of it is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from creatorflow_orchestrator.core.request import Ask, Passage, Reading

from .lexicon import highest

MAX_ASKS = 200
_OBJECT = 200  # characters
_Element = TypeVar("_Element", bound=Passage)


def packed(text: str, reading: Reading) -> Reading:
    """Return the reading with at most `MAX_ASKS` asks: beyond that, neighbours are joined to one ask.

    A joined ask is of the kind of its first, and has the domains and attachments of all; it covers what stands between
    them.
    """
    count = len(reading.asks)
    if count <= MAX_ASKS:
        return reading
    size = -(-count // MAX_ASKS)
    groups = [reading.asks[at : at + size] for at in range(0, count, size)]
    asks = tuple(_joined(text, group) for group in groups)
    return replace(
        reading,
        asks=asks,
        facts=tuple(
            replace(fact, asks=tuple(dict.fromkeys(position // size for position in fact.asks)))
            for fact in reading.facts
        ),
        context=_outside(reading.context, asks),
        unread=_outside(reading.unread, asks),
    )


def _joined(text: str, asks: Sequence[Ask]) -> Ask:
    start, end = asks[0].start, max(ask.end for ask in asks)
    domains = highest(ask.domains for ask in asks)
    files = dict.fromkeys(position for ask in asks for position in ask.attachments)
    return Ask(start, end, text[start:end], asks[0].kind, text[start:end][:_OBJECT], domains, tuple(files))


def _outside(passages: Iterable[_Element], asks: Sequence[Ask]) -> tuple[_Element, ...]:
    """Return the passages that no ask covers; both stand in the order of the text."""
    kept: list[_Element] = []
    at = 0
    for passage in passages:
        while at < len(asks) and asks[at].end <= passage.start:
            at += 1
        if at == len(asks) or passage.start < asks[at].start:
            kept.append(passage)
    return tuple(kept)
