"""Binds facts to asks: by the sentence, else the block they stand in, else to all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from creatorflow_orchestrator.core.request import Ask, Constraint, Exclusion, Fact

from .blocks import Block, BlockKind


def bound_facts(
    facts: Sequence[Fact],
    asks: Sequence[Ask],
    exclusions: Sequence[Exclusion],
    constraints: Sequence[Constraint],
    found: Sequence[Block],
) -> Iterator[Fact]:
    """Yield the facts outside exclusions, each with the positions of the asks that it binds; none: all of them."""
    left_out, places = _Places(exclusions), _Places(asks)
    limited, blocks = _Places(constraints), _Places(found)
    for fact in facts:
        if left_out.at(fact.start) is not None:
            continue
        ask, limit = places.at(fact.start), limited.at(fact.start)
        if ask is not None:
            yield replace(fact, asks=(ask,))
        elif limit is not None:
            yield replace(fact, asks=_concerned(constraints[limit], asks))
        else:
            block = blocks.at(fact.start)
            yield replace(fact, asks=() if block is None else _of_block(found[block], asks))


class _Spanned(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


class _Places:
    """Finds which of some passages, none overlapping another, a place is in."""

    def __init__(self, passages: Sequence[_Spanned]) -> None:
        self._passages = passages
        self._order = sorted(range(len(passages)), key=lambda at: passages[at].start)
        self._starts = [passages[at].start for at in self._order]

    def at(self, place: int) -> int | None:
        """Return the position of the passage; `None` if the place is in none."""
        before = bisect_right(self._starts, place) - 1
        if before < 0 or place >= self._passages[self._order[before]].end:
            return None
        return self._order[before]


def _concerned(limit: Constraint, asks: Sequence[Ask]) -> tuple[int, ...]:
    """Return the asks of a constraint's domains; if none has them, it binds all."""
    return tuple(at for at, ask in enumerate(asks) if set(limit.domains) & set(ask.domains))


def _of_block(block: Block, asks: Sequence[Ask]) -> tuple[int, ...]:
    """Return the asks of a block; none, which is all, for a line that leads into a list."""
    if block.kind is BlockKind.LEAD_IN:
        return ()
    return tuple(at for at, ask in enumerate(asks) if block.start <= ask.start < block.end)
